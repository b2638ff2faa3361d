"""Reading what is stored of the stories that are shown.

Every method sees one snapshot; of several calls, ``Store.changes`` tells whether they saw the same.
`since` limits them to stories with an article of that time or later (None: all).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, func, select, tuple_, union

from aggregator.classify import TextQuery, TopicNames
from aggregator.classify.topic_names import SlugCounts
from aggregator.model import Promotion, Publisher, StoryRecord
from aggregator.store import rows
from aggregator.store.database import Database
from aggregator.store.fulltext import matching_texts
from aggregator.store.schema import (
    articles,
    baselines,
    epochs,
    members,
    promotions,
    shown_scope,
    shown_stories,
    stories,
    story_aliases,
    story_topics,
    texts,
)
from aggregator.store.shown_stories import ShownScope, ShownStory, batches, load_shown
from aggregator.store.stored_baselines import StoredBaselines, baselines_of
from aggregator.store.window import StoredWindow, load_articles, load_stories_by_id

Source = tuple[Publisher, str]
"""A publisher and a language of articles."""


@dataclass(frozen=True, slots=True)
class ShownColumns:
    """The columns that rank shown stories, story by story in the order of `ids`. Times are in
    seconds since 1970; `newest_coverage` is None for a story without coverage, `coverage_times` has
    the times of its independent coverage, between spaces."""

    ids: tuple[str, ...] = ()
    quality: tuple[int, ...] = ()
    related: tuple[int, ...] = ()
    published: tuple[int, ...] = ()
    newest_coverage: tuple[int | None, ...] = ()
    position: tuple[int, ...] = ()
    owner: tuple[str, ...] = ()
    coverage_times: tuple[str, ...] = ()


class ShownReader:
    """Reads the rows of shown stories. All methods raise StoreError where the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def baselines(self) -> StoredBaselines | None:
        """The baselines of the current epoch; None where there are none, or another version
        learned them."""
        with self._database.reading() as connection:
            row = connection.execute(select(baselines.c.made, baselines.c.value)).first()
        return baselines_of(*row) if row else None

    def scope(self) -> ShownScope | None:
        """Which stories the rows are complete for; None: for those of no options."""
        with self._database.reading() as connection:
            row = connection.execute(select(shown_scope.c.options, shown_scope.c.since)).first()
        if row is None:
            return None
        return ShownScope(row[0], None if row[1] is None else rows.moment(row[1]))

    def epoch_began(self) -> datetime | None:
        """When the statistics were learned by which texts are compared; None: never."""
        with self._database.reading() as connection:
            learned_at = connection.execute(select(epochs.c.made)).scalar()
        return None if learned_at is None else rows.moment(learned_at)

    def stories(self, ids: Collection[str]) -> dict[str, ShownStory]:
        """Those of the stories that are shown, by id."""
        with self._database.reading() as connection:
            return load_shown(connection, ids)

    def with_articles(self, ids: Collection[str]) -> tuple[dict[str, ShownStory], StoredWindow]:
        """The same, with their records and all rows of their articles."""
        with self._database.reading() as connection:
            shown = load_shown(connection, ids)
            records = load_stories_by_id(connection, set(shown))
            keys = {key for record in records for key in record.members}
            keys |= {alias for story in shown.values() for alias in story.aliases}
            return shown, StoredWindow(tuple(load_articles(connection, keys).values()), records)

    def count(self, since: datetime | None) -> int:
        """How many stories are shown."""
        query = _since(select(func.count()).select_from(shown_stories), since)
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar() or 0)

    def columns(
        self,
        since: datetime | None,
        first_published: tuple[datetime, datetime] | None = None,
        ids: Collection[str] | None = None,
    ) -> ShownColumns:
        """What ranks the shown stories, or those of them that were first published from one time
        on and before another one, or have one of these `ids`."""
        c = shown_stories.c
        names = (c.quality, c.related, c.published, c.newest_coverage, c.position, c.owner)
        query = _since(select(c.id, *names, c.coverage_times), since)
        if first_published is not None:
            start, end = map(rows.seconds, first_published)
            query = query.where(c.first_published >= start, c.first_published < end)
        parts = [query]
        if ids is not None:
            parts = [query.where(c.id.in_(batch)) for batch in batches(ids)]
        with self._database.reading() as connection:
            shown = [row for part in parts for row in connection.execute(part)]
            columns = list(zip(*shown, strict=True))
        return ShownColumns(*columns) if columns else ShownColumns()

    def ids_of_topic(self, slug: str) -> list[str]:
        """The ids of the stories of a topic."""
        query = select(story_topics.c.story).where(story_topics.c.topic == slug)
        with self._database.reading() as connection:
            return list(connection.execute(query).scalars())

    def topic_names(self, since: datetime | None) -> TopicNames:
        """The names of topics that the sources of the stories give. The numbers of articles that
        give a name, and of stories that have it from a source, are at least 1 and not exact."""
        c = story_topics.c
        query = select(c.topic, c.names, c.sources, func.count()).where(c.names != "")
        query = _since(query, since)
        if since is not None:
            query = query.join(shown_stories, shown_stories.c.id == c.story)
        names = TopicNames({}, self.count(since))
        with self._database.reading() as connection:
            for slug, given, sources, number in connection.execute(
                query.group_by(c.topic, c.names, c.sources)
            ):
                counts = names.counts.setdefault(slug, SlugCounts())
                counts.names.update(given.split("\n"))
                counts.sources.update(sources.split("\n"))
                counts.stories += number
        return names

    def ids_with_text(self, query: TextQuery) -> set[str]:
        """The ids of the stories with an article whose title and excerpt match."""
        with self._database.reading() as connection:
            matches = matching_texts(connection, query)
            return _stories_with(connection, texts, texts.c.id.in_(matches))

    def sources(self) -> list[Source]:
        """The publishers and languages of all articles."""
        query = select(articles.c.publisher, articles.c.domain, articles.c.lang).distinct()
        with self._database.reading() as connection:
            return [(rows.publisher_of(*row[:2]), row[2]) for row in connection.execute(query)]

    def ids_of_sources(self, sources: Iterable[Source]) -> set[str]:
        """The ids of the stories with an article by one of these publishers in its language."""
        values = sorted((p.name, p.domain, lang) for p, lang in sources)
        columns = tuple_(articles.c.publisher, articles.c.domain, articles.c.lang)
        ids: set[str] = set()
        with self._database.reading() as connection:
            for start in range(0, len(values), 100):
                part = columns.in_(values[start : start + 100])
                ids |= _stories_with(connection, articles, part)
        return ids

    def ids_at(self, address: str) -> set[str]:
        """The ids of the stories that may have an article with this key or alias."""
        by_key = select(members.c.story).where(members.c.key == address)
        by_alias = select(story_aliases.c.story).where(story_aliases.c.alias == address)
        with self._database.reading() as connection:
            return set(connection.execute(union(by_key, by_alias)).scalars())

    def promotions(self, slugs: Collection[str]) -> list[Promotion]:
        """When stories entered the top of the feeds of these topics."""
        query = select(promotions).where(promotions.c.topic.in_(sorted(slugs)))
        with self._database.reading() as connection:
            return [rows.promotion_of(*row) for row in connection.execute(query)]

    def ended_in(self, ids: Collection[str]) -> dict[str, list[StoryRecord]]:
        """The records, without members, of the stories that ended in one of these, directly or one
        after the other, by the id of the latter."""
        ended: dict[str, dict[str, StoryRecord]] = {story_id: {} for story_id in ids}
        targets = {story_id: story_id for story_id in ids}
        with self._database.reading() as connection:
            pending = list(targets)
            while pending:
                new: list[str] = []
                for batch in batches(pending):
                    query = select(stories).where(stories.c.ended_into.in_(batch))
                    for row in connection.execute(query).mappings():
                        record = rows.story_of(dict(row), (), ())
                        if record.id not in targets and record.merged_into in targets:
                            targets[record.id] = targets[record.merged_into]
                            ended[targets[record.id]][record.id] = record
                            new.append(record.id)
                pending = new
        return {story_id: list(records.values()) for story_id, records in ended.items()}


def _stories_with(connection: Connection, table: Table, condition: ColumnElement[bool]) -> set[str]:
    """The ids of the stories that have an article in a row of the table, at its key or an alias."""
    by_key = select(members.c.story).join(table, table.c.key == members.c.key)
    by_alias = select(story_aliases.c.story).join(table, table.c.key == story_aliases.c.alias)
    query = union(by_key.where(condition), by_alias.where(condition))
    return set(connection.execute(query).scalars())


def _since(query: Select[Any], since: datetime | None) -> Select[Any]:
    return query if since is None else query.where(shown_stories.c.shown_at >= rows.seconds(since))
