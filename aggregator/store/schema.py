"""The tables. Times are seconds since 1970 (UTC); lists are joined by line feeds. All types exist
in SQLite and PostgreSQL."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData()

schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True))

articles = Table(
    "articles",
    metadata,
    # See Article.row_key: `slot` is the key for related coverage, else empty.
    Column("source", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("slot", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("published", BigInteger, nullable=False),
    Column("publisher", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("standing", Text, nullable=False),  # Article.verdict
    Column("excerpt", Text, nullable=False),
    Column("dated", Boolean, nullable=False),
    Column("author", Text, nullable=False),
    Column("lang", Text, nullable=False),
    Column("video", Boolean, nullable=False),
    Column("image", Text, nullable=False),
    Column("quality", Integer),
    Column("topics", Text, nullable=False),
    Column("aliases", Text, nullable=False),
    Column("related", Text, nullable=False),
    Column("enclosure", Text, nullable=False, server_default=""),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("content", Text, nullable=False, server_default=""),  # FullText.digest
    Index("articles_by_key", "key"),
    Index("articles_by_time", "published"),
)

# The full texts of articles, as HTML.
contents = Table(
    "contents",
    metadata,
    Column("source", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("html", Text, nullable=False),
)

stories = Table(
    "stories",
    metadata,
    Column("id", Text, primary_key=True),
    Column("founder", Text, nullable=False),  # StoryRecord.origin_key
    Column("lead", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("published", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("shown", Text, nullable=False),  # StoryRecord.content_digest
    Column("ended_into", Text),  # StoryRecord.merged_into
    Index("stories_by_founder", "founder"),
    Index("stories_by_target", "ended_into"),
    Index("stories_by_update", "updated", "id"),
    Index("stories_by_publication", "published"),
)

members = Table(
    "members",
    metadata,
    Column("key", Text, primary_key=True),
    Column("story", Text, nullable=False),
    Column("root", Boolean, nullable=False),  # whether the member is in StoryRecord.anchors
    Index("members_by_story", "story"),
)

promotions = Table(
    "promotions",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("story", Text, primary_key=True),
    Column("promoted", BigInteger, nullable=False),
    Index("promotions_by_story", "story"),
)

documents = Table(
    "documents",
    metadata,
    Column("source", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("modified", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Column("line", Integer, nullable=False),
)

sources = Table(
    "sources",
    metadata,
    Column("name", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("etag", Text, nullable=False),
    Column("last_modified", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("checked", BigInteger),
    Column("succeeded", BigInteger),
    Column("changed", BigInteger),
    Column("due", BigInteger),
    Column("failures", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("place", Text, nullable=False, server_default=""),  # SourceState.location
    Column("not_before", BigInteger),
    Column("interval", Integer, nullable=False, server_default="0"),
    Column("location", Text, nullable=False, server_default=""),  # SourceState.moved_to
    Column("moving", Text, nullable=False, server_default=""),  # redirect_candidate
    Column("moves", Integer, nullable=False, server_default="0"),  # redirect_count
    Column("gone", Boolean, nullable=False, server_default=text("false")),
    Column("failure", Text, nullable=False, server_default=""),
    Column("status", Integer, nullable=False, server_default="0"),
    Column("options", Text, nullable=False, server_default=""),
)

outputs = Table(
    "outputs",
    metadata,
    Column("path", Text, primary_key=True),
    Column("value", Text, nullable=False),  # FileOutput.input_digest
    Column("bytes", Text, nullable=False),  # the digest of the content of the file
)

# The feeds that have had files; `removed` is the time since which they have none.
feeds = Table(
    "feeds",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("created", BigInteger, nullable=False),
    Column("removed", BigInteger),
)

polls = Table(
    "polls",
    metadata,
    Column("source", Text, primary_key=True),
    Column("day", Integer, primary_key=True),  # since 1970-01-01, UTC
    Column("polls", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("articles", Integer, nullable=False),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("source", Text, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("hub", Text, nullable=False),
    Column("token", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("asked", BigInteger, nullable=False),  # Subscription.requested_at
    Column("until", BigInteger),
    Column("error", Text, nullable=False),
)

# The ids of articles in the full-text index (aggregator.store.fulltext).
texts = Table(
    "texts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("slot", Text, nullable=False),
    Column("key", Text, nullable=False),
    UniqueConstraint("source", "ref", "slot"),
)

# One row: how often articles or stories were saved, so that caches of them can be checked.
changes = Table(
    "changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", BigInteger, nullable=False),
)

# The statistics by which texts are compared: one row, the current epoch.
epochs = Table(
    "epochs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("made", BigInteger, nullable=False),
    Column("value", LargeBinary, nullable=False),
)

# What queries need of the stories that are shown, so that they need not plan (ShownStory). Times
# are of articles; `shown_at` is the later one of `published` and `newest_coverage`.
shown_stories = Table(
    "shown_stories",
    metadata,
    Column("id", Text, primary_key=True),
    Column("first_published", BigInteger, nullable=False),  # Story.published
    Column("shown_at", BigInteger, nullable=False),
    Column("quality", Integer, nullable=False),
    Column("related", Integer, nullable=False),
    Column("published", BigInteger, nullable=False),
    Column("newest_coverage", BigInteger),
    Column("position", Integer, nullable=False),
    Column("owner", Text, nullable=False),
    Column("coverage_times", Text, nullable=False),
    Column("coverage", Integer, nullable=False),
    Index("shown_stories_by_time", "shown_at"),
)

# The aliases of the articles of shown stories.
story_aliases = Table(
    "story_aliases",
    metadata,
    Column("story", Text, primary_key=True),
    Column("alias", Text, primary_key=True),
    Index("story_aliases_by_alias", "alias"),
)

# The topics of the shown stories, with the names that sources give to them and these sources.
story_topics = Table(
    "story_topics",
    metadata,
    Column("story", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("names", Text, nullable=False),
    Column("sources", Text, nullable=False),
    Index("story_topics_by_topic", "topic", "story"),
)

# The copies among the articles of shown stories: the key of a copy, and that of its original.
story_copies = Table(
    "story_copies",
    metadata,
    Column("story", Text, primary_key=True),
    Column("copy", Text, primary_key=True),
    Column("original", Text, nullable=False),
)

# One row: the options by which the shown stories were made, and the time since which all stories
# were; NULL is any time.
shown_scope = Table(
    "shown_scope",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("options", Text, nullable=False),
    Column("since", BigInteger),
)

# One row: the baselines by which the qualities and topics of the shown stories were made.
baselines = Table(
    "baselines",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("made", BigInteger, nullable=False),
    Column("value", LargeBinary, nullable=False),
)

# What is sent to somebody once: a letter to a recipient, or a call of a webhook (OutboxItem). A row
# stays when it was sent, so that the same is not sent again.
outbox = Table(
    "outbox",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("target", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("error", Text, nullable=False),
    Index("outbox_by_state", "state", "due"),
)
