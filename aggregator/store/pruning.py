"""Removing what was last changed longer ago than `keep`, in steps of bounded work.

A story is removed when it was last updated before the cutoff, and so was each document that has one
of its articles or its first article: the newest article of these documents is what makes the window
load a story (``load_window``), and windows begin after the cutoff. So no plan can tell whether what
is removed was there. Its articles go with it, wherever they are stored, with their texts and
promotions; an article that belongs to no story goes when its document is as old.

Each step reads what it removes by an index, from a position where the last step ended, and then
writes in one short transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, exists, func, select, tuple_, update

from aggregator.model import StoryRecord
from aggregator.store import rows
from aggregator.store.database import Database, upsert
from aggregator.store.fulltext import merge_index, remove_texts
from aggregator.store.removed_articles import hashes_of
from aggregator.store.removed_stories import save_removed
from aggregator.store.schema import (
    articles,
    documents,
    members,
    polls,
    promotions,
    removed_articles,
    retention,
    sources,
    stories,
    subscriptions,
    texts,
)

_BATCH = 500  # values per IN (...), less than every database's limit of parameters


class Step(NamedTuple):
    """The outcome of a step: how many stories or articles it removed, and where the next one
    begins (None: the end was reached)."""

    removed: int
    position: Any


def removable(newest: Mapping[str, int], ids: Sequence[str], cutoff: int) -> list[str]:
    """The stories (ids, each updated before the cutoff) whose documents are older than the cutoff
    as well; `newest` is the time of the newest article of these, by story."""
    return [story_id for story_id in ids if newest.get(story_id, cutoff - 1) < cutoff]


def remove_stories(
    database: Database,
    cutoff: datetime,
    now: datetime,
    position: tuple[int, str] | None,
    limit: int,
) -> Step:
    """Look at the next `limit` stories in the order of their last update, and remove those that are
    removable."""
    before = rows.seconds(cutoff)
    query = select(stories).where(stories.c.updated < before)
    if position is not None:
        query = query.where(tuple_(stories.c.updated, stories.c.id) > position)
    query = query.order_by(stories.c.updated, stories.c.id).limit(limit)
    with database.reading() as connection:
        found = connection.execute(query).mappings().fetchall()
        newest = _newest(connection, [row["id"] for row in found])
    chosen = set(removable(newest, [row["id"] for row in found], before))
    if chosen:
        records = [rows.story_of(dict(row), (), ()) for row in found if row["id"] in chosen]
        with database.writing() as connection:
            _remove_stories(connection, records, now)
    last = found[-1] if len(found) == limit else None
    return Step(len(chosen), None if last is None else (last["updated"], last["id"]))


def _newest(connection: Connection, ids: Sequence[str]) -> dict[str, int]:
    """The time of the newest article in the documents that have a member or the first article of
    each story."""
    newest: dict[str, int] = {}
    own, every = articles.alias("own"), articles.alias("every")
    same_document = (every.c.source == own.c.source) & (every.c.ref == own.c.ref)
    by_member = (
        select(members.c.story, func.max(every.c.published))
        .join(own, own.c.key == members.c.key)
        .join(every, same_document)
        .group_by(members.c.story)
    )
    by_origin = (
        select(stories.c.id, func.max(every.c.published))
        .join(own, own.c.key == stories.c.founder)
        .join(every, same_document)
        .group_by(stories.c.id)
    )
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        for select_newest in (
            by_member.where(members.c.story.in_(batch)),
            by_origin.where(stories.c.id.in_(batch)),
        ):
            for story_id, published in connection.execute(select_newest):
                newest[story_id] = max(published, newest.get(story_id, published))
    return newest


def _remove_stories(connection: Connection, records: Sequence[StoryRecord], now: datetime) -> None:
    save_removed(connection, records)
    ids = [record.id for record in records]
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        keys = select(members.c.key).where(members.c.story.in_(batch))
        _remove_articles(connection, _rows(connection, articles.c.key.in_(keys)), now)
        connection.execute(delete(members).where(members.c.story.in_(batch)))
        connection.execute(delete(promotions).where(promotions.c.story.in_(batch)))
        connection.execute(delete(stories).where(stories.c.id.in_(batch)))


_Row = tuple[str, str, str, str, bool, int | None]
"""Source, ref, slot, key, whether it is dated, and the id of its text."""


def _rows(connection: Connection, condition: Any) -> list[_Row]:
    is_text = (
        (texts.c.source == articles.c.source)
        & (texts.c.ref == articles.c.ref)
        & (texts.c.slot == articles.c.slot)
    )
    columns = (articles.c.source, articles.c.ref, articles.c.slot, articles.c.key, articles.c.dated)
    query = select(*columns, texts.c.id).outerjoin_from(articles, texts, is_text).where(condition)
    return [
        (source, ref, slot, key, bool(dated), text_id)
        for source, ref, slot, key, dated, text_id in connection.execute(query)
    ]


def _remove_articles(connection: Connection, found: Collection[_Row], now: datetime) -> None:
    if not found:
        return
    remove_texts(connection, [row[5] for row in found if row[5] is not None])
    is_row = (
        (articles.c.source == bindparam("the_source"))
        & (articles.c.ref == bindparam("the_ref"))
        & (articles.c.slot == bindparam("the_slot"))
    )
    connection.execute(
        delete(articles).where(is_row),
        [{"the_source": row[0], "the_ref": row[1], "the_slot": row[2]} for row in found],
    )
    memory = {
        (source, number): {"source": source, "hash": number, "listed": rows.seconds(now)}
        for source, ref, slot, key, dated, _ in found
        if not dated
        for number in hashes_of(source, ref, slot, key)
    }
    upsert(connection, removed_articles, memory.values())


def remove_orphans(
    database: Database, cutoff: datetime, now: datetime, position: int | None, limit: int
) -> Step:
    """Look at the next `limit` articles (and others of the same second) in the order of their
    publication, and remove those of no story whose document is older than the cutoff."""
    before = rows.seconds(cutoff)
    after = -(2**62) if position is None else position
    in_range = (articles.c.published > after) & (articles.c.published < before)
    ordered = select(articles.c.published).where(in_range).order_by(articles.c.published)
    other = articles.alias("other")
    same_document = (other.c.source == articles.c.source) & (other.c.ref == articles.c.ref)
    with database.reading() as connection:
        last = connection.execute(ordered.offset(limit - 1).limit(1)).scalar()
        is_orphan = (
            in_range
            & (articles.c.published <= (before if last is None else last))
            & ~exists().where(members.c.key == articles.c.key)
            & ~exists().where(same_document & (other.c.published >= before))
        )
        found = _rows(connection, is_orphan)
    for start in range(0, len(found), _BATCH):
        with database.writing() as connection:
            _remove_articles(connection, found[start : start + _BATCH], now)
    return Step(len(found), last)


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
