"""The frozen values that the packages pass to each other.

Source -> Document (bytes) -> Item (as on the wire) -> Article (clean, with its key)
-> Story (lead, coverage) -> Ranked (score and its named terms) -> Feed of Entries.
Times are aware and in UTC. Qualities are integers on the scale of story files (44 to 164, most 87).
"""

from aggregator.model.article_content import FullText
from aggregator.model.articles import Article, Enclosure, Image, Publisher, RowKey, Verdict
from aggregator.model.failures import FailureKind
from aggregator.model.feeds import (
    Category,
    Entry,
    Feed,
    FeedRecord,
    Link,
    MoreCoverage,
    Outline,
    Site,
    Tombstone,
    story_path,
)
from aggregator.model.json_value import Json
from aggregator.model.reading import (
    MAX_DOCUMENT_BYTES,
    Document,
    DocumentState,
    Item,
    ItemEnclosure,
    ItemImage,
    PollDay,
    Problem,
    Reading,
    Source,
    SourceState,
    Subscription,
)
from aggregator.model.shown_coverage import ListedArticle, ShownCoverage, shown_coverage
from aggregator.model.stories import (
    EVERYTHING,
    Match,
    Promotion,
    Ranked,
    ScoreTerm,
    Story,
    StoryRecord,
    Topic,
)
from aggregator.model.text import (
    MAX_NAME,
    MAX_TITLE,
    NO_TEXT,
    NO_WORDS,
    CleanText,
    Text,
    TextKind,
    clean_text,
    fold_text,
    is_clean,
)

__all__ = [
    "EVERYTHING",
    "MAX_DOCUMENT_BYTES",
    "MAX_NAME",
    "MAX_TITLE",
    "NO_TEXT",
    "NO_WORDS",
    "Article",
    "Category",
    "CleanText",
    "Document",
    "DocumentState",
    "Enclosure",
    "Entry",
    "FailureKind",
    "Feed",
    "FeedRecord",
    "FullText",
    "Image",
    "Item",
    "ItemEnclosure",
    "ItemImage",
    "Json",
    "Link",
    "ListedArticle",
    "Match",
    "MoreCoverage",
    "Outline",
    "PollDay",
    "Problem",
    "Promotion",
    "Publisher",
    "Ranked",
    "Reading",
    "RowKey",
    "ScoreTerm",
    "ShownCoverage",
    "Site",
    "Source",
    "SourceState",
    "Story",
    "StoryRecord",
    "Subscription",
    "Text",
    "TextKind",
    "Tombstone",
    "Topic",
    "Verdict",
    "clean_text",
    "fold_text",
    "is_clean",
    "shown_coverage",
    "story_path",
]
