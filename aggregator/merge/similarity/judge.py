"""How likely two articles tell one event: a logistic regression over the features of the pair.

It is small enough to be read, and each feature's part of the decision can be put into words.
`benchmarks/merge_model.py` learns it and writes ``weights.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.similarity.columns import Floats
from aggregator.merge.similarity.feature_names import NAMES

_FARTHEST = 5.0  # standard deviations: what is farther out says no more


@dataclass(frozen=True, slots=True)
class Model:
    """By the name of a feature: its mean and its standard deviation over the pairs that the model
    was learned from, and its weight; `bias` is the log odds where all are at their means."""

    bias: float
    features: Mapping[str, tuple[float, float, float]]

    def parts(self, table: Floats) -> NDArray[np.float64]:
        """What each feature adds to the log odds: one row per pair, one column per feature, in
        the order of the model."""
        means, scales, weights = np.array(list(self.features.values())).T
        columns = [NAMES.index(name) for name in self.features]
        scaled = (table[:, columns].astype(np.float64) - means) / scales
        return np.asarray(np.clip(scaled, -_FARTHEST, _FARTHEST) * weights)

    def probabilities(self, table: Floats) -> NDArray[np.float64]:
        """The probability of each pair (a row of ``features``), 0 to 1."""
        odds = self.bias + self.parts(table).sum(1)
        return np.asarray(1 / (1 + np.exp(-odds)))
