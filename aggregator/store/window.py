"""Reading the window: the recent articles, what belongs to them, and their stories.

Each function reads by a connection that it is given, so that all of them see one snapshot.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, tuple_

from aggregator.model import Article, FeedRecord, Promotion, StoryRecord
from aggregator.store import rows
from aggregator.store.schema import articles, feeds, members, promotions, stories

_BATCH = 500  # values in one IN (...): below every database's limit on parameters


@dataclass(frozen=True, slots=True)
class StoredWindow:
    """What `plan` needs to know of earlier runs; `feeds` are by their slugs."""

    articles: tuple[Article, ...] = ()
    stories: tuple[StoryRecord, ...] = ()
    promotions: tuple[Promotion, ...] = ()
    feeds: Mapping[str, FeedRecord] = field(default_factory=dict)


def load_window(
    connection: Connection, since: datetime | None, places: Collection[tuple[str, str]]
) -> StoredWindow:
    """See ``Store.window``."""
    if since is None:
        every = connection.execute(select(articles)).fetchall()
        window, loaded = tuple(map(rows.article_of, every)), load_stories(connection, None)
    else:
        recent = _recent(connection, since, places)
        keys = {article.key for article in recent.values()}
        loaded = load_stories(connection, keys)
        recent |= articles_by_key(
            connection, {key for story in loaded for key in story.members} - keys
        )
        window = tuple(recent.values())
    return StoredWindow(window, loaded, _promotions(connection), load_feeds(connection))


def articles_by_key(connection: Connection, keys: set[str]) -> dict[Any, Article]:
    """The articles with these keys, by their rows' primary keys."""
    return {
        row[:3]: rows.article_of(row)
        for batch in _batches(keys)
        for row in connection.execute(select(articles).where(articles.c.key.in_(batch)))
    }


def load_stories(connection: Connection, keys: Collection[str] | None) -> tuple[StoryRecord, ...]:
    """The stories that hold or were founded by one of `keys` (None: all), ended ones too."""
    if keys is None:
        belongs: dict[str, list[tuple[str, bool]]] = {}
        every = list(connection.execute(select(stories)).mappings())
        for key, story, root in connection.execute(select(members)).fetchall():
            belongs.setdefault(story, []).append((key, root))
        return _without_circles(_story(dict(row), belongs.get(row["id"], ())) for row in every)
    ids: set[str] = set()
    for batch in _batches(keys):
        held = select(members.c.story).where(members.c.key.in_(batch))
        founded = select(stories.c.id).where(stories.c.founder.in_(batch))
        ids.update(connection.execute(held).scalars())
        ids.update(connection.execute(founded).scalars())
    return load_stories_by_id(connection, ids)


def load_stories_by_id(connection: Connection, ids: set[str]) -> tuple[StoryRecord, ...]:
    """The stories with these ids, those that ended too."""
    loaded: list[Any] = []
    belongs: dict[str, list[tuple[str, bool]]] = {}
    for batch in _batches(ids):
        loaded += connection.execute(select(stories).where(stories.c.id.in_(batch))).mappings()
        of_them = select(members).where(members.c.story.in_(batch))
        for key, story, root in connection.execute(of_them):
            belongs.setdefault(story, []).append((key, root))
    return _without_circles(_story(dict(row), belongs.get(row["id"], ())) for row in loaded)


def load_feeds(connection: Connection) -> dict[str, FeedRecord]:
    """The feeds that there are or were, by slug."""
    return {row[0]: rows.feed_of(*row) for row in connection.execute(select(feeds))}


def _recent(
    connection: Connection, since: datetime, places: Collection[tuple[str, str]]
) -> dict[Any, Article]:
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
    loaded = {row[:3]: rows.article_of(row) for row in connection.execute(query)}
    for batch in _batches(set(places)):
        place = tuple_(articles.c.source, articles.c.ref)
        for row in connection.execute(select(articles).where(place.in_(batch))):
            loaded[row[:3]] = rows.article_of(row)
    return loaded


def _promotions(connection: Connection) -> tuple[Promotion, ...]:
    """All of them: one per topic and story, of topics that want them."""
    every = connection.execute(select(promotions))
    return tuple(Promotion(topic, story, rows.moment(when)) for topic, story, when in every)


def _story(row: Mapping[str, Any], belongs: Iterable[tuple[str, bool]]) -> StoryRecord:
    pairs = list(belongs)
    return rows.story_of(row, (k for k, _ in pairs), (k for k, root in pairs if root))


def _without_circles(loaded: Iterable[StoryRecord]) -> tuple[StoryRecord, ...]:
    """The stories; of those that ended in each other in a circle the oldest one has not ended.

    No run of this program writes a circle, but who follows one would follow it for ever."""
    by_id = {story.id: story for story in loaded}
    safe: set[str] = set()
    for start in list(by_id):
        path: list[str] = []
        current: str | None = start
        while current in by_id and current not in safe and current not in path:
            path.append(current)
            current = by_id[current].merged_into
        if current in path:
            circle = [by_id[story_id] for story_id in path[path.index(current) :]]
            oldest = min(circle, key=lambda story: (story.published, story.id))
            by_id[oldest.id] = replace(oldest, merged_into=None)
        safe.update(path)
    return tuple(by_id.values())


def _batches(values: Collection[Any]) -> Iterator[list[Any]]:
    ordered = sorted(values)
    for start in range(0, len(ordered), _BATCH):
        yield ordered[start : start + _BATCH]
