"""The store over SQLAlchemy Core: SQLite with a write-ahead log, or PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, tuple_

from aggregator.merge import Statistics
from aggregator.model import (
    Article,
    DocumentState,
    PollDay,
    Promotion,
    SourceState,
    StoryMemory,
    Subscription,
)
from aggregator.store import rows
from aggregator.store.database import Database, upsert
from aggregator.store.epochs import epoch_row, statistics_of
from aggregator.store.fulltext import Needs, find_best, find_numbers, put_words
from aggregator.store.migrations import migrate
from aggregator.store.schema import (
    articles,
    changes,
    documents,
    epochs,
    members,
    outputs,
    polls,
    promotions,
    sources,
    stories,
    subscriptions,
    texts,
)

POLL_DAYS = 60
_BATCH = 500  # values in one IN (...): below every database's limit on parameters


@dataclass(frozen=True, slots=True)
class Remembered:
    """What `plan` needs to know of earlier runs."""

    articles: tuple[Article, ...] = ()
    stories: tuple[StoryMemory, ...] = ()
    promotions: tuple[Promotion, ...] = ()


def open_store(url: str) -> Store:
    """Open the store at a URL such as ``sqlite:///var/aggregator.db``; make it where there is none.

    Raises StoreError when it cannot be opened or is of a newer version.
    """
    database = Database.at(url)
    migrate(database.engine)
    return Store(database)


class Store:
    """Values in and out. Every save is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def close(self) -> None:
        """Give the connections back; a later use opens them again."""
        self._database.engine.dispose()

    @property
    def is_near(self) -> bool:
        """Whether it is a file here, and no server that may let one wait."""
        return self._database.engine.dialect.name == "sqlite"

    # ------------------------------------------------------------ out

    def documents(self, source: str) -> dict[str, DocumentState]:
        """The remembered files of a source by their ref."""
        query = select(documents).where(documents.c.source == source)
        with self._database.reading() as connection:
            return {row[1]: DocumentState(*row[1:]) for row in connection.execute(query)}

    def sources(self) -> dict[str, SourceState]:
        """The remembered state of every source by its name."""
        with self._database.reading() as connection:
            found = connection.execute(select(sources)).mappings()
            return {row["name"]: rows.source_of(dict(row)) for row in found}

    def outputs(self) -> dict[str, tuple[str, str]]:
        """What was rendered: path -> (digest of the value, digest of the bytes)."""
        with self._database.reading() as connection:
            return {
                path: (value, made) for path, value, made in connection.execute(select(outputs))
            }

    def count_articles(self, source: str, since: datetime | None = None) -> int:
        """How many articles of its own this source has told of, of those published since then."""
        query = select(func.count()).where(articles.c.source == source, articles.c.slot == "")
        if since is not None:
            query = query.where(articles.c.published >= rows.seconds(since))
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar() or 0)

    def articles_of(self, source: str) -> list[Article]:
        """All that a source has told, in the order of its refs."""
        query = select(articles).where(articles.c.source == source)
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(articles.c.ref, articles.c.slot))
            return [rows.article_of(row) for row in found]

    def statistics(self) -> Statistics | None:
        """The statistics by which texts are compared; None where none were saved, or by a program
        that counted otherwise."""
        with self._database.reading() as connection:
            row = connection.execute(select(epochs.c.value)).first()
            return statistics_of(row[0]) if row else None

    def changes(self) -> int:
        """How often articles or stories have been saved."""
        with self._database.reading() as connection:
            return connection.execute(select(changes.c.number)).scalar() or 0

    def poll_days(self) -> list[PollDay]:
        """How polls went in the last 60 days, by source and day."""
        query = select(polls).order_by(polls.c.source, polls.c.day)
        with self._database.reading() as connection:
            return [PollDay(*row) for row in connection.execute(query)]

    def counts(self) -> dict[str, int]:
        """How many articles of its own each source has told of, by its name."""
        query = select(articles.c.source, func.count()).where(articles.c.slot == "")
        with self._database.reading() as connection:
            found = connection.execute(query.group_by(articles.c.source))
            return {row[0]: row[1] for row in found}

    def subscriptions(self) -> dict[str, Subscription]:
        """The WebSub subscriptions by their source."""
        with self._database.reading() as connection:
            found = connection.execute(select(subscriptions)).mappings()
            return {row["source"]: rows.subscription_of(dict(row)) for row in found}

    def numbers(self) -> dict[str, list[int]]:
        """The numbers that `find` gives, by the key of the article; a key that several sources
        tell has several."""
        found: dict[str, list[int]] = {}
        with self._database.reading() as connection:
            for number, key in connection.execute(select(texts.c.id, texts.c.key)):
                found.setdefault(key, []).append(number)
        return found

    def find(self, needs: Needs) -> list[int]:
        """The numbers of the articles whose title and excerpt have what is needed (see
        ``Query.needs``)."""
        with self._database.reading() as connection:
            return find_numbers(connection, needs)

    def find_best(self, needs: Needs, most: int) -> list[str]:
        """The keys of those that have it, the best first."""
        with self._database.reading() as connection:
            return find_best(connection, needs, most)

    def stories_of(self, ids: Collection[str] = (), keys: Collection[str] = ()) -> Remembered:
        """The stories with these ids, or that hold articles with these keys, and their articles,
        however old they are."""
        with self._database.reading() as connection:
            found = {m.id: m for m in self._stories(connection, set(keys)) if not m.ended_into}
            found |= {m.id: m for m in self._stories_by_id(connection, set(ids))}
            members = {key for memory in found.values() for key in memory.members}
            told = self._by_key(connection, members)
            return Remembered(tuple(told.values()), tuple(found.values()))

    def remembered(
        self, since: datetime | None, places: Collection[tuple[str, str]] = ()
    ) -> Remembered:
        """The articles published since then (None: all), what belongs to them, and their stories.

        What belongs to an article: everything told by the same document, and everything ever shown
        under a story of one of these. `places` (source, ref) are taken in whatever their date.
        """
        with self._database.reading() as connection:
            if since is None:
                found = connection.execute(select(articles)).fetchall()
                return Remembered(
                    tuple(map(rows.article_of, found)),
                    self._stories(connection, None),
                    self._promotions(connection),
                )
            told = self._told(connection, since, places)
            keys = {article.key for article in told.values()}
            found_stories = self._stories(connection, keys)
            others = {key for story in found_stories for key in story.members} - keys
            told |= self._by_key(connection, others)
            return Remembered(tuple(told.values()), found_stories, self._promotions(connection))

    def _told(
        self, connection: Connection, since: datetime, places: Collection[tuple[str, str]]
    ) -> dict[Any, Article]:
        recent = (
            select(articles.c.source, articles.c.ref)
            .where(articles.c.published >= rows.seconds(since))
            .distinct()
            .subquery()
        )
        query = select(articles).join(
            recent, (articles.c.source == recent.c.source) & (articles.c.ref == recent.c.ref)
        )
        told = {row[:3]: rows.article_of(row) for row in connection.execute(query)}
        for batch in _batches(set(places)):
            place = tuple_(articles.c.source, articles.c.ref)
            for row in connection.execute(select(articles).where(place.in_(batch))):
                told[row[:3]] = rows.article_of(row)
        return told

    def _by_key(self, connection: Connection, keys: set[str]) -> dict[Any, Article]:
        return {
            row[:3]: rows.article_of(row)
            for batch in _batches(keys)
            for row in connection.execute(select(articles).where(articles.c.key.in_(batch)))
        }

    def _promotions(self, connection: Connection) -> tuple[Promotion, ...]:
        """All of them: one a topic and story, of topics that want them."""
        found = connection.execute(select(promotions))
        return tuple(Promotion(topic, story, rows.moment(when)) for topic, story, when in found)

    def _stories(self, connection: Connection, keys: set[str] | None) -> tuple[StoryMemory, ...]:
        """The stories that hold or were founded by one of `keys` (None: all), ended ones too."""
        if keys is None:
            belongs: dict[str, list[tuple[str, bool]]] = {}
            found = list(connection.execute(select(stories)).mappings())
            for key, story, root in connection.execute(select(members)).fetchall():
                belongs.setdefault(story, []).append((key, root))
            return tuple(_story(dict(row), belongs.get(row["id"], ())) for row in found)
        ids: set[str] = set()
        for batch in _batches(keys):
            held = select(members.c.story).where(members.c.key.in_(batch))
            founded = select(stories.c.id).where(stories.c.founder.in_(batch))
            ids.update(connection.execute(held).scalars())
            ids.update(connection.execute(founded).scalars())
        return self._stories_by_id(connection, ids)

    def _stories_by_id(self, connection: Connection, ids: set[str]) -> tuple[StoryMemory, ...]:
        found: list[Any] = []
        belongs: dict[str, list[tuple[str, bool]]] = {}
        for batch in _batches(ids):
            found += connection.execute(select(stories).where(stories.c.id.in_(batch))).mappings()
            of_them = select(members).where(members.c.story.in_(batch))
            for key, story, root in connection.execute(of_them):
                belongs.setdefault(story, []).append((key, root))
        return tuple(_story(dict(row), belongs.get(row["id"], ())) for row in found)

    # ------------------------------------------------------------ in

    def save(
        self,
        *,
        articles_told: Iterable[Article] = (),
        story_memories: Iterable[StoryMemory] = (),
        document_states: Mapping[str, Iterable[DocumentState]] | None = None,
        source_states: Iterable[SourceState] = (),
        story_promotions: Iterable[Promotion] = (),
        poll_days: Iterable[PollDay] = (),
        statistics: Statistics | None = None,
    ) -> None:
        """Remember all of it, or nothing where it fails. Raises StoreError."""
        told, memories = list(articles_told), list(story_memories)
        files = [
            rows.document_row(source, state)
            for source, states in (document_states or {}).items()
            for state in states
        ]
        with self._database.writing() as connection:
            upsert(connection, articles, map(rows.article_row, told))
            put_words(connection, told)
            upsert(connection, stories, [rows.story_row(memory) for memory in memories])
            self._save_members(connection, memories)
            upsert(connection, documents, files)
            upsert(connection, sources, [rows.source_row(state) for state in source_states])
            upsert(connection, promotions, map(rows.promotion_row, story_promotions))
            self._save_polls(connection, list(poll_days))
            if statistics is not None:
                upsert(connection, epochs, [epoch_row(statistics)])
            if told or memories:
                upsert(connection, changes, [{"id": 1, "number": 1}], adding=True)

    def save_outputs(self, made: Mapping[str, tuple[str, str]]) -> None:
        """Remember what was rendered: path -> (digest of the value, digest of the bytes)."""
        found = [{"path": p, "value": value, "bytes": data} for p, (value, data) in made.items()]
        with self._database.writing() as connection:
            upsert(connection, outputs, found)

    def save_subscription(self, subscription: Subscription) -> None:
        """Remember how a subscription stands."""
        with self._database.writing() as connection:
            upsert(connection, subscriptions, [rows.subscription_row(subscription)])

    def _save_polls(self, connection: Connection, days: list[PollDay]) -> None:
        """Add to what is counted of the days; those that nobody looks at any more go."""
        upsert(connection, polls, map(rows.poll_row, days), adding=True)
        if days:
            oldest = max(one.day for one in days) - POLL_DAYS
            connection.execute(delete(polls).where(polls.c.day < oldest))

    def _save_members(self, connection: Connection, memories: list[StoryMemory]) -> None:
        """A key is a member of one story: of the one that says so last."""
        if memories:
            ended = [{"the_story": memory.id} for memory in memories]
            connection.execute(
                delete(members).where(members.c.story == bindparam("the_story")), ended
            )
        belongs = [
            {"key": key, "story": memory.id, "root": key in memory.roots}
            for memory in memories
            for key in sorted(memory.members)
        ]
        upsert(connection, members, belongs)


def _story(row: Mapping[str, Any], belongs: Iterable[tuple[str, bool]]) -> StoryMemory:
    pairs = list(belongs)
    return rows.story_of(row, (k for k, _ in pairs), (k for k, root in pairs if root))


def _batches(values: set[Any]) -> Iterator[list[Any]]:
    ordered = sorted(values)
    for start in range(0, len(ordered), _BATCH):
        yield ordered[start : start + _BATCH]
