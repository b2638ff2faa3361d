"""The store over SQLAlchemy Core: SQLite with a write-ahead log, or PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Table,
    bindparam,
    create_engine,
    delete,
    event,
    func,
    make_url,
    select,
    tuple_,
)
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from aggregator.errors import StoreError
from aggregator.model import Article, DocumentState, Promotion, SourceState, StoryMemory
from aggregator.store import rows
from aggregator.store.migrations import migrate
from aggregator.store.schema import (
    articles,
    documents,
    members,
    outputs,
    promotions,
    sources,
    stories,
)

_ROWS = 1_000  # rows in one call: more gain nothing and cost memory
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
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
            Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed)
    except (ArgumentError, NoSuchModuleError, ImportError, OSError) as error:
        raise StoreError(f"cannot open the store: {error}") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    migrate(engine)
    return Store(engine)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # what was acknowledged survives a power cut
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.close()


class Store:
    """Values in and out. Every save is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        """Give the connections back; a later use opens them again."""
        self._engine.dispose()

    # ------------------------------------------------------------ out

    def documents(self, source: str) -> dict[str, DocumentState]:
        """The remembered files of a source by their ref."""
        query = select(documents).where(documents.c.source == source)
        with self._reading() as connection:
            return {row[1]: DocumentState(*row[1:]) for row in connection.execute(query)}

    def sources(self) -> dict[str, SourceState]:
        """The remembered state of every source by its name."""
        with self._reading() as connection:
            found = connection.execute(select(sources)).mappings()
            return {row["name"]: rows.source_of(dict(row)) for row in found}

    def outputs(self) -> dict[str, tuple[str, str]]:
        """What was rendered: path -> (digest of the value, digest of the bytes)."""
        with self._reading() as connection:
            return {
                path: (value, made) for path, value, made in connection.execute(select(outputs))
            }

    def count_articles(self, source: str, since: datetime | None = None) -> int:
        """How many articles of its own this source has told of, of those published since then."""
        query = select(func.count()).where(articles.c.source == source, articles.c.slot == "")
        if since is not None:
            query = query.where(articles.c.published >= rows.seconds(since))
        with self._reading() as connection:
            return int(connection.execute(query).scalar() or 0)

    def articles_of(self, source: str) -> list[Article]:
        """All that a source has told, in the order of its refs."""
        query = select(articles).where(articles.c.source == source)
        with self._reading() as connection:
            found = connection.execute(query.order_by(articles.c.ref, articles.c.slot))
            return [rows.article_of(row) for row in found]

    def remembered(
        self, since: datetime | None, places: Collection[tuple[str, str]] = ()
    ) -> Remembered:
        """The articles published since then (None: all), what belongs to them, and their stories.

        What belongs to an article: everything told by the same document, and everything ever shown
        under a story of one of these. `places` (source, ref) are taken in whatever their date.
        """
        with self._reading() as connection:
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
            for batch in _batches(others):
                query = select(articles).where(articles.c.key.in_(batch))
                for row in connection.execute(query):
                    told[row[:3]] = rows.article_of(row)
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

    def _promotions(self, connection: Connection) -> tuple[Promotion, ...]:
        """All of them: one a topic and story, of topics that want them."""
        found = connection.execute(select(promotions))
        return tuple(Promotion(topic, story, rows.moment(when)) for topic, story, when in found)

    def _stories(self, connection: Connection, keys: set[str] | None) -> tuple[StoryMemory, ...]:
        """The stories that hold or were founded by one of `keys` (None: all), ended ones too."""
        belongs: dict[str, list[tuple[str, bool]]] = {}
        if keys is None:
            found = list(connection.execute(select(stories)).mappings())
            for key, story, root in connection.execute(select(members)).fetchall():
                belongs.setdefault(story, []).append((key, root))
        else:
            ids: set[str] = set()
            for batch in _batches(keys):
                held = select(members.c.story).where(members.c.key.in_(batch))
                founded = select(stories.c.id).where(stories.c.founder.in_(batch))
                ids.update(connection.execute(held).scalars())
                ids.update(connection.execute(founded).scalars())
            found = []
            for batch in _batches(ids):
                query = select(stories).where(stories.c.id.in_(batch))
                found += connection.execute(query).mappings()
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
    ) -> None:
        """Remember all of it, or nothing where it fails. Raises StoreError."""
        told = (rows.article_row(article) for article in articles_told)
        memories = list(story_memories)
        files = [
            rows.document_row(source, state)
            for source, states in (document_states or {}).items()
            for state in states
        ]
        with self._writing() as connection:
            self._upsert(connection, articles, told)
            self._upsert(connection, stories, [rows.story_row(memory) for memory in memories])
            self._save_members(connection, memories)
            self._upsert(connection, documents, files)
            self._upsert(connection, sources, [rows.source_row(state) for state in source_states])
            self._upsert(connection, promotions, map(rows.promotion_row, story_promotions))

    def save_outputs(self, made: Mapping[str, tuple[str, str]]) -> None:
        """Remember what was rendered: path -> (digest of the value, digest of the bytes)."""
        found = [{"path": p, "value": value, "bytes": data} for p, (value, data) in made.items()]
        with self._writing() as connection:
            self._upsert(connection, outputs, found)

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
        self._upsert(connection, members, belongs)

    def _upsert(self, connection: Connection, table: Table, values: Iterable[rows.Row]) -> None:
        statement = _insert(self._engine.dialect.name, table)
        others = {c.name: statement.excluded[c.name] for c in table.c if not c.primary_key}
        keys = [column.name for column in table.primary_key]
        upsert = statement.on_conflict_do_update(index_elements=keys, set_=others)
        waiting = iter(values)
        while batch := list(islice(waiting, _ROWS)):
            connection.execute(upsert, batch)

    # ------------------------------------------------------------ connections

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(f"cannot read the store: {_reason(error)}") from error

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(f"cannot write the store: {_reason(error)}") from error


def _insert(dialect: str, table: Table) -> Any:
    """The dialect's own insert, which knows ON CONFLICT; only the one in use is imported."""
    module = import_module(f"sqlalchemy.dialects.{dialect}")
    return module.insert(table)


def _story(row: Mapping[str, Any], belongs: Iterable[tuple[str, bool]]) -> StoryMemory:
    pairs = list(belongs)
    return rows.story_of(row, (k for k, _ in pairs), (k for k, root in pairs if root))


def _batches(values: set[Any]) -> Iterator[list[Any]]:
    ordered = sorted(values)
    for start in range(0, len(ordered), _BATCH):
        yield ordered[start : start + _BATCH]


def _reason(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]
