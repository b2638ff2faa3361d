"""The store over SQLAlchemy Core: SQLite with a write-ahead log, or PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from aggregator.errors import IdTaken, StoreError
from aggregator.merge import Statistics
from aggregator.model import (
    Article,
    DocumentState,
    FeedRecord,
    PollDay,
    Promotion,
    SourceState,
    StoryRecord,
    Subscription,
)
from aggregator.store import rows
from aggregator.store.database import Database, execute_in_batches, storable_rows, upsert
from aggregator.store.epoch_rows import epoch_row, statistics_of
from aggregator.store.fulltext import (
    TextQuery,
    find_best_keys,
    find_text_ids,
    put_words,
    remove_words,
)
from aggregator.store.lock import lock_owner, writer_lock
from aggregator.store.migrations import migrate
from aggregator.store.saving import save_members, save_polls
from aggregator.store.schema import (
    articles,
    changes,
    documents,
    epochs,
    feeds,
    outputs,
    polls,
    promotions,
    sources,
    stories,
    subscriptions,
    texts,
)
from aggregator.store.window import (
    StoredWindow,
    articles_by_key,
    load_feeds,
    load_stories,
    load_stories_by_id,
    load_window,
)


def open_store(url: str) -> Store:
    """Open the store at a URL such as ``sqlite:///var/aggregator.db``; make it where there is none.

    Raises StoreError when it cannot be opened or is of a newer version.
    """
    database = Database.at(url)
    migrate(database)
    return Store(database)


class Store:
    """Values in and out. Every save is one transaction, every reading is of one moment."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def close(self) -> None:
        """Give the connections back; a later use opens them again."""
        self._database.engine.dispose()

    @property
    def is_local(self) -> bool:
        """Whether it is a file here, and no server that may let one wait."""
        return self._database.engine.dialect.name == "sqlite"

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Be the one process that writes this store, until the block ends. Raises StoreLocked,
        with the owner of the lock, where another process is."""
        with writer_lock(self._database.engine) as check:
            self._database.before_writing = check
            try:
                yield
            finally:
                self._database.before_writing = None

    def lock_owner(self) -> str:
        """The number of the process that writes this store, with its host where that is not known
        to be this one; ``""`` where none does."""
        return lock_owner(self._database.engine)

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

    def article_counts(self) -> dict[str, int]:
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

    def text_ids_by_key(self) -> dict[str, list[int]]:
        """The numbers that `find` gives, by the key of the article; a key that several sources
        tell has several."""
        found: dict[str, list[int]] = {}
        with self._database.reading() as connection:
            for number, key in connection.execute(select(texts.c.id, texts.c.key)):
                found.setdefault(key, []).append(number)
        return found

    def find_text_ids(self, needs: TextQuery) -> list[int]:
        """The numbers of the articles whose title and excerpt have what is needed (see
        ``Query.needs``)."""
        with self._database.reading() as connection:
            return find_text_ids(connection, needs)

    def find_best_keys(self, needs: TextQuery, most: int) -> list[str]:
        """The keys of those that have it, the best first."""
        with self._database.reading() as connection:
            return find_best_keys(connection, needs, most)

    def stories_of(self, ids: Collection[str] = (), keys: Collection[str] = ()) -> StoredWindow:
        """The stories with these ids, or that hold articles with these keys, and their articles,
        however old they are."""
        with self._database.reading() as connection:
            found = {m.id: m for m in load_stories(connection, set(keys)) if not m.merged_into}
            found |= {m.id: m for m in load_stories_by_id(connection, set(ids))}
            member_keys = {key for record in found.values() for key in record.members}
            loaded = articles_by_key(connection, member_keys)
            return StoredWindow(tuple(loaded.values()), tuple(found.values()))

    def feeds(self) -> dict[str, FeedRecord]:
        """The feeds whose files are made, or were made at some time, by slug."""
        with self._database.reading() as connection:
            return load_feeds(connection)

    def window(
        self, since: datetime | None, places: Collection[tuple[str, str]] = ()
    ) -> StoredWindow:
        """The articles published since then (None: all), what belongs to them, and their stories.

        What belongs to an article: everything told by the same document, and everything ever shown
        under a story of one of these. `places` (source, ref) are taken in whatever their date.
        """
        with self._database.reading() as connection:
            return load_window(connection, since, places)

    # ------------------------------------------------------------ in

    def save(
        self,
        *,
        changed_articles: Iterable[Article] = (),
        story_records: Iterable[StoryRecord] = (),
        document_states: Mapping[str, Iterable[DocumentState]] | None = None,
        source_states: Iterable[SourceState] = (),
        story_promotions: Iterable[Promotion] = (),
        poll_days: Iterable[PollDay] = (),
        new_stories: Collection[str] = (),
        statistics: Statistics | None = None,
    ) -> None:
        """Remember all of it, or nothing where it fails. `new_stories` are the ids of those of the
        `story_records` that were minted just now. Raises StoreError; IdTaken where one of these
        was given to a story before, which stays as it is."""
        told, story_records = list(changed_articles), list(story_records)
        files = [
            rows.document_row(source, state)
            for source, states in (document_states or {}).items()
            for state in states
        ]
        new = [rows.story_row(record) for record in story_records if record.id in new_stories]
        known = [rows.story_row(record) for record in story_records if record.id not in new_stories]
        with self._minting(new_stories), self._database.writing() as connection:
            if new:  # inserted, never updated: the primary key says whether an id is taken
                execute_in_batches(connection, insert(stories), storable_rows(stories, new))
            upsert(connection, stories, known, fixed=("founder", "published"))
            upsert(connection, articles, map(rows.article_row, told))
            put_words(connection, told)
            save_members(connection, story_records)
            upsert(connection, documents, files)
            upsert(connection, sources, [rows.source_row(state) for state in source_states])
            upsert(connection, promotions, map(rows.promotion_row, story_promotions))
            save_polls(connection, list(poll_days))
            if statistics is not None:
                upsert(connection, epochs, [epoch_row(statistics)])
            if told or story_records:
                upsert(connection, changes, [{"id": 1, "number": 1}], adding=True)

    @contextmanager
    def _minting(self, ids: Collection[str]) -> Iterator[None]:
        """Say which of the new ids are taken, where the store refuses one."""
        try:
            yield
        except StoreError as error:
            if not isinstance(error.__cause__, IntegrityError) or not ids:
                raise
            with self._database.reading() as connection:
                taken = {record.id for record in load_stories_by_id(connection, set(ids))}
            if not taken:
                raise
            raise IdTaken(taken) from error

    def save_outputs(
        self,
        made: Mapping[str, tuple[str, str]],
        removed: Collection[str] = (),
        feed_records: Iterable[FeedRecord] = (),
    ) -> None:
        """Remember what was rendered: path -> (digest of the value, digest of the bytes); forget
        the paths that were `removed`; and remember which feeds there are."""
        found = [{"path": p, "value": value, "bytes": data} for p, (value, data) in made.items()]
        with self._database.writing() as connection:
            upsert(connection, outputs, found)
            if removed:
                gone = [{"the_path": path} for path in sorted(removed)]
                connection.execute(delete(outputs).where(outputs.c.path == bindparam("the_path")),
                                   gone)  # fmt: skip
            upsert(connection, feeds, map(rows.feed_row, feed_records), fixed=("created",))

    def forget(self, source: str) -> int:
        """Remove all that a source told and how reading it went. Stories that held its articles
        keep their ids, so that these are never given to others. Returns how many articles of its
        own the source had."""
        with self._database.writing() as connection:
            own = (articles.c.source == source) & (articles.c.slot == "")
            number = connection.execute(select(func.count()).where(own)).scalar() or 0
            remove_words(connection, source)
            for table in (texts, articles, documents, polls, subscriptions):
                connection.execute(delete(table).where(table.c.source == source))
            connection.execute(delete(sources).where(sources.c.name == source))
            upsert(connection, changes, [{"id": 1, "number": 1}], adding=True)
        return int(number)

    def save_subscription(self, subscription: Subscription) -> None:
        """Remember how a subscription stands."""
        with self._database.writing() as connection:
            upsert(connection, subscriptions, [rows.subscription_row(subscription)])
