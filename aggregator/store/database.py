"""A database behind SQLAlchemy Core: opened, read, and written in whole transactions."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from itertools import chain, islice
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Compiled,
    Connection,
    Dialect,
    Engine,
    Integer,
    Table,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import (
    ArgumentError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)

from aggregator.errors import StoreError
from aggregator.store.rows import Row

_ROWS = 1_000  # rows in one call: more gain nothing and cost memory
_WRITES = "aggregator_writes"  # the execution option of a connection that will write
# What a database cannot store as text: PostgreSQL refuses NUL, and UTF-8 has no surrogates.
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_INT32, _INT64 = 2**31 - 1, 2**63 - 1


class Database:
    """Connections to a store. Another library's exceptions come out as StoreError."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.before_writing: Callable[[], None] | None = None

    @classmethod
    def at(cls, url: str) -> Database:
        """The database at a URL; its folder is made where it is a file. Raises StoreError."""
        try:
            parsed = make_url(url)
            is_file = parsed.database not in (None, "", ":memory:")
            if parsed.get_backend_name() == "sqlite" and is_file:
                Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
            engine = create_engine(parsed)
        except (ArgumentError, NoSuchModuleError, ImportError, OSError) as error:
            raise StoreError(f"cannot open the store: {error}") from error
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        return cls(engine)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read by. All that is read by it is of one moment, whatever others write
        meanwhile: a transaction of SQLite, REPEATABLE READ in PostgreSQL."""
        try:
            with self.engine.connect() as connection:
                if self.engine.dialect.name == "postgresql":
                    connection.execution_options(isolation_level="REPEATABLE READ")
                yield connection
        except SQLAlchemyError as error:
            raise _store_error("read", error) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction: all of it is kept, or nothing where it fails."""
        if self.before_writing is not None:
            self.before_writing()
        try:
            with self.engine.connect() as connection:
                connection.execution_options(**{_WRITES: True})
                with connection.begin():
                    yield connection
        except SQLAlchemyError as error:
            raise _store_error("write", error) from error


def upsert(
    connection: Connection,
    table: Table,
    values: Iterable[Row],
    adding: bool = False,
    fixed: Collection[str] = (),
) -> None:
    """Insert the rows, or where their key is there already set what they say; `adding` adds it to
    what is there, and the columns that are `fixed` keep their first value."""
    waiting = storable_rows(table, values)
    first = next(waiting, None)
    if first is None:
        return
    columns = tuple(first)
    statement = _upsert(table, connection.dialect, columns, adding, frozenset(fixed))
    _execute_compiled(connection, statement, chain((first,), waiting))


@lru_cache(maxsize=64)  # to compile it takes as long as to insert a hundred rows
def _upsert(
    table: Table, dialect: Dialect, columns: tuple[str, ...], adding: bool, fixed: frozenset[str]
) -> Compiled:
    # The dialect's own insert knows ON CONFLICT; only the one in use is imported.
    statement: Any = import_module(f"sqlalchemy.dialects.{dialect.name}").insert(table)
    others = {
        c.name: statement.excluded[c.name]
        for c in table.c
        if not c.primary_key and c.name not in fixed
    }
    if adding:
        others = {name: table.c[name] + value for name, value in others.items()}
    keys = [column.name for column in table.primary_key]
    statement = statement.on_conflict_do_update(index_elements=keys, set_=others)
    compiled: Compiled = statement.compile(dialect=dialect, column_keys=columns)
    return compiled


def execute_in_batches(connection: Connection, statement: Any, values: Iterable[Row]) -> None:
    """Run the statement, whose parameters are named like the columns, for all rows, a thousand at
    a time."""
    waiting = iter(values)
    first = next(waiting, None)
    if first is not None:
        compiled = statement.compile(dialect=connection.dialect, column_keys=list(first))
        _execute_compiled(connection, compiled, chain((first,), waiting))


def _execute_compiled(connection: Connection, compiled: Any, values: Iterable[Row]) -> None:
    """By the driver itself: SQLAlchemy takes as long for each row as the database. No type of our
    tables is written in another form than Python's own."""
    waiting = iter(values)
    sql, names = str(compiled), compiled.positiontup if compiled.positional else None
    while batch := list(islice(waiting, _ROWS)):
        parameters = batch if names is None else [tuple(row[n] for n in names) for row in batch]
        connection.exec_driver_sql(sql, parameters)


def storable_rows(table: Table, values: Iterable[Row]) -> Iterator[Row]:
    """The rows with values that every database takes: texts without NUL and lone surrogates,
    numbers within the range of their column. The reader gives no others; but one such value, let
    through by a mistake, must not make every later save fail."""
    most = {
        c.name: _INT64 if isinstance(c.type, BigInteger) else _INT32
        for c in table.c
        if isinstance(c.type, Integer)
    }
    for row in values:
        yield row | {
            name: _storable(value, most.get(name, _INT64))
            for name, value in row.items()
            if value.__class__ is not str or not value.isascii() or "\0" in value
        }


def _storable(value: Any, most: int) -> Any:
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > most:
        return most if value > 0 else -most
    return value


def storable_text(text: str) -> str:
    """The text with U+FFFD for what no database stores."""
    return text if text.isascii() and "\0" not in text else _NO_TEXT.sub("\ufffd", text)


def _store_error(doing: str, error: SQLAlchemyError) -> StoreError:
    unavailable = isinstance(error, OperationalError | InterfaceError)
    return StoreError(f"cannot {doing} the store: {reason(error)}", unavailable=unavailable)


def reason(error: SQLAlchemyError) -> str:
    """What went wrong, in the database's words."""
    return str(getattr(error, "orig", None) or error).splitlines()[0]


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin a transaction at the first write only; it is begun by _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # what was acknowledged survives a power cut
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """A snapshot for who reads; for who writes the lock at once, since a snapshot that turned out
    to be old could not become a write any more (SQLITE_BUSY_SNAPSHOT)."""
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def store_url_problem(url: str) -> str:
    """Why no store can be opened at a URL, without trying to: ``""`` where it may be possible."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return "should be a URL such as sqlite:///var/aggregator.db"
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        name = parsed.get_backend_name()
        return f"a store in {name} is not supported: use sqlite or postgresql+psycopg"
    try:
        parsed.get_dialect().import_dbapi()
    except NoSuchModuleError:
        return f"the driver {parsed.drivername} is not known: use postgresql+psycopg"
    except ImportError as error:
        return f"the driver is not installed ({error.name}): install the extra `postgres`"
    return ""
