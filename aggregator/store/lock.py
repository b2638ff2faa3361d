"""One writer per store: a lock that is released when its process ends, even when it is killed.

SQLite: ``flock`` on a file next to the database. PostgreSQL: an advisory lock of the database, held
by a separate connection, so that it also excludes processes on other machines.
"""

from __future__ import annotations

import fcntl
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from aggregator.errors import StoreError, StoreLocked
from aggregator.store.database import reason

_CLASS = 418_327_650  # of the advisory lock: an arbitrary number that never changes
_KEY = f"{_CLASS}, hashtext(current_schema())"  # one lock per schema: each can hold a store
_ADVICE = "stop it, or wait until it ends"


@contextmanager
def writer_lock(engine: Engine) -> Iterator[Callable[[], None] | None]:
    """Hold the lock of a store until the block ends. Raises StoreLocked where another process holds
    it. Yields a function to call before each save where the lock can be lost meanwhile
    (PostgreSQL), else None. A store in memory needs no lock."""
    path = _lock_file(engine)
    if engine.dialect.name == "postgresql":
        lock = _AdvisoryLock(engine)
        lock.check()
        try:
            yield lock.check
        finally:
            lock.release()
    elif path is None:
        yield None
    else:
        with _file_lock(path):
            yield None


def lock_owner(engine: Engine) -> str:
    """The process id of the lock's owner, as ``host:pid`` for PostgreSQL; ``""`` where the lock is
    free. Raises StoreError."""
    if engine.dialect.name == "postgresql":
        try:
            with engine.connect() as connection:
                return _advisory_owner(connection)
        except SQLAlchemyError as error:
            raise StoreError(f"cannot read the store: {reason(error)}") from error
    path = _lock_file(engine)
    return _file_owner(path) if path else ""


def _lock_file(engine: Engine) -> Path | None:
    database = engine.url.database
    if engine.dialect.name != "sqlite" or not database or database == ":memory:":
        return None
    return Path(f"{database}.lock")


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreError(f"cannot lock the store: {path}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.read(descriptor, 20).decode("ascii", "replace").strip() or "unknown"
            raise StoreLocked(
                f"another process ({owner}) writes this store: {_ADVICE}; {path} is its lock"
            ) from error
        os.truncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


def _file_owner(path: Path) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return ""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.read(descriptor, 20).decode("ascii", "replace").strip() or "unknown"
    else:
        return ""
    finally:
        os.close(descriptor)


class _AdvisoryLock:
    """The lock as held by a session of the server. It is lost when the connection breaks; `check`
    notices that before the next save and takes the lock again."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._mutex = threading.Lock()
        self._session: Connection | None = None

    def check(self) -> None:
        """Take the lock where it is not held. Raises StoreLocked where another process holds it,
        StoreError where the server cannot be reached."""
        with self._mutex:
            try:
                if self._session is not None:
                    self._session.execute(text("SELECT 1"))
                    return
            except SQLAlchemyError:
                self._close()
            try:
                self._take()
            except SQLAlchemyError as error:
                self._close()
                why = f"cannot lock the store: {reason(error)}"
                raise StoreError(why, unavailable=True) from error

    def release(self) -> None:
        """Release the lock and close its connection."""
        with self._mutex:
            self._close()

    def _take(self) -> None:
        session = self._engine.connect()
        self._session = session
        session.execution_options(isolation_level="AUTOCOMMIT")
        name = f"aggregator {socket.gethostname()}:{os.getpid()}"[:63]
        session.execute(text("SELECT set_config('application_name', :name, false)"), {"name": name})
        if not session.execute(text(f"SELECT pg_try_advisory_lock({_KEY})")).scalar():
            owner = _advisory_owner(session)
            self._close()
            raise StoreLocked(f"another process ({owner}) writes this store: {_ADVICE}")

    def _close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.invalidate()  # closed, not returned to the pool: this releases the lock
            session.close()


def _advisory_owner(connection: Connection) -> str:
    query = text(
        "SELECT a.application_name, a.pid FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid"
        " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2"
        " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND l.classid::bigint = :class"
        " AND l.objid::bigint = (hashtext(current_schema())::bigint & 4294967295)"
    )
    row = connection.execute(query, {"class": _CLASS}).first()
    if row is None:
        return ""
    name, backend = row
    return name.removeprefix("aggregator ") or f"session {backend} of the server"
