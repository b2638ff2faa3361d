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
_SLICE = 50_000  # pairs at a time


@dataclass(frozen=True, slots=True)
class Moments:
    """When the articles of each row were published (seconds; NaN: not known, or not in this
    window), and which rows are in the window. Articles of one event are at most `limit` seconds
    apart; infinite: time does not count."""

    times: NDArray[np.float64]
    present: NDArray[np.bool_]
    limit: float

    def hours(self, one: Ints, other: Ints) -> Floats:
        """The time between two rows."""
        if np.isinf(self.limit):
            return np.full(len(one), UNDATED_HOURS, np.float32)
        apart = np.abs(self.times[one] - self.times[other]) / 3600
        return np.nan_to_num(apart, nan=UNDATED_HOURS).astype(np.float32)


class TextIndex:
    """Grows with each article that it is asked about. What it says of two articles depends on the
    two and on the `statistics` alone."""

    def __init__(
        self, statistics: Statistics, lexicon: LexiconLoader, model: Model = MODEL
    ) -> None:
        self.statistics = statistics
        self.corpus = Corpus(Rarity(statistics, lexicon()))
        self.model = model
        self._postings = Postings(self.corpus)

    def moments(self, rows: Ints, articles: Iterable[Article], window: timedelta | None) -> Moments:
        """The moments of these articles, each in the row beside it."""
        times = np.full(len(self.corpus), np.nan)
        present = np.zeros(len(self.corpus), np.bool_)
        times[rows] = [a.published.timestamp() if a.dated else np.nan for a in articles]
        present[rows] = True
        return Moments(times, present, np.inf if window is None else window.total_seconds())

    def links(
        self, rows: Ints, among: NDArray[np.bool_], moments: Moments
    ) -> tuple[Ints, Ints, NDArray[np.float64]]:
        """Pairs (the smaller row first) of one of `rows` and a row that is `among`, which are
        worth comparing, and the probability that both are of one event."""
        one, other = self._postings.pairs(rows, among, moments.times, moments.limit)
        names = np.unique(np.minimum(one, other) * len(self.corpus) + np.maximum(one, other))
        one, other = names // len(self.corpus), names % len(self.corpus)
        return one, other, self.probabilities(one, other, moments)

    def probabilities(self, one: Ints, other: Ints, moments: Moments) -> NDArray[np.float64]:
        """The probability that the articles of two rows are of one event, of each pair."""
        parts = [np.zeros(0)]
        for start in range(0, len(one), _SLICE):
            part = slice(start, start + _SLICE)
            hours = moments.hours(one[part], other[part])
            table = features(self.corpus, one[part], other[part], hours)
            parts.append(self.model.probabilities(table))
        return np.concatenate(parts)
