"""A database behind SQLAlchemy Core: opened, read, and written in whole transactions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from aggregator.errors import StoreError
from aggregator.store.rows import Row

_ROWS = 1_000  # rows in one call: more gain nothing and cost memory


class Database:
    """Connections to a store. Another library's exceptions come out as StoreError."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

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
        return cls(engine)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read by."""
        try:
            with self.engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(f"cannot read the store: {reason(error)}") from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction: all of it is kept, or nothing where it fails."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(f"cannot write the store: {reason(error)}") from error


def upsert(
    connection: Connection, table: Table, values: Iterable[Row], adding: bool = False
) -> None:
    """Insert the rows, or where their key is there already set what they say; `adding` adds it to
    what is there."""
    # The dialect's own insert knows ON CONFLICT; only the one in use is imported.
    statement: Any = import_module(f"sqlalchemy.dialects.{connection.dialect.name}").insert(table)
    others = {c.name: statement.excluded[c.name] for c in table.c if not c.primary_key}
    if adding:
        others = {name: table.c[name] + value for name, value in others.items()}
    keys = [column.name for column in table.primary_key]
    statement = statement.on_conflict_do_update(index_elements=keys, set_=others)
    waiting = iter(values)
    while batch := list(islice(waiting, _ROWS)):
        connection.execute(statement, batch)


def reason(error: SQLAlchemyError) -> str:
    """What went wrong, in the database's words."""
    return str(getattr(error, "orig", None) or error).splitlines()[0]


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # what was acknowledged survives a power cut
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.close()
