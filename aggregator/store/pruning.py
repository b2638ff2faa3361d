"""Removing what is retired (``retired``), in steps of bounded work.

Each step reads what it looks at by an index, from a position where the last step ended, and then
writes in one short transaction. With a story go all rows of its articles, their texts, members and
promotions. A step gives what it removed, for those who hold it in memory.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, exists, func, select, tuple_, update

from aggregator.model import Article, RowKey
from aggregator.store import rows
from aggregator.store.alias_index import remove_aliases
from aggregator.store.contents import remove_contents
from aggregator.store.database import Database, upsert
from aggregator.store.fulltext import merge_index, remove_texts
from aggregator.store.removed_articles import hashes_of
from aggregator.store.removed_stories import save_removed
from aggregator.store.retention_schema import removed_articles, retention
from aggregator.store.retired import Retired, StoredRow, retired_among
from aggregator.store.schema import (
    articles,
    documents,
    members,
    polls,
    promotions,
    sources,
    stories,
    subscriptions,
)
from aggregator.store.shown_stories import remove_shown


@dataclass(frozen=True, slots=True)
class Removed:
    """What was removed: the row keys of articles, and the ids of stories, also ended ones."""

    rows: tuple[RowKey, ...] = ()
    stories: tuple[str, ...] = ()

    @classmethod
    def of(cls, parts: Iterable[Removed]) -> Removed:
        """All of the parts together."""
        together = list(parts)
        return cls(
            tuple(row for part in together for row in part.rows),
            tuple(story_id for part in together for story_id in part.stories),
        )


NOTHING_REMOVED = Removed()


class Step(NamedTuple):
    """The outcome of a step: what it removed, and where the next one begins (None: the end was
    reached)."""

    removed: Removed
    position: Any


def remove_stories(
    database: Database,
    cutoff: datetime,
    now: datetime,
    position: tuple[int, str] | None,
    limit: int,
) -> Step:
    """Look at the next `limit` stories in the order of their last update, and remove those that are
    retired."""
    query = select(stories.c.updated, stories.c.id).where(stories.c.updated < rows.seconds(cutoff))
    if position is not None:
        query = query.where(tuple_(stories.c.updated, stories.c.id) > position)
    query = query.order_by(stories.c.updated, stories.c.id).limit(limit)
    with database.reading() as connection:
        examined = connection.execute(query).fetchall()
        parts = retired_among(connection, cutoff, ids=[story_id for _, story_id in examined])
    last = examined[-1] if len(examined) == limit else None
    return Step(_remove(database, parts, now), last and (last[0], last[1]))


def remove_orphans(
    database: Database,
    cutoff: datetime,
    now: datetime,
    position: tuple[int, int] | None,
    limit: int,
) -> Step:
    """Look at the next `limit` articles that are members of no story, in the order of their
    publication, and remove those that are retired. The position is a time, and how many articles
    of that time were looked at and stay."""
    after, passed = position or (-(2**62), 0)
    published = articles.c.published
    query = (
        select(published, articles.c.source, articles.c.ref, articles.c.slot, articles.c.key)
        .where(published >= after, published < rows.seconds(cutoff))
        .where(~exists().where(members.c.key == articles.c.key))
        .order_by(published)
        .offset(passed)
        .limit(limit)
    )
    with database.reading() as connection:
        examined = connection.execute(query).fetchall()
        parts = retired_among(connection, cutoff, keys=[row[4] for row in examined])
    removed = _remove(database, parts, now)
    if len(examined) < limit:
        return Step(removed, None)
    last = examined[-1][0]
    gone = set(removed.rows)
    stay = sum(row[0] == last and (row[1], row[2], row[3]) not in gone for row in examined)
    return Step(removed, (last, stay + (passed if last == after else 0)))


def retired(
    database: Database, cutoff: datetime, keys: Collection[str], unless: Iterable[Article]
) -> Removed:
    """What of the parts with these articles (keys) is retired and not removed yet, unless the part
    has one of the articles `unless`. Raises StoreError."""
    if not keys:
        return NOTHING_REMOVED
    with database.reading() as connection:
        parts = retired_among(connection, cutoff, keys=keys, unless=unless)
    return _values(parts)


def _values(parts: Retired) -> Removed:
    return Removed(
        tuple(row.row_key for row in parts.rows), tuple(story.id for story in parts.stories)
    )


def _remove(database: Database, parts: Retired, now: datetime) -> Removed:
    if not parts.rows and not parts.stories:
        return NOTHING_REMOVED
    ids = [story.id for story in parts.stories]
    with database.writing() as connection:
        save_removed(connection, parts.stories)
        _remove_articles(connection, parts.rows, now)
        values = [{"the_id": story_id} for story_id in ids]
        for table, column in (
            (members, members.c.story), (promotions, promotions.c.story), (stories, stories.c.id),
        ):  # fmt: skip
            if values:
                connection.execute(delete(table).where(column == bindparam("the_id")), values)
        remove_shown(connection, ids)
    return _values(parts)


def _remove_articles(connection: Connection, removed: Sequence[StoredRow], now: datetime) -> None:
    if not removed:
        return
    text_ids = [row.text_id for row in removed if row.text_id is not None]
    remove_aliases(connection, text_ids)
    remove_texts(connection, text_ids)
    is_row = (
        (articles.c.source == bindparam("the_source"))
        & (articles.c.ref == bindparam("the_ref"))
        & (articles.c.slot == bindparam("the_slot"))
    )
    names = ("the_source", "the_ref", "the_slot")
    keys = [dict(zip(names, row.row_key, strict=True)) for row in removed]
    connection.execute(delete(articles).where(is_row), keys)
    remove_contents(connection, [row.row_key for row in removed])
    memory = {
        (row.row_key[0], number): {
            "source": row.row_key[0], "hash": number, "listed": rows.seconds(now),
        }
        for row in removed
        if not row.dated
        for number in hashes_of(*row.row_key, row.key)
    }  # fmt: skip
    upsert(connection, removed_articles, memory.values())


def unconfigured_sources(
    database: Database, configured: Collection[str], cutoff: datetime
) -> list[str]:
    """The sources that the configuration does not have and that were last read before the
    cutoff."""
    query = select(sources.c.name).where(func.coalesce(sources.c.checked, 0) < rows.seconds(cutoff))
    with database.reading() as connection:
        names = connection.execute(query.order_by(sources.c.name)).scalars().fetchall()
    return [name for name in names if name not in configured]


def remove_source_state(database: Database, source: str, limit: int) -> bool:
    """Remove the state of a source, with that of at most `limit` documents. Its articles stay for
    as long as their stories. Returns whether there is more of it."""
    refs = select(documents.c.ref).where(documents.c.source == source).limit(limit)
    with database.writing() as connection:
        is_next = (documents.c.source == source) & documents.c.ref.in_(refs)
        if connection.execute(delete(documents).where(is_next)).rowcount >= limit:
            return True
        for table in (polls, subscriptions, removed_articles):
            connection.execute(delete(table).where(table.c.source == source))
        connection.execute(delete(sources).where(sources.c.name == source))
    return False


def merge_texts(database: Database, pages: int, *, begin: bool) -> bool:
    """See ``fulltext.merge_index``."""
    with database.writing() as connection:
        return merge_index(connection, pages, begin=begin)


def set_keep(database: Database, keep: timedelta | None) -> None:
    """Save what `keep` is (None: no limit). Where it was shorter, forget which documents were read,
    so that all are read again: articles that were too old may not be so any more."""
    new = None if keep is None else int(keep.total_seconds())
    with database.reading() as connection:
        row = connection.execute(select(retention.c.keep)).first()
    if row is not None and row[0] == new:
        return
    with database.writing() as connection:
        upsert(connection, retention, [{"id": 1, "keep": new}])
        if row is not None and row[0] is not None and (new is None or new > row[0]):
            connection.execute(delete(documents))
            connection.execute(update(sources).values(etag="", last_modified="", digest=""))
