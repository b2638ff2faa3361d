"""How articles are merged by what they say. The constants are explained in
``docs/decisions/0004-merging.md``; they were chosen over clusters and over sets, see there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import log
from typing import Any

WordVectors = Callable[[Sequence[str]], Any]
"""Words to an array of one row a word (float32): what words mean, for the languages it knows."""

VectorLoader = Callable[[], WordVectors | None]
"""Gives the word vectors, or None where there are none; called only where a text needs them."""


def no_vectors() -> None:
    """The loader for merging without word vectors."""


STRICTNESS: Mapping[str, float] = {"strict": 1.25, "normal": 1.0, "loose": 0.8}
"""The words of the configuration, as factors of the threshold."""

THRESHOLD = 0.44
"""Two groups become one story from here on (in units of what holds a story together)."""


RUNG: float = 1.25**0.5
"""Thresholds are taken in steps of this factor, so that stricter merging only takes stories
apart; the words of the configuration are four steps away."""


@dataclass(frozen=True, slots=True)
class MergeOptions:
    """`text` false: by declared evidence alone. `strictness` multiplies the threshold, `window`
    is how far apart in time two articles of one event may be (None: any time)."""

    text: bool = True
    strictness: float = 1.0
    window: timedelta | None = timedelta(hours=72)

    @property
    def threshold(self) -> float:
        """From which score on two groups are one story."""
        return float(THRESHOLD * RUNG ** round(log(self.strictness) / log(RUNG)))
