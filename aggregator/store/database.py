"""A database through SQLAlchemy Core: opened, read, and written in whole transactions."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    insert,
    make_url,
)
from sqlalchemy.exc import (
    ArgumentError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.sql.compiler import SQLCompiler

from aggregator.errors import StoreError
from aggregator.store.rows import Row

if TYPE_CHECKING:
    import sqlite3

_BATCH_ROWS = 1_000  # per call of the driver: larger batches are no faster and take more memory
_MAX_LOG = 64_000_000  # bytes that SQLite's write-ahead log keeps on the disk once it is copied
_WRITES = "aggregator_writes"  # the execution option of a connection that will write
_NO_BEGIN = "aggregator_no_begin"  # the execution option of a connection without a transaction
# What a database cannot store as text: PostgreSQL refuses NUL, and UTF-8 has no surrogates.
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_INT32, _INT64 = 2**31 - 1, 2**63 - 1


class Database:
    """Connections to a store. SQLAlchemy's exceptions are raised as StoreError.

    `before_writing` is called before each transaction that writes: it checks that the lock of the
    store is still held, and raises StoreError where it is not."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.before_writing: Callable[[], None] | None = None

    @classmethod
    def at(cls, url: str) -> Database:
        """The database at an SQLAlchemy URL; the folder of an SQLite file is created. Nothing is
        connected yet. Raises StoreError where the URL or its driver cannot be used."""
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
        """A connection that reads one snapshot, whatever other connections write meanwhile: a
        transaction in SQLite, REPEATABLE READ in PostgreSQL. Raises StoreError."""
        try:
            with self.engine.connect() as connection:
                if self.engine.dialect.name == "postgresql":
                    connection.execution_options(isolation_level="REPEATABLE READ")
                yield connection
        except SQLAlchemyError as error:
            raise _store_error("read", error) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction, which is committed at the end of the block and rolled back
        where the block raises. Raises StoreError."""
        if self.before_writing is not None:
            self.before_writing()
        try:
            with self.engine.connect() as connection:
                connection.execution_options(**{_WRITES: True})
                with connection.begin():
                    yield connection
        except SQLAlchemyError as error:
            raise _store_error("write", error) from error

    @contextmanager
    def outside_transaction(self) -> Iterator[Connection]:
        """A connection of SQLite without a transaction, for statements that allow none. Raises
        StoreError."""
        if self.before_writing is not None:
            self.before_writing()
        try:
            with self.engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT", **{_NO_BEGIN: True})
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
    """Insert the rows; where a row with the same primary key exists, replace its values, but for
    the `fixed` columns. `adding` adds the new values to the existing ones. All rows must have the
    same columns."""
    rows = storable_rows(table, values)
    first = next(rows, None)
    if first is None:
        return
    columns = tuple(first)
    statement = _upsert(table, connection.dialect, columns, adding, frozenset(fixed))
    _execute_compiled(connection, statement, chain((first,), rows))


@lru_cache(maxsize=64)  # compiling takes as long as inserting a hundred rows
def _upsert(
    table: Table, dialect: Dialect, columns: tuple[str, ...], adding: bool, fixed: frozenset[str]
) -> Compiled:
    # Only the insert of a dialect has ON CONFLICT; only the dialect in use is imported.
    statement: Any = import_module(f"sqlalchemy.dialects.{dialect.name}").insert(table)
    updates = {
        c.name: statement.excluded[c.name]
        for c in table.c
        if not c.primary_key and c.name not in fixed
    }
    if adding:
        updates = {name: table.c[name] + value for name, value in updates.items()}
    keys = [column.name for column in table.primary_key]
    statement = statement.on_conflict_do_update(index_elements=keys, set_=updates)
    compiled: Compiled = statement.compile(dialect=dialect, column_keys=columns)
    return compiled


def insert_in_batches(connection: Connection, table: Table, values: Iterable[Row]) -> None:
    """Insert the rows, a thousand per call of the driver. Raises IntegrityError of SQLAlchemy where
    a primary key exists."""
    rows = storable_rows(table, values)
    first = next(rows, None)
    if first is not None:
        compiled = insert(table).compile(dialect=connection.dialect, column_keys=list(first))
        _execute_compiled(connection, compiled, chain((first,), rows))


def _execute_compiled(connection: Connection, compiled: Compiled, rows: Iterator[Row]) -> None:
    """Pass the rows directly to the driver: SQLAlchemy would need as long per row as the database.
    No column type of our tables needs its conversion of values."""
    assert isinstance(compiled, SQLCompiler)
    sql, names = str(compiled), compiled.positiontup if compiled.positional else None
    while batch := list(islice(rows, _BATCH_ROWS)):
        parameters = batch if names is None else [tuple(row[n] for n in names) for row in batch]
        connection.exec_driver_sql(sql, parameters)


def storable_rows(table: Table, values: Iterable[Row]) -> Iterator[Row]:
    """The rows with values that every database takes: texts without NUL and lone surrogates,
    numbers within the range of their column. `read` produces no others, but one that slips through
    must not make every later save fail."""
    limits = {
        c.name: _INT64 if isinstance(c.type, BigInteger) else _INT32
        for c in table.c
        if isinstance(c.type, Integer)
    }
    for row in values:
        yield row | {
            name: _storable(value, limits.get(name, _INT64))
            for name, value in row.items()
            if value.__class__ is not str or not value.isascii() or "\0" in value
        }


def _storable(value: object, limit: int) -> object:
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > limit:
        return limit if value > 0 else -limit
    return value


def storable_text(text: str) -> str:
    """The text with U+FFFD in place of NUL and lone surrogates."""
    return text if text.isascii() and "\0" not in text else _NO_TEXT.sub("\ufffd", text)


def _store_error(action: str, error: SQLAlchemyError) -> StoreError:
    unavailable = isinstance(error, OperationalError | InterfaceError)
    return StoreError(f"cannot {action} the store: {reason(error)}", unavailable=unavailable)


def reason(error: SQLAlchemyError) -> str:
    """The first line of the database's own error message."""
    return str(getattr(error, "orig", None) or error).splitlines()[0]


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver would begin a transaction only at the first write; _begin_sqlite begins it.
    connection.isolation_level = None
    cursor = connection.cursor()
    # Of a new file only, before its first page is written; an older file keeps its mode until it
    # is compacted (``aggregator store --compact``).
    cursor.execute("PRAGMA auto_vacuum=INCREMENTAL")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute(f"PRAGMA journal_size_limit={_MAX_LOG}")
    cursor.execute("PRAGMA synchronous=FULL")  # a committed transaction survives a power cut
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Readers begin with a snapshot. Writers take the lock at once: a snapshot that is outdated
    cannot be upgraded to a write (SQLITE_BUSY_SNAPSHOT)."""
    if connection.get_execution_options().get(_NO_BEGIN):
        return
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def store_url_problem(url: str) -> str:
    """Why no store can be opened at a URL, found without opening it: ``""`` for no problem."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return "must be a URL such as sqlite:///var/aggregator.db"
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        name = parsed.get_backend_name()
        return f"a store in {name} is not supported: use sqlite or postgresql+psycopg"
    try:
        parsed.get_dialect().import_dbapi()
    except NoSuchModuleError:
        return f"unknown driver {parsed.drivername}: use postgresql+psycopg"
    except ImportError as error:
        return f"the driver is not installed ({error.name}): install the extra `postgres`"
    return ""
