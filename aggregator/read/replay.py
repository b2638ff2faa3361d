"""Replay the history of a source of story files, save by save, for backtests.

The history is a file of JSON lines, gzipped or not, in the order of time: ``time`` (ISO 8601 with
zone, or ``base`` for files that existed before the first save), ``path``, ``action`` and ``text``,
the whole new file.
"""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from aggregator.errors import BadDocument, BadItem
from aggregator.model import Article, Document, Source
from aggregator.read.item_articles import articles_of
from aggregator.read.kinds import KINDS

_SOURCE = Source("replay", "stories", "/")


def replayed(path: Path) -> Iterator[tuple[datetime, list[Article]]]:
    """The articles of each save, with its time; those of the base come with the first save.

    A story file that cannot be read is skipped, as a build does. Raises BadDocument where the
    history itself cannot be read.
    """
    base: list[_SavedFile] = []
    for time, group in itertools.groupby(_saved_files(path), key=lambda file: file.time):
        files = base + list(group)
        if time == "base":
            base = files
            continue
        base, now = [], _time(time, path)
        yield now, [article for file in files for article in _articles(file, now)]


class _SavedFile(NamedTuple):
    """A line of the history; `text` is "" where the file was removed."""

    time: str
    path: str
    text: str


def _saved_files(path: Path) -> Iterator[_SavedFile]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open() as file:
        for number, line in enumerate(file, 1):
            try:
                row = json.loads(line)
                values = (row["time"], row["path"], row.get("text") or "")
                if not all(isinstance(value, str) for value in values):
                    raise TypeError("time, path and text must be texts")
            except (ValueError, KeyError, TypeError) as error:
                reason = f"{path}: each line must be an object with time, path and text ({error})"
                raise BadDocument(reason, number) from error
            yield _SavedFile(*values)


def _articles(file: _SavedFile, now: datetime) -> list[Article]:
    if not file.text:
        return []
    try:
        parsed = KINDS["stories"].parse(Document(file.path, file.text.encode()))
        return [article for item in parsed.items for article in articles_of(item, _SOURCE, now)]
    except (BadDocument, BadItem):
        return []


def _time(time: str, path: Path) -> datetime:
    try:
        return datetime.fromisoformat(time).astimezone(UTC)
    except ValueError as error:
        raise BadDocument(f"{path}: {error}") from error
