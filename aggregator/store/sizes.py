"""How large a store is, and giving space back to the file system (SQLite; PostgreSQL's autovacuum
does it by itself)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, text

from aggregator.store import rows
from aggregator.store.database import Database
from aggregator.store.schema import articles, metadata, stories

_INCREMENTAL = 2  # PRAGMA auto_vacuum
_RESERVE = 16  # a share of 1/16 of the pages stays free, for what comes next
_BEGIN = 8  # pages are given back once 1/8 of them is free


@dataclass(frozen=True, slots=True)
class StoreSizes:
    """`file_bytes` of the database (of a file with its write-ahead log), `rows` per table,
    `oldest_article` is its date of publication, `waiting_stories` how many were last updated before
    the cutoff. Of SQLite alone (else None): `free_pages`, the `pages` of the file, and `shrinks`,
    whether free pages can be given back without compacting the whole file."""

    file_bytes: int
    rows: dict[str, int]
    oldest_article: datetime | None
    waiting_stories: int
    pages: int | None = None
    free_pages: int | None = None
    shrinks: bool | None = None


def sizes_of(database: Database, cutoff: datetime | None) -> StoreSizes:
    """The sizes now. All rows are counted: a second per million."""
    with database.reading() as connection:
        counts = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar() or 0
            for table in metadata.sorted_tables
        }
        oldest = connection.execute(select(func.min(articles.c.published))).scalar()
        waiting = 0
        if cutoff is not None:
            old = select(func.count()).where(stories.c.updated < rows.seconds(cutoff))
            waiting = connection.execute(old).scalar() or 0
        moment = None if oldest is None else rows.moment(oldest)
        if connection.dialect.name != "sqlite":
            query = "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n"
            query += " ON n.oid = c.relnamespace WHERE n.nspname = current_schema()"
            query += " AND c.relkind = 'r'"
            total = connection.execute(text(query)).scalar() or 0
            return StoreSizes(int(total), counts, moment, waiting)
        pages, free = _pragma(connection, "page_count"), _pragma(connection, "freelist_count")
        shrinks = _pragma(connection, "auto_vacuum") == _INCREMENTAL
        total = pages * _pragma(connection, "page_size")
    path = database.engine.url.database
    log = Path(f"{path}-wal")
    total += log.stat().st_size if path and log.is_file() else 0
    return StoreSizes(total, counts, moment, waiting, pages, free, shrinks)


def pages_to_free(pages: int, free: int) -> int:
    """How many of the free pages to give back: none while less than an eighth is free, since what
    comes next would need them again; else all but a sixteenth."""
    return free - pages // _RESERVE if free > pages // _BEGIN else 0


def free_pages(database: Database, limit: int, *, begun: bool) -> bool:
    """Give at most `limit` free pages back. `begun`: go on although less than an eighth is free
    by now. Returns whether there is more to give back."""
    if database.engine.dialect.name != "sqlite":
        return False
    with database.reading() as connection:
        if _pragma(connection, "auto_vacuum") != _INCREMENTAL:
            return False
        pages, free = _pragma(connection, "page_count"), _pragma(connection, "freelist_count")
    number = free - pages // _RESERVE if begun else pages_to_free(pages, free)
    if number <= 0:
        return False
    with database.outside_transaction() as connection:
        # Each row of this statement frees a page. It has no columns, so that only a script of the
        # driver reads all of its rows.
        driver: Any = connection.connection.driver_connection
        driver.executescript(f"PRAGMA incremental_vacuum({min(number, limit)})")
    return number > limit


def compact(database: Database) -> None:
    """Write the whole database anew, without free pages, so that it can shrink from now on. Takes
    some seconds per 100 MB, and twice the size of the file on the disk. Raises StoreError."""
    if database.engine.dialect.name != "sqlite":
        return
    with database.outside_transaction() as connection:
        connection.exec_driver_sql("PRAGMA auto_vacuum=INCREMENTAL")
        connection.exec_driver_sql("VACUUM")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _pragma(connection: Connection, name: str) -> int:
    return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar() or 0)
