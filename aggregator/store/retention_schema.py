"""The tables of retention, beside those of ``schema``."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from aggregator.store.schema import metadata

# The ids of stories that retention has removed, as 16 bytes each.
removed_stories = Table(
    "removed_stories",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("merged_into", LargeBinary),
    Column("published", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Articles without a date that retention has removed, as a hash of 8 bytes; `listed` is when a
# document of the source last listed the article (within a week).
removed_articles = Table(
    "removed_articles",
    metadata,
    Column("source", Text, primary_key=True),
    Column("hash", BigInteger, primary_key=True, autoincrement=False),
    Column("listed", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# One row: `keep` of the configuration in seconds at the last pruning; NULL is no limit.
retention = Table(
    "retention",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("keep", BigInteger),
)

# The aliases of articles (``articles.aliases``) as hashes, so that the articles at an address are
# found. One that an article had stays until its row goes.
aliases = Table(
    "aliases",
    metadata,
    Column("address", BigInteger, primary_key=True, autoincrement=False),
    Column("text_id", Integer, primary_key=True, autoincrement=False),
    Index("aliases_by_text", "text_id"),
    sqlite_with_rowid=False,
)
