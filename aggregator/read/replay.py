"""The history of a source of story files, save by save, for backtests.

A file of JSON lines, gzipped or not: ``time`` (ISO 8601 with zone, or ``base`` for what was there
before the first save), ``path``, ``action`` and ``text``, the whole new file; in order of time.
"""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

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
    base: list[dict[str, str]] = []
    for time, group in itertools.groupby(_lines(path), key=lambda line: line["time"]):
        lines = base + list(group)
        if time == "base":
            base = lines
            continue
        base, now = [], _time(time, path)
        yield now, [article for line in lines for article in _articles(line, now)]


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open() as file:
        for number, line in enumerate(file, 1):
            try:
                row = json.loads(line)
                if not (isinstance(row["time"], str) and isinstance(row["path"], str)):
                    raise TypeError("time and path are texts")
            except (ValueError, KeyError, TypeError) as error:
                reason = f"{path}: each line must be an object with time, path and text ({error})"
                raise BadDocument(reason, number) from error
            yield row


def _articles(line: dict[str, str], now: datetime) -> list[Article]:
    if not line.get("text"):
        return []
    try:
        parsed = KINDS["stories"].parse(Document(line["path"], line["text"].encode()))
        return [article for item in parsed.items for article in articles_of(item, _SOURCE, now)]
    except (BadDocument, BadItem):
        return []


def _time(time: str, path: Path) -> datetime:
    try:
        return datetime.fromisoformat(time).astimezone(UTC)
    except ValueError as error:
        raise BadDocument(f"{path}: {error}") from error
