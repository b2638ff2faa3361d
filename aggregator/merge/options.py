"""The options of merging by text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

PROBABILITY = 0.58
"""Two groups become one story from this probability on: the mean over the pairs of their articles,
before the corrections for the story's size and publishers. Chosen on the curve that
``benchmarks/merge_model.py`` prints for the mixed streams, each left out when the model is learned:
from 0.55 to 0.60 stories of one event rise from 0.867 to 0.885 and complete events fall from 0.630
to 0.610 (decision 4)."""

STRICTNESS: Mapping[str, float] = {"strict": 2.5, "normal": 1.0, "loose": 0.45}
"""The words that the configuration allows, as factors of the odds that two groups must reach."""


@dataclass(frozen=True, slots=True)
class MergeOptions:
    """Without `text`, articles are merged by declared evidence alone. `strictness` (above 0)
    multiplies the odds that two groups must reach; `window` is the longest time between two
    articles of one event (None: any time)."""

    text: bool = True
    strictness: float = 1.0
    window: timedelta | None = timedelta(hours=72)

    @property
    def probability(self) -> float:
        """The probability (0 to 1) from which two groups are one story."""
        odds = PROBABILITY / (1 - PROBABILITY) * self.strictness
        return odds / (1 + odds)
