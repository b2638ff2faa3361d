"""The way from an older schema to this one, a step a version; run in one transaction each.

A step is written once and never edited: it says what that version's tables were at the time.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, Engine, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from aggregator.errors import StoreError
from aggregator.store import schema


def _first(connection: Connection) -> None:
    schema.metadata.create_all(connection)


STEPS: tuple[Callable[[Connection], None], ...] = (_first,)


def migrate(engine: Engine) -> None:
    """Bring the store to the newest version.

    Raises StoreError when it was written by a newer program, or cannot be read at all.
    """
    try:
        with engine.begin() as connection:
            version = _version(connection)
            if version == len(STEPS):
                return
        if version > len(STEPS):
            raise StoreError(
                f"the store has schema version {version}, this program knows {len(STEPS)}: "
                "use the newer program, or another store"
            )
        for number, step in enumerate(STEPS[version:], version + 1):
            with engine.begin() as connection:
                step(connection)
                connection.execute(schema.schema_version.delete())
                connection.execute(schema.schema_version.insert().values(version=number))
    except SQLAlchemyError as error:
        raise StoreError(f"{engine.url.render_as_string()}: {_reason(error)}") from error


def _version(connection: Connection) -> int:
    if not inspect(connection).has_table("schema_version"):
        return 0
    return connection.execute(select(schema.schema_version.c.version)).scalar() or 0


def _reason(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]
