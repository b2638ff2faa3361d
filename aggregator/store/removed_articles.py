"""A memory of the articles without a date that retention has removed, as a hash of 8 bytes each.

An article with a date is recognised by it: it is older than `keep`. One without a date would get
the time of its next reading, and come back as new for as long as its source lists it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select, update

from aggregator.model import Article, RowKey
from aggregator.store import rows
from aggregator.store.database import Database
from aggregator.store.hashes import hash_of
from aggregator.store.retention_schema import removed_articles
from aggregator.store.schema import articles, sources

_BATCH = 500  # values per IN (...), less than every database's limit of parameters
_REFRESH = timedelta(days=7)  # how exactly it is known when an article was last listed


def hashes_of(source: str, ref: str, slot: str, key: str) -> tuple[int, int]:
    """Two hashes of 64 bits, signed: of the article's row, and of its key at its source."""
    return (hash_of(source, "row", ref, slot), hash_of(source, "key", key))


def stored_rows(
    database: Database, candidates: Iterable[Article]
) -> dict[RowKey, tuple[str, datetime]]:
    """The stored articles of the documents of `candidates`: key and date by row key."""
    refs: dict[str, set[str]] = {}
    for article in candidates:
        refs.setdefault(article.source, set()).add(article.ref)
    stored: dict[RowKey, tuple[str, datetime]] = {}
    columns = (
        articles.c.source, articles.c.ref, articles.c.slot, articles.c.key, articles.c.published,
    )  # fmt: skip
    with database.reading() as connection:
        for source, of_source in refs.items():
            ordered = sorted(of_source)
            for start in range(0, len(ordered), _BATCH):
                query = select(*columns).where(
                    articles.c.source == source,
                    articles.c.ref.in_(ordered[start : start + _BATCH]),
                )
                for row in connection.execute(query):
                    stored[row[0], row[1], row[2]] = (row[3], rows.moment(row[4]))
    return stored


def recognised(database: Database, undated: Collection[Article], now: datetime) -> set[RowKey]:
    """The row keys of those articles that were removed. Notes that they are still listed."""
    found: set[RowKey] = set()
    outdated: dict[str, set[int]] = {}
    refresh_before = rows.seconds(now - _REFRESH)
    with database.reading() as connection:
        for source in {article.source for article in undated}:
            query = select(removed_articles.c.hash, removed_articles.c.listed)
            listed = dict(
                connection.execute(query.where(removed_articles.c.source == source)).fetchall()
            )
            for article in undated if listed else ():
                if article.source != source:
                    continue
                hits = listed.keys() & set(hashes_of(*article.row_key, article.key))
                if hits:
                    found.add(article.row_key)
                    old = {hit for hit in hits if listed[hit] < refresh_before}
                    outdated.setdefault(source, set()).update(old)
    _note_listed(database, outdated, now)
    return found


def _note_listed(database: Database, hashes: dict[str, set[int]], now: datetime) -> None:
    if not any(hashes.values()):
        return
    with database.writing() as connection:
        for source, of_source in hashes.items():
            ordered = sorted(of_source)
            for start in range(0, len(ordered), _BATCH):
                connection.execute(
                    update(removed_articles)
                    .where(
                        removed_articles.c.source == source,
                        removed_articles.c.hash.in_(ordered[start : start + _BATCH]),
                    )
                    .values(listed=rows.seconds(now))
                )


def sources_with_memory(database: Database) -> set[str]:
    """The sources with a state of which removed articles are remembered."""
    with database.reading() as connection:
        is_remembered = exists().where(removed_articles.c.source == sources.c.name)
        query = select(sources.c.name).where(is_remembered)
        return set(connection.execute(query).scalars())


def forget_unlisted(database: Database, source: str, keep: timedelta) -> int:
    """Delete what the documents of the source have not listed for `keep`. Measured from its last
    document that was parsed: one that has not changed since still lists what it listed then."""
    with database.writing() as connection:
        query = select(sources.c.changed).where(sources.c.name == source)
        changed = connection.execute(query).scalar()
        if changed is None:
            return 0
        is_unlisted = (removed_articles.c.source == source) & (
            removed_articles.c.listed < changed - int(keep.total_seconds())
        )
        return connection.execute(delete(removed_articles).where(is_unlisted)).rowcount
