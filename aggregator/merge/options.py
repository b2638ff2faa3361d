"""How articles are merged by what they say. The constants are explained in
``docs/decisions/0004-merging.md``; they were chosen over clusters and over sets, see there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

WordVectors = Callable[[Sequence[str]], Any]
"""Words to an array of one row a word (float32): what words mean, for the languages it knows."""

STRICTNESS: Mapping[str, float] = {"strict": 1.25, "normal": 1.0, "loose": 0.8}
"""The words of the configuration, as factors of the threshold."""

THRESHOLD = 0.44
"""Two groups become one story from here on (in units of what holds a story together)."""


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
        return THRESHOLD * self.strictness
