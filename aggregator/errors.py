"""The exceptions of this program.

    AggregatorError
    ├── ConfigError        the configuration is invalid: file, line, key, reason
    ├── BadDocument        a document could not be read: line, reason
    │   └── BadItem        one item of a document could not be read; the others can
    ├── FetchError         a URL could not be fetched: reason, whether it was unreachable
    │   └── AddressRefused the address is private, special or of a scheme that is never fetched
    ├── StoreError         the store cannot be opened, read or written
    │   ├── IdTaken        the id of a new story belongs to a stored one
    │   └── StoreLocked    another process writes this store
    ├── UpdateFailed       no story could be updated, whichever source was left out
    └── UnknownStory       no story has that id or holds that URL

An expected outcome (not modified, gone, a bad file) is a value, not an exception: see
``aggregator.model``. Exceptions have attributes for the place and the reason.

``surviving`` is the one place that catches every exception. It encloses a single source, file or
step of a tick, so that an error in this program costs that part alone and is reported.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager


class AggregatorError(Exception):
    """The base class of all exceptions that this program raises on purpose."""


class ConfigError(AggregatorError):
    """The configuration is invalid. Each of `mistakes` is one line: ``file:line: key: reason``."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class BadDocument(AggregatorError):
    """A document could not be read. `line` counts from 1, 0 is the whole document; `kind` is the
    value of an ``aggregator.model.FailureKind``."""

    kind = "document"

    def __init__(self, reason: str, line: int = 0, kind: str = "") -> None:
        super().__init__(f"line {line}: {reason}" if line else reason)
        self.reason = reason
        self.line = line
        self.kind = kind or self.kind


class BadItem(BadDocument):
    """One item of a document could not be read; the others can."""

    kind = "item"


class FetchError(AggregatorError):
    """A URL could not be fetched.

    `unreachable`: no connection was possible (no name resolution, no route). Where that holds for
    every source, the network is down, and one message replaces one per source. `kind` is the value
    of an ``aggregator.model.FailureKind``.
    """

    kind = "network"

    def __init__(self, reason: str, *, unreachable: bool = False, kind: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.unreachable = unreachable
        self.kind = kind or self.kind


class AddressRefused(FetchError):
    """The address is private or special, or its scheme is never fetched."""

    kind = "refused"


class StoreError(AggregatorError):
    """The store cannot be opened, read or written, or a newer version wrote it. `unavailable`: it
    takes nothing now (locked, no space, no connection), whatever the values are."""

    def __init__(self, reason: str, *, unavailable: bool = False) -> None:
        super().__init__(reason)
        self.unavailable = unavailable


class IdTaken(StoreError):
    """The `ids` of new stories belong to stored ones."""

    def __init__(self, ids: Collection[str]) -> None:
        super().__init__(f"ids that belong to other stories: {', '.join(sorted(ids))}")
        self.ids = frozenset(ids)


class StoreLocked(StoreError):
    """Another process writes this store."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, unavailable=True)


class UpdateFailed(AggregatorError):
    """No story could be updated, whichever source was left out."""


class UnknownStory(AggregatorError):
    """No stored story has that id or URL."""


@contextmanager
def surviving(report: Callable[[Exception], None]) -> Iterator[None]:
    """Run the block. Any exception ends it, is passed to `report` and is not raised further."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 -- the one broad except: see the module's docstring
        report(error)


def describe(error: Exception) -> str:
    """The message of an error. An unexpected one is described by its type and the line of this
    program that raised it: ``unexpected KeyError: 'x' (merge/assembly.py:58)``."""
    if isinstance(error, AggregatorError):
        return str(error)
    text = " ".join(str(error).split())[:200]
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "/aggregator/" in f.filename]
    where = ""
    if frames:
        name = frames[-1].filename.rpartition("/aggregator/")[2]
        where = f" ({name}:{frames[-1].lineno})"
    return f"unexpected {type(error).__name__}{f': {text}' if text else ''}{where}"
