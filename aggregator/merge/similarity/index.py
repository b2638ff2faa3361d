"""The articles of an epoch, described and indexed, and how likely any two of them are one event."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.similarity.candidates import Candidates
from aggregator.merge.similarity.columns import Floats, Ints
from aggregator.merge.similarity.corpus import Corpus
from aggregator.merge.similarity.features import features
from aggregator.merge.similarity.judge import Model
from aggregator.merge.similarity.publication_times import PublicationTimes, publication_seconds
from aggregator.merge.similarity.rarity import LexiconLoader, Rarity
from aggregator.merge.similarity.statistics import Statistics
from aggregator.merge.similarity.weights import MODEL
from aggregator.model import Article

_SLICE = 200_000  # pairs whose rows are spread out at once, which bounds the memory that it takes
_MAX_CACHED = 16_000
"""Pairs (rows, hours apart) whose probabilities are kept. A new article is compared twice, to find
what it touches and to merge that, and the other articles of its story with each later one."""


class TextIndex:
    """Describes and indexes articles when they are first compared. What it says of two articles
    depends only on these and on `statistics`."""

    def __init__(
        self, statistics: Statistics, lexicon: LexiconLoader, model: Model = MODEL
    ) -> None:
        self.statistics = statistics
        self.corpus = Corpus(Rarity(statistics, lexicon()))
        self.model = model
        self._candidates = Candidates(self.corpus)
        self._cache: dict[tuple[int, int, float], float] = {}

    def publication_times(
        self, rows: Ints, articles: Iterable[Article], window: timedelta | None
    ) -> PublicationTimes:
        """When the articles of these rows were published; `articles` is parallel to `rows`, which
        are all rows of the window."""
        seconds = np.full(len(self.corpus), np.nan)
        present = np.zeros(len(self.corpus), np.bool_)
        seconds[rows] = publication_seconds(articles)
        present[rows] = True
        limit = np.inf if window is None else window.total_seconds()
        return PublicationTimes(seconds, present, limit)

    def candidates(
        self, rows: Ints, times: PublicationTimes, among: Ints | None = None
    ) -> tuple[Ints, Ints]:
        """The pairs (smaller row, larger row) of one of `rows` and a row that is present (and one
        of `among`, which are few) that are worth comparing, each once."""
        left, right = self._candidates.pairs(rows, times, among)
        size = len(self.corpus)
        pairs = np.unique(np.minimum(left, right) * size + np.maximum(left, right))
        return pairs // size, pairs % size

    def links(
        self, rows: Ints, times: PublicationTimes, among: Ints | None = None
    ) -> tuple[Ints, Ints, NDArray[np.float64]]:
        """The `candidates`, and the probability that both rows of each pair are of one event."""
        left, right = self.candidates(rows, times, among)
        return left, right, self.probabilities(left, right, times)

    def probabilities(
        self, left: Ints, right: Ints, times: PublicationTimes
    ) -> NDArray[np.float64]:
        """For each pair of rows the probability (0 to 1) that both articles are of one event."""
        hours = times.hours(left, right)
        if len(left) > _MAX_CACHED // 4:
            return self._computed(left, right, hours)
        pairs = list(zip(left.tolist(), right.tolist(), hours.tolist(), strict=True))
        new = np.array([at for at, pair in enumerate(pairs) if pair not in self._cache], np.int64)
        if len(self._cache) + len(new) > _MAX_CACHED:
            self._cache.clear()
            new = np.arange(len(pairs))
        computed = self._computed(left[new], right[new], hours[new])
        self._cache.update(zip([pairs[at] for at in new.tolist()], computed.tolist(), strict=True))
        return np.array([self._cache[pair] for pair in pairs], np.float64)

    def _computed(self, left: Ints, right: Ints, hours: Floats) -> NDArray[np.float64]:
        parts = [np.zeros(0)]
        for start in range(0, len(left), _SLICE):
            part = slice(start, start + _SLICE)
            table = features(self.corpus, left[part], right[part], hours[part])
            parts.append(self.model.probabilities(table))
        return np.concatenate(parts)

    def keep(self, rows: Ints) -> None:
        """Forget all other rows; these get the numbers from 0 on in this order."""
        self.corpus.keep(rows)
        self._candidates.clear()
        self._cache.clear()
