"""Reading the window: the recent articles, what belongs to them, and their stories.

Each function reads through a connection that it is given, so that all of them see one snapshot.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, RowMapping, select

from aggregator.model import Article, FeedRecord, Promotion, RowKey, StoryRecord
from aggregator.store import rows
from aggregator.store.contents import content_loader
from aggregator.store.schema import articles, feeds, members, promotions, stories

_BATCH = 500  # values in one IN (...): below every database's limit on parameters
DocumentKey = tuple[str, str]
"""(source, ref): the rows of an article and of the coverage that it declares share it."""
_Value = TypeVar("_Value", str, DocumentKey)
_Members = dict[str, list[tuple[str, bool]]]  # story id -> keys, and whether each is an anchor


@dataclass(frozen=True, slots=True)
class StoredWindow:
    """What `plan` needs to know of earlier runs; `feeds` are by slug."""

    articles: tuple[Article, ...] = ()
    stories: tuple[StoryRecord, ...] = ()
    promotions: tuple[Promotion, ...] = ()
    feeds: Mapping[str, FeedRecord] = field(default_factory=dict)


def load_window(
    connection: Connection, since: datetime | None, document_keys: Collection[DocumentKey]
) -> StoredWindow:
    """See ``Store.window``."""
    if since is None:
        article_rows = connection.execute(select(articles)).fetchall()
        load = content_loader(connection.engine)
        window = tuple(rows.article_of(row, load) for row in article_rows)
        records = load_stories(connection, None)
    else:
        recent = _recent(connection, since, document_keys)
        keys = {article.key for article in recent.values()}
        records = load_stories(connection, keys)
        recent |= load_articles(
            connection, {key for record in records for key in record.members} - keys
        )
        window = tuple(recent.values())
        records = _with_ended(connection, records)
    return StoredWindow(window, records, _promotions(connection), load_feeds(connection))


def load_touched(
    connection: Connection, document_keys: Collection[DocumentKey], keys: Collection[str]
) -> StoredWindow:
    """See ``Store.touched``."""
    touched = _of_documents(connection, document_keys)
    touched |= load_articles(connection, set(keys))
    loaded = {article.key for article in touched.values()}
    records = load_stories(connection, loaded | set(keys))
    touched |= load_articles(connection, {key for r in records for key in r.members} - loaded)
    return StoredWindow(tuple(touched.values()), _with_ended(connection, records))


def load_articles(connection: Connection, keys: set[str]) -> dict[RowKey, Article]:
    """The articles with these keys, by their row keys."""
    load = content_loader(connection.engine)
    return {
        row[:3]: rows.article_of(row, load)
        for batch in _batches(keys)
        for row in connection.execute(select(articles).where(articles.c.key.in_(batch)))
    }


def load_stories(connection: Connection, keys: Collection[str] | None) -> tuple[StoryRecord, ...]:
    """The stories with a member or origin among `keys` (None: all), also those that have ended."""
    if keys is None:
        member_rows: _Members = {}
        story_rows = list(connection.execute(select(stories)).mappings())
        for key, story, is_anchor in connection.execute(select(members)).fetchall():
            member_rows.setdefault(story, []).append((key, is_anchor))
        return _without_cycles(_story(row, member_rows.get(row["id"], ())) for row in story_rows)
    ids: set[str] = set()
    for batch in _batches(keys):
        by_member = select(members.c.story).where(members.c.key.in_(batch))
        by_origin = select(stories.c.id).where(stories.c.founder.in_(batch))
        ids.update(connection.execute(by_member).scalars())
        ids.update(connection.execute(by_origin).scalars())
    return load_stories_by_id(connection, ids)


def load_stories_by_id(connection: Connection, ids: set[str]) -> tuple[StoryRecord, ...]:
    """The stories with these ids, also those that have ended."""
    story_rows: list[RowMapping] = []
    member_rows: _Members = {}
    for batch in _batches(ids):
        story_rows += connection.execute(select(stories).where(stories.c.id.in_(batch))).mappings()
        query = select(members).where(members.c.story.in_(batch))
        for key, story, is_anchor in connection.execute(query):
            member_rows.setdefault(story, []).append((key, is_anchor))
    return _without_cycles(_story(row, member_rows.get(row["id"], ())) for row in story_rows)


def _with_ended(
    connection: Connection, records: tuple[StoryRecord, ...]
) -> tuple[StoryRecord, ...]:
    """The records, and those of the stories that ended in one of them, directly or one after the
    other: their tombstones are published even when their articles are gone."""
    by_id = {record.id: record for record in records}
    pending = set(by_id)
    while pending:
        ids: set[str] = set()
        for batch in _batches(pending):
            query = select(stories.c.id).where(stories.c.ended_into.in_(batch))
            ids.update(connection.execute(query).scalars())
        pending = ids - by_id.keys()
        by_id |= {record.id: record for record in load_stories_by_id(connection, pending)}
    return tuple(by_id.values())


def load_feeds(connection: Connection) -> dict[str, FeedRecord]:
    """The feeds that exist or have existed, by slug."""
    return {row[0]: rows.feed_of(*row) for row in connection.execute(select(feeds))}


def _recent(
    connection: Connection, since: datetime, document_keys: Collection[DocumentKey]
) -> dict[RowKey, Article]:
    documents = (
        select(articles.c.source, articles.c.ref)
        .where(articles.c.published >= rows.seconds(since))
        .distinct()
        .subquery()
    )
    query = select(articles).join(
        documents,
        (articles.c.source == documents.c.source) & (articles.c.ref == documents.c.ref),
    )
    load = content_loader(connection.engine)
    loaded = {row[:3]: rows.article_of(row, load) for row in connection.execute(query)}
    return loaded | _of_documents(connection, document_keys)


def _of_documents(
    connection: Connection, document_keys: Collection[DocumentKey]
) -> dict[RowKey, Article]:
    refs_by_source: dict[str, set[str]] = {}
    for source, ref in document_keys:
        refs_by_source.setdefault(source, set()).add(ref)
    load = content_loader(connection.engine)
    # Not pairs in one IN (...): SQLite would read the whole table.
    return {
        row[:3]: rows.article_of(row, load)
        for source, refs in sorted(refs_by_source.items())
        for batch in _batches(refs)
        for row in connection.execute(
            select(articles).where(articles.c.source == source, articles.c.ref.in_(batch))
        )
    }


def _promotions(connection: Connection) -> tuple[Promotion, ...]:
    promotion_rows = connection.execute(select(promotions))
    return tuple(rows.promotion_of(*row) for row in promotion_rows)


def _story(row: RowMapping, member_rows: Collection[tuple[str, bool]]) -> StoryRecord:
    keys = (key for key, _ in member_rows)
    return rows.story_of(dict(row), keys, (key for key, is_anchor in member_rows if is_anchor))


def _without_cycles(records: Iterable[StoryRecord]) -> tuple[StoryRecord, ...]:
    """The stories; where `merged_into` leads in a cycle, the oldest story of it has not ended.

    This program writes no cycle, but following one would never end."""
    by_id = {story.id: story for story in records}
    safe: set[str] = set()
    for start in list(by_id):
        path: list[str] = []
        current: str | None = start
        while current in by_id and current not in safe and current not in path:
            path.append(current)
            current = by_id[current].merged_into
        if current in path:
            cycle = [by_id[story_id] for story_id in path[path.index(current) :]]
            oldest = min(cycle, key=lambda story: (story.published, story.id))
            by_id[oldest.id] = replace(oldest, merged_into=None)
        safe.update(path)
    return tuple(by_id.values())


def _batches(values: Collection[_Value]) -> Iterator[list[_Value]]:
    ordered = sorted(values)
    for start in range(0, len(ordered), _BATCH):
        yield ordered[start : start + _BATCH]
