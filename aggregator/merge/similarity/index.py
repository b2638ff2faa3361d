"""The articles of an epoch, described and indexed, and how likely any two of them are one event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.similarity.candidates import Postings
from aggregator.merge.similarity.columns import Floats, Ints
from aggregator.merge.similarity.corpus import Corpus
from aggregator.merge.similarity.features import features
from aggregator.merge.similarity.judge import Model
from aggregator.merge.similarity.rarity import LexiconLoader, Rarity
from aggregator.merge.similarity.statistics import Statistics
from aggregator.merge.similarity.weights import MODEL
from aggregator.model import Article

UNDATED_HOURS = 8.0
"""The time between two articles of which one has no date, or where time does not count: half of the
pairs of one event are closer."""
_SLICE = 50_000  # pairs per table of features, which bounds the memory that it takes


@dataclass(frozen=True, slots=True)
class Moments:
    """When the article of each row was published (seconds; NaN: unknown, or not in this window),
    and which rows are in the window (`present`). Articles of one event are at most `limit` seconds
    apart; infinite: time does not count."""

    times: NDArray[np.float64]
    present: NDArray[np.bool_]
    limit: float

    def hours(self, left: Ints, right: Ints) -> Floats:
        """The hours between the two rows of each pair."""
        if np.isinf(self.limit):
            return np.full(len(left), UNDATED_HOURS, np.float32)
        distance = np.abs(self.times[left] - self.times[right]) / 3600
        return np.nan_to_num(distance, nan=UNDATED_HOURS).astype(np.float32)


class TextIndex:
    """Describes and indexes articles when they are first compared. What it says of two articles
    depends only on these and on `statistics`."""

    def __init__(
        self, statistics: Statistics, lexicon: LexiconLoader, model: Model = MODEL
    ) -> None:
        self.statistics = statistics
        self.corpus = Corpus(Rarity(statistics, lexicon()))
        self.model = model
        self._postings = Postings(self.corpus)

    def moments(self, rows: Ints, articles: Iterable[Article], window: timedelta | None) -> Moments:
        """When the articles of these rows were published; `articles` is parallel to `rows`, which
        are all rows of the window."""
        times = np.full(len(self.corpus), np.nan)
        present = np.zeros(len(self.corpus), np.bool_)
        times[rows] = [a.published.timestamp() if a.dated else np.nan for a in articles]
        present[rows] = True
        return Moments(times, present, np.inf if window is None else window.total_seconds())

    def links(
        self, rows: Ints, among: NDArray[np.bool_], moments: Moments
    ) -> tuple[Ints, Ints, NDArray[np.float64]]:
        """The pairs (smaller row, larger row) of one of `rows` and a row for which `among` is true
        that are worth comparing, each once, and the probability that both are of one event."""
        left, right = self._postings.pairs(rows, among, moments.times, moments.limit)
        size = len(self.corpus)
        pairs = np.unique(np.minimum(left, right) * size + np.maximum(left, right))
        left, right = pairs // size, pairs % size
        return left, right, self.probabilities(left, right, moments)

    def probabilities(self, left: Ints, right: Ints, moments: Moments) -> NDArray[np.float64]:
        """For each pair of rows the probability (0 to 1) that both articles are of one event."""
        parts = [np.zeros(0)]
        for start in range(0, len(left), _SLICE):
            part = slice(start, start + _SLICE)
            hours = moments.hours(left[part], right[part])
            table = features(self.corpus, left[part], right[part], hours)
            parts.append(self.model.probabilities(table))
        return np.concatenate(parts)
