"""How to rank a feed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

FORMULAS = ("standard", "heat", "hacker-news", "reddit", "newest")
"""The formulas that ``ranking.formula`` chooses from."""


@dataclass(frozen=True, slots=True)
class RankingOptions:
    """The weights are factors of the terms that bear their names. `half_life` is that of an
    article, `coverage_half_life` that of the coverage of a story. `window` None is no age limit,
    `max_entries` None no limit on number. `per_publisher` is how many of the first ten stories one
    publisher may lead, `spread` how much lower (as a share) a story of another publisher may score
    to stand between two of one. `pinned` and `blocked` are queries."""

    formula: str = "standard"
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
