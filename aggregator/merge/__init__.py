"""Articles to stories: the lead of each story, its coverage, and the id that it keeps.

In: unified articles and the records of earlier stories. Out: stories with ids that never change,
and the ids that end because two stories became one. ``aggregator.merge.similarity.compare``
explains why two articles are merged or not; callers import it when they need it, since it loads
numpy. Never does I/O, reads the clock (`now` is an argument), or uses topics or the order of
stories.
"""

from aggregator.merge.assembly import Merged, ids_of_key, merge, story_from_record
from aggregator.merge.options import STRICTNESS, MergeOptions
from aggregator.merge.similarity import (
    Epochs,
    KnownTexts,
    Lexicon,
    LexiconLoader,
    Statistics,
    TextSource,
    no_lexicon,
)

__all__ = [
    "STRICTNESS",
    "Epochs",
    "KnownTexts",
    "Lexicon",
    "LexiconLoader",
    "MergeOptions",
    "Merged",
    "Statistics",
    "TextSource",
    "ids_of_key",
    "merge",
    "no_lexicon",
    "story_from_record",
]
