"""The statistics of an epoch as one row: compressed JSON."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from dataclasses import asdict
from typing import TypedDict

from aggregator.merge import Statistics
from aggregator.merge.similarity.repeats import Repeats, Run
from aggregator.merge.similarity.statistics import LanguageStatistics, PublisherStatistics
from aggregator.store import rows

# How terms are made and counted. Increase it when that changes: statistics of another version are
# then learned again.
_VERSION = 1
_COMPRESSION_LEVEL = 6  # a few hundred kilobytes for 10,000 articles


class EpochRow(TypedDict):
    """A row of ``epochs``: the time at which the epoch began, and its statistics."""

    id: int
    made: int
    value: bytes


def epoch_row(statistics: Statistics) -> EpochRow:
    """The row of these statistics. Equal statistics give equal bytes."""
    began = rows.seconds(statistics.learned_at)
    value = {
        "version": _VERSION,
        "articles": statistics.articles,
        "languages": {code: asdict(language) for code, language in statistics.languages.items()},
        "publishers": {
            name: [publisher.articles, publisher.titles, *map(_lines, _runs(publisher.repeats))]
            for name, publisher in statistics.publishers.items()
        },
        "made": began,
    }
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return {"id": 1, "made": began, "value": zlib.compress(data, _COMPRESSION_LEVEL)}


def statistics_of(data: bytes) -> Statistics | None:
    """The statistics in the ``value`` of a row; None where another version counted them."""
    value = json.loads(zlib.decompress(data))
    if value["version"] != _VERSION:
        return None
    return Statistics(
        rows.moment(value["made"]),
        value["articles"],
        {code: LanguageStatistics(**counts) for code, counts in value["languages"].items()},
        {
            name: PublisherStatistics(
                articles, titles, Repeats(*(frozenset(map(tuple, run)) for run in runs))
            )
            for name, (articles, titles, *runs) in value["publishers"].items()
        },
    )


def _runs(repeats: Repeats) -> tuple[frozenset[Run], ...]:
    return (repeats.openings, repeats.endings, repeats.passages)


def _lines(runs: Iterable[Run]) -> list[list[str]]:
    return sorted(map(list, runs))
