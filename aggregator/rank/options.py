"""The options of ranking, and their defaults."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

Formula = Literal["standard", "heat", "hacker-news", "reddit", "newest"]
FORMULAS: tuple[Formula, ...] = get_args(Formula)
"""The values of ``ranking.formula``. ``rank/terms.py`` has the terms of each."""


@dataclass(frozen=True, slots=True)
class RankingOptions:
    """How to rank a feed.

    The weights are factors of the terms with the same names. `half_life` is the age at which an
    article counts half, `coverage_half_life` the same for the coverage of a story. `window` is the
    maximum age of a story (None: no limit), `max_entries` the maximum length of the feed (None: no
    limit). `per_publisher` limits how many of the first ten stories one publisher may lead (None:
    no limit). `spread` is a share of a score: a story of another publisher that scores at most this
    share less may move between two stories of one publisher. `pinned` and `blocked` are queries.

    The default weights and half-lives were chosen with ``aggregator backtest`` on two windows of
    the diablo4 replay: quality weights from 0.25 to 0.5 and half-lives from 24 to 48 hours differ
    by at most 0.02 in NDCG@10 (docs/decisions/0005).
    """

    formula: Formula = "standard"
    half_life: timedelta = timedelta(hours=24)
    coverage_half_life: timedelta = timedelta(hours=48)
    quality_weight: float = 0.5
    coverage_weight: float = 20.0
    freshness_weight: float = 10.0
    window: timedelta | None = timedelta(days=14)
    max_entries: int | None = 50
    per_publisher: int | None = None
    spread: float = 0.03
    pinned: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
