"""One daemon a store: a lock on a file beside it, which ends with the process that holds it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aggregator.config import Settings
from aggregator.errors import AggregatorError

_SQLITE = "sqlite:///"


@contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Hold the lock. Raises AggregatorError, with the holder's number, where another has it."""
    path = _lock_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "unknown"
            raise AggregatorError(
                f"another daemon (process {holder}) runs on this store; {path} is its lock"
            ) from error
        os.truncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


def holder(settings: Settings) -> str:
    """The process number of the daemon that runs on this store, ``""`` where none does."""
    try:
        descriptor = os.open(_lock_file(settings), os.O_RDONLY | os.O_CLOEXEC)
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


def _lock_file(settings: Settings) -> Path:
    """Beside an SQLite store; for a store elsewhere, in the output folder, which is as much
    somebody's own."""
    if settings.store.startswith(_SQLITE) and not settings.store.endswith(":memory:"):
        return Path(settings.store.removeprefix(_SQLITE) + ".lock")
    return settings.output / ".aggregator.lock"
