"""The store over SQLAlchemy Core: SQLite with a write-ahead log, or PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import select

from aggregator.classify import TextQuery
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
from aggregator.store.alias_index import save_aliases
from aggregator.store.contents import content_loader, release_contents, save_contents
from aggregator.store.counts import article_counts, count_articles
from aggregator.store.database import Database, upsert
from aggregator.store.epoch_rows import epoch_row, statistics_of
from aggregator.store.fulltext import find_best_keys, find_text_ids, load_text_ids, put_words
from aggregator.store.lock import lock_owner, writer_lock
from aggregator.store.migrations import migrate
from aggregator.store.outbox import Outbox
from aggregator.store.removed_stories import checking_ids, load_removed, refuse_removed
from aggregator.store.saving import (
    delete_source,
    save_documents,
    save_output_digests,
    save_polls,
    save_stories,
)
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
    subscriptions,
)
from aggregator.store.shown_reader import ShownReader
from aggregator.store.shown_stories import NOTHING_SHOWN, ShownChanges, save_shown
from aggregator.store.window import (
    DocumentKey,
    StoredWindow,
    load_articles,
    load_feeds,
    load_stories,
    load_stories_by_id,
    load_touched,
    load_window,
)


def open_store(url: str) -> Store:
    """Open the store at a URL such as ``sqlite:///var/aggregator.db``; create or migrate it where
    needed. Raises StoreError where it cannot be opened or a newer version wrote it."""
    database = Database.at(url)
    migrate(database)
    return Store(database)


class Store:
    """Values in and out. Every save is one transaction; every method that reads sees one snapshot.
    All methods but ``close`` raise StoreError where the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def database(self) -> Database:
        """The connections, for ``pruning``, ``sizes`` and the like."""
        return self._database

    @property
    def shown(self) -> ShownReader:
        """What is stored of the stories that are shown, for queries."""
        return ShownReader(self._database)

    @property
    def outbox(self) -> Outbox:
        """What is to be sent, and what became of it."""
        return Outbox(self._database)

    def close(self) -> None:
        """Close the pooled connections; a later call opens them again."""
        self._database.engine.dispose()

    @property
    def is_local(self) -> bool:
        """Whether the database is embedded (SQLite), so that a query has no network round trip."""
        return self._database.engine.dialect.name == "sqlite"

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the writer's lock of the store until the block ends. Raises StoreLocked, which names
        the owner, where another process holds it."""
        with writer_lock(self._database.engine) as check:
            self._database.before_writing = check
            try:
                yield
            finally:
                self._database.before_writing = None

    def lock_owner(self) -> str:
        """The id of the process that holds the writer's lock (``host:pid`` for PostgreSQL); ``""``
        where the lock is free."""
        return lock_owner(self._database.engine)

    # ------------------------------------------------------------ reading

    def documents(self, source: str) -> dict[str, DocumentState]:
        """The states of the files of a source, by ref."""
        query = select(documents).where(documents.c.source == source)
        with self._database.reading() as connection:
            return {row[1]: DocumentState(*row[1:]) for row in connection.execute(query)}

    def sources(self) -> dict[str, SourceState]:
        """The states of all sources, by name."""
        with self._database.reading() as connection:
            state_rows = connection.execute(select(sources)).mappings()
            return {row["name"]: rows.source_of(dict(row)) for row in state_rows}

    def outputs(self) -> dict[str, tuple[str, str]]:
        """The files that were written: path -> (digest of the values, digest of the content)."""
        with self._database.reading() as connection:
            output_rows = connection.execute(select(outputs))
            return {path: (values, content) for path, values, content in output_rows}

    def count_articles(self, source: str, since: datetime | None = None) -> int:
        """The number of a source's own articles (without related coverage) published since then."""
        with self._database.reading() as connection:
            return count_articles(connection, source, since)

    def articles_of(self, source: str) -> list[Article]:
        """All articles of a source, also related coverage, ordered by ref."""
        query = select(articles).where(articles.c.source == source)
        with self._database.reading() as connection:
            article_rows = connection.execute(query.order_by(articles.c.ref, articles.c.slot))
            load = content_loader(self._database.engine)
            return [rows.article_of(row, load) for row in article_rows]

    def statistics(self) -> Statistics | None:
        """The statistics by which texts are compared; None where there are none, or where
        a version that counts differently saved them."""
        with self._database.reading() as connection:
            row = connection.execute(select(epochs.c.value)).first()
            return statistics_of(row[0]) if row else None

    def changes(self) -> int:
        """The number of saves that changed what is shown: a cache of another number is outdated."""
        with self._database.reading() as connection:
            return connection.execute(select(changes.c.number)).scalar() or 0

    def poll_days(self) -> list[PollDay]:
        """The polls of the last 60 days, ordered by source and day."""
        query = select(polls).order_by(polls.c.source, polls.c.day)
        with self._database.reading() as connection:
            return [PollDay(*row) for row in connection.execute(query)]

    def article_counts(self) -> dict[str, int]:
        """The number of each source's own articles (without related coverage), by name."""
        with self._database.reading() as connection:
            return article_counts(connection)

    def subscriptions(self) -> dict[str, Subscription]:
        """The WebSub subscriptions, by the name of their source."""
        with self._database.reading() as connection:
            subscription_rows = connection.execute(select(subscriptions)).mappings()
            return {row["source"]: rows.subscription_of(dict(row)) for row in subscription_rows}

    def text_ids_by_key(self) -> dict[str, list[int]]:
        """The ids that ``find_text_ids`` gives, by the key of the article. An article that several
        sources have has several."""
        with self._database.reading() as connection:
            return load_text_ids(connection)

    def find_text_ids(self, query: TextQuery) -> list[int]:
        """The ids in the full-text index of the articles whose title and excerpt match."""
        with self._database.reading() as connection:
            return find_text_ids(connection, query)

    def find_best_keys(self, query: TextQuery, limit: int) -> list[str]:
        """The keys of at most `limit` articles that match, best first."""
        with self._database.reading() as connection:
            return find_best_keys(connection, query, limit)

    def stories_of(self, ids: Collection[str] = (), keys: Collection[str] = ()) -> StoredWindow:
        """The stories with these ids, the current stories with these articles, and the articles of
        both, of any age. A story that retention has removed has no members and no `origin_key`."""
        with self._database.reading() as connection:
            records = {r.id: r for r in load_stories(connection, set(keys)) if not r.merged_into}
            records |= {r.id: r for r in load_stories_by_id(connection, set(ids))}
            records |= load_removed(connection, set(ids) - records.keys())
            member_keys = {key for record in records.values() for key in record.members}
            members = load_articles(connection, member_keys)
            return StoredWindow(tuple(members.values()), tuple(records.values()))

    def feeds(self) -> dict[str, FeedRecord]:
        """The feeds that have files or have had some, by slug."""
        with self._database.reading() as connection:
            return load_feeds(connection)

    def window(
        self, since: datetime | None, document_keys: Collection[DocumentKey] = ()
    ) -> StoredWindow:
        """The articles published since then (None: all), what belongs to them, and their stories.

        To an article belong the other articles of its document, and all that were ever in a story
        with one of these. The documents of `document_keys` are included whatever their dates.
        """
        with self._database.reading() as connection:
            return load_window(connection, since, document_keys)

    def touched(
        self, document_keys: Collection[DocumentKey], keys: Collection[str]
    ) -> StoredWindow:
        """What is stored, of any age, of these documents and at these keys: the articles, the
        stories that have one of them, and the other articles of these stories."""
        with self._database.reading() as connection:
            return load_touched(connection, document_keys, keys)

    # ------------------------------------------------------------ writing

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
        shown: ShownChanges = NOTHING_SHOWN,
    ) -> bool:
        """Save all values, or none where it raises. Returns whether ``changes`` gives one more.

        `changed_articles` are new or changed; `document_states` are by source; `poll_days` are
        added to the counts of the same day; `new_stories` are the ids of those `story_records` that
        were created now; `shown` is what queries need. Raises StoreError; IdTaken where the id of a
        new story belongs to a stored one, which stays unchanged.
        """
        changed_articles, story_records = list(changed_articles), list(story_records)
        origins = {r.id: r.origin_key for r in story_records if r.id in new_stories}
        with checking_ids(self._database, origins), self._database.writing() as connection:
            refuse_removed(connection, origins)
            save_stories(connection, story_records, new_stories)
            upsert(connection, articles, map(rows.article_row, changed_articles))
            save_contents(connection, changed_articles)
            put_words(connection, changed_articles)
            save_aliases(connection, changed_articles)
            save_documents(connection, document_states or {})
            upsert(connection, sources, [rows.source_row(state) for state in source_states])
            upsert(connection, promotions, map(rows.promotion_row, story_promotions))
            save_polls(connection, list(poll_days))
            if statistics is not None:
                upsert(connection, epochs, [{**epoch_row(statistics)}])
            is_change = bool(save_shown(connection, shown) or changed_articles or story_records)
            if is_change:
                upsert(connection, changes, [{"id": 1, "number": 1}], adding=True)
        release_contents(self._database.engine, changed_articles)
        return is_change

    def save_outputs(
        self,
        written: Mapping[str, tuple[str, str]],
        removed: Collection[str] = (),
        feed_records: Iterable[FeedRecord] = (),
    ) -> None:
        """Save the files that were written, path -> (digest of the values, digest of the content),
        delete the `removed` paths, and save the feeds that have files."""
        with self._database.writing() as connection:
            save_output_digests(connection, written, removed)
            upsert(connection, feeds, map(rows.feed_row, feed_records), fixed=("created",))

    def delete_source(self, source: str) -> int:
        """Delete the articles and states of a source. The records of stories stay, so that no other
        story gets their ids. Returns the number of the source's own articles."""
        with self._database.writing() as connection:
            return delete_source(connection, source)

    def save_subscription(self, subscription: Subscription) -> None:
        """Insert or replace the subscription of its source."""
        with self._database.writing() as connection:
            upsert(connection, subscriptions, [rows.subscription_row(subscription)])
