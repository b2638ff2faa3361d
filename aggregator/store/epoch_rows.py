"""The statistics of an epoch as bytes: JSON, compressed."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from aggregator.merge import Statistics
from aggregator.merge.similarity.repeats import Repeats, Run
from aggregator.merge.similarity.statistics import LanguageStatistics, PublisherStatistics
from aggregator.store import rows

_VERSION = 1  # of how terms are made and counted; statistics of another one are learned anew
_LEVEL = 6  # of compression: a few hundred kilobytes for 10,000 articles


def epoch_row(statistics: Statistics) -> dict[str, Any]:
    """The row of the table."""
    value = {
        "version": _VERSION,
        "articles": statistics.articles,
        "languages": {code: asdict(known) for code, known in statistics.languages.items()},
        "publishers": {
            name: [known.articles, known.titles, *map(_lines, _runs(known.repeats))]
            for name, known in statistics.publishers.items()
        },
        "made": rows.seconds(statistics.made),
    }
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return {"id": 1, "made": value["made"], "value": zlib.compress(data, _LEVEL)}


def statistics_of(data: bytes) -> Statistics | None:
    """The statistics of a row; None where they were counted by another version."""
    value = json.loads(zlib.decompress(data))
    if value["version"] != _VERSION:
        return None
    return Statistics(
        rows.moment(value["made"]),
        value["articles"],
        {code: LanguageStatistics(**known) for code, known in value["languages"].items()},
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
