"""The probability that two articles are of one event: a logistic regression over the features.

It is small enough to be read, and what each feature adds can be put into words.
``benchmarks/merge_model.py --write`` learns it and writes ``weights.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.similarity.columns import Floats, Ints
from aggregator.merge.similarity.feature_names import NAMES

MAX_DEVIATION = 5.0
"""Standard deviations from the mean at which a feature is clipped: outliers say no more."""

_SLICE = 10_000  # pairs at a time, which bounds the memory that it takes

_Parameters = tuple[Ints, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""Columns of the table of features, their means, deviations and weights."""


@dataclass(frozen=True)
class Model:
    """The parameters: for each feature its mean and standard deviation over the pairs that the
    model was learned from, and its weight; `bias` is the log odds where all are at their means."""

    bias: float
    features: Mapping[str, tuple[float, float, float]]

    def parts(self, table: Floats) -> NDArray[np.float64]:
        """What each feature adds to the log odds: one row per pair, one column per feature, in
        the order of the model."""
        columns, means, scales, weights = self._parameters
        scaled = (table[:, columns].astype(np.float64) - means) / scales
        return np.asarray(np.clip(scaled, -MAX_DEVIATION, MAX_DEVIATION) * weights)

    @cached_property
    def _parameters(self) -> _Parameters:
        columns = np.array([NAMES.index(name) for name in self.features], np.int64)
        means, scales, weights = np.array(list(self.features.values())).T
        return columns, means, scales, weights

    def probabilities(self, table: Floats) -> NDArray[np.float64]:
        """The probability (0 to 1) of each pair, which is a row of ``features.features``."""
        sums = [self.parts(table[at : at + _SLICE]).sum(1) for at in range(0, len(table), _SLICE)]
        odds = self.bias + np.concatenate([np.zeros(0), *sums])
        return np.asarray(1 / (1 + np.exp(-odds)))
