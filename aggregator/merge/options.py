"""How articles are merged by what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

PROBABILITY = 0.58
"""Two groups become one story from this probability on (mean over the pairs of their articles,
before the size and the publishers of the story count): chosen on the curve that
``benchmarks/merge_model.py`` prints for sets that the model was not learned from."""

STRICTNESS: Mapping[str, float] = {"strict": 2.5, "normal": 1.0, "loose": 0.45}
"""The words of the configuration, as factors of the odds that are asked for."""


@dataclass(frozen=True, slots=True)
class MergeOptions:
    """`text` false: by declared evidence alone. `strictness` multiplies the odds that are asked
    for, `window` is how far apart in time two articles of one event may be (None: any time)."""

    text: bool = True
    strictness: float = 1.0
    window: timedelta | None = timedelta(hours=72)

    @property
    def probability(self) -> float:
        """From which probability on two groups are one story."""
        odds = PROBABILITY / (1 - PROBABILITY) * self.strictness
        return odds / (1 + odds)
