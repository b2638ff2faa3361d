"""What queries need of the stories that are shown: the numbers that rank them, and their topics.

A shown story is a row, so that a query can rank stories and tell which ones match without loading
their articles. The rows are written with the articles, in one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, select

from aggregator.classify import TopicNames
from aggregator.model import Story
from aggregator.rank.signals import NEVER, SECOND, Signals
from aggregator.store import rows
from aggregator.store.database import insert_in_batches, storable_text, upsert
from aggregator.store.schema import (
    baselines,
    shown_scope,
    shown_stories,
    story_aliases,
    story_copies,
    story_topics,
)
from aggregator.store.stored_baselines import StoredBaselines, baselines_row

_BATCH = 500  # values in one IN (...): below every database's limit on parameters
_Topics = tuple[tuple[str, str, str], ...]  # slug, names and sources, by slug
_Values = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ShownStory:
    """A story that is shown. `first_published` is that of the story, in seconds since 1970 as all
    times of the store; `signals` are those of whole seconds; `coverage` is the number of articles
    beside the lead; `aliases` are those of all articles. `topics` are slugs, each with the names
    that the articles give to it and the sources of these, one per line. `copies` are those of the
    story."""

    id: str
    first_published: int
    signals: Signals
    coverage: int
    aliases: tuple[str, ...]
    topics: _Topics
    copies: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, story: Story) -> ShownStory:
        """The row of a story that has its topics."""
        return cls(
            story.id,
            rows.seconds(story.published),
            Signals.of(story),
            len(story.coverage),
            tuple(
                sorted({storable_text(a) for article in story.articles for a in article.aliases})
            ),
            _topics(story),
            tuple(sorted((storable_text(a), storable_text(b)) for a, b in story.copies)),
        )


@dataclass(frozen=True, slots=True)
class ShownScope:
    """Which stories the rows of shown stories are complete for: made by `options` (a digest), and
    with an article of `since` or later (None: all)."""

    options: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class ShownChanges:
    """What to save of the shown stories: `stories` that are new or may have changed, the ids of
    those that are `hidden` now, and where they are new the `scope` and the `baselines`."""

    stories: tuple[ShownStory, ...] = ()
    hidden: frozenset[str] = frozenset()
    scope: ShownScope | None = None
    baselines: StoredBaselines | None = None


NOTHING_SHOWN = ShownChanges()


def save_shown(connection: Connection, changes: ShownChanges) -> bool:
    """Write the rows that differ from the stored ones. Returns whether there were any."""
    new = {story.id: _row(story) for story in changes.stories}
    old = _stored_rows(connection, new)
    changed = [row for story_id, row in new.items() if old.get(story_id) != tuple(row.values())]
    upsert(connection, shown_stories, changed)
    topics = {story.id: story.topics for story in changes.stories}
    aliases = {story.id: tuple((alias,) for alias in story.aliases) for story in changes.stories}
    moved = _save_values(connection, story_topics, topics)
    moved |= _save_values(connection, story_aliases, aliases)
    moved |= _save_values(connection, story_copies, {s.id: s.copies for s in changes.stories})
    hidden = _stored_rows(connection, changes.hidden)
    remove_shown(connection, hidden)
    if changes.scope is not None:
        since = changes.scope.since
        row = {"id": 1, "options": changes.scope.options, "since": since and rows.seconds(since)}
        upsert(connection, shown_scope, [row])
    if changes.baselines is not None:
        upsert(connection, baselines, [baselines_row(changes.baselines)])
    return bool(changed or moved or hidden or changes.scope or changes.baselines)


def remove_shown(connection: Connection, ids: Collection[str]) -> None:
    """Delete the rows of these stories."""
    _delete(connection, shown_stories, "id", ids)
    for table in (story_topics, story_aliases, story_copies):
        _delete(connection, table, "story", ids)


def load_shown(connection: Connection, ids: Collection[str]) -> dict[str, ShownStory]:
    """Those of the stories that are shown, by id."""
    topics = _stored_values(connection, story_topics, ids)
    aliases = _stored_values(connection, story_aliases, ids)
    copies = _stored_values(connection, story_copies, ids)
    return {
        story_id: ShownStory(
            story_id,
            row[1],
            signals_of(row[3:10]),
            row[10],
            tuple(alias for (alias,) in aliases.get(story_id, ())),
            tuple((slug, names, sources) for slug, names, sources in topics.get(story_id, ())),
            tuple((copy, original) for copy, original in copies.get(story_id, ())),
        )
        for story_id, row in _stored_rows(connection, ids).items()
    }


def signals_of(values: Sequence[Any]) -> Signals:
    """The signals in the columns from ``quality`` to ``coverage_times``."""
    quality, related, published, newest_coverage, position, owner, times = values
    return Signals(
        quality,
        related,
        published * SECOND,
        NEVER if newest_coverage is None else newest_coverage * SECOND,
        position,
        owner,
        tuple(int(time) * SECOND for time in times.split()),
    )


def _topics(story: Story) -> _Topics:
    counts = TopicNames.of([story]).counts
    return tuple(
        (
            storable_text(slug),
            _lines(counts[slug].names) if slug in counts else "",
            _lines(counts[slug].sources) if slug in counts else "",
        )
        for slug in sorted(story.topics)
    )


def _lines(values: Iterable[str]) -> str:
    return storable_text("\n".join(sorted(values)))


def _row(story: ShownStory) -> rows.Row:
    """The values in the order of the columns."""
    signals = story.signals
    published = signals.published // SECOND
    has_coverage = signals.newest_coverage != NEVER
    newest_coverage = signals.newest_coverage // SECOND if has_coverage else None
    return {
        "id": story.id,
        "first_published": story.first_published,
        "shown_at": max(published, newest_coverage) if newest_coverage is not None else published,
        "quality": signals.quality,
        "related": signals.related,
        "published": published,
        "newest_coverage": newest_coverage,
        "position": signals.position,
        "owner": storable_text(signals.owner),
        "coverage_times": " ".join(str(time // SECOND) for time in signals.coverage),
        "coverage": story.coverage,
    }


def _stored_rows(connection: Connection, ids: Collection[str]) -> dict[str, tuple[Any, ...]]:
    query = select(shown_stories)
    return {
        row[0]: tuple(row)
        for batch in batches(ids)
        for row in connection.execute(query.where(shown_stories.c.id.in_(batch)))
    }


def _save_values(connection: Connection, table: Table, new: Mapping[str, _Values]) -> bool:
    """Replace the rows of these stories in a table that has several of each. Returns whether any
    differ from the stored ones."""
    old = _stored_values(connection, table, new)
    changed = [story_id for story_id, values in new.items() if old.get(story_id, ()) != values]
    _delete(connection, table, "story", [story_id for story_id in changed if story_id in old])
    names = table.c.keys()
    added: list[rows.Row] = [
        dict(zip(names, (story_id, *value), strict=True))
        for story_id in changed
        for value in new[story_id]
    ]
    insert_in_batches(connection, table, added)
    return bool(changed)


def _stored_values(
    connection: Connection, table: Table, ids: Collection[str]
) -> dict[str, _Values]:
    """The rows of these stories, sorted, without the id, by the id."""
    by_story: dict[str, list[tuple[str, ...]]] = {}
    for batch in batches(ids):
        for story, *value in connection.execute(select(table).where(table.c.story.in_(batch))):
            by_story.setdefault(story, []).append(tuple(value))
    return {story: tuple(sorted(values)) for story, values in by_story.items()}


def _delete(connection: Connection, table: Table, column: str, ids: Collection[str]) -> None:
    if ids:
        values = [{"the_id": story_id} for story_id in sorted(ids)]
        connection.execute(delete(table).where(table.c[column] == bindparam("the_id")), values)


def batches(values: Collection[str]) -> Iterator[Sequence[str]]:
    """The values, sorted, in parts that fit into one statement."""
    ordered = sorted(values)
    for start in range(0, len(ordered), _BATCH):
        yield ordered[start : start + _BATCH]
