"""The texts of a window that changes article by article, each compared at a cost of its own.

``TextIndex`` is told all rows of a window at each merge; here the rows stay from one merge to the
next, so that a merge names only the articles that it is about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.similarity.clusters import MIN_PROBABILITY
from aggregator.merge.similarity.columns import Column, Ints
from aggregator.merge.similarity.corpus import Corpus
from aggregator.merge.similarity.index import TextIndex
from aggregator.merge.similarity.publication_times import PublicationTimes, publication_seconds
from aggregator.merge.similarity.statistics import NEW_PUBLISHER
from aggregator.model import Article

_MIN_UNUSED = 1_000
_MAX_UNUSED = 1 / 3
"""Rows without an article of the window, at least `_MIN_UNUSED` and this share of all rows, are
forgotten together: one by one each would cost a renumbering of all."""


class TextWindow:
    """The articles of the stories of a window, by their rows in the index of an epoch.

    The index must not serve another window at the same time, since rows are renumbered.
    """

    def __init__(self, index: TextIndex) -> None:
        self.index = index
        self._seconds = Column(np.float64)
        self._present = Column(np.bool_)
        self._size = 0
        self._unlearned = _UnlearnedPublishers()

    def __len__(self) -> int:
        return self._size

    def put(self, articles: Collection[Article]) -> None:
        """Take these articles in; an article of a known key replaces the one that was there."""
        latest = list({article.key: article for article in articles}.values())
        for article in latest:
            self._leave_out(article.key)
        rows = self.index.corpus.add(latest)
        self._reserve()
        self._seconds.values[rows] = publication_seconds(latest)
        self._present.values[rows] = True
        self._size += len(latest)
        self._unlearned.add(self._unlearned_publishers(rows))
        self._forget_unused()

    def remove(self, keys: Iterable[str]) -> None:
        """Leave out the articles of these keys, as far as they are known."""
        for key in keys:
            self._leave_out(key)
        self._forget_unused()

    def is_new(self, article: Article) -> bool:
        """Whether the article, or this text of it, is not in the window yet."""
        row = self._row(article.key)
        return row is None or row != self.index.corpus.row_of(article)

    def is_outdated(self, now: datetime) -> bool:
        """``Statistics.is_outdated``, at a cost that does not depend on the number of articles."""
        has_new_publisher = self._unlearned.has_frequent()
        return self.index.statistics.is_over(self._size, has_new_publisher, now)

    def near(self, articles: Collection[Article], limit: timedelta | None) -> set[str]:
        """The keys of the articles of the window that may be of one event with one of these:
        published at most `limit` apart (None: any time), with a probability that counts."""
        if not articles:
            return set()
        corpus = self.index.corpus
        with self.without(article.key for article in articles) as texts:
            rows = corpus.add(articles)
            times = texts.publication_times(rows, articles, limit)
            left, right = self.index.candidates(rows, times)
            probability = texts.probabilities(left, right, times)
        linked = np.concatenate([left, right])[np.tile(probability >= MIN_PROBABILITY, 2)]
        in_window = np.unique(linked[self._present.values[linked]])
        return {corpus.key(row) for row in in_window.tolist()}

    @contextmanager
    def without(self, keys: Iterable[str]) -> Iterator[WindowTexts]:
        """The window without the articles of these keys, which are about to be merged anew; as it
        was before when the block ends."""
        texts = WindowTexts(self, [row for key in keys if (row := self._row(key)) is not None])
        try:
            yield texts
        finally:
            texts.restore()

    def _row(self, key: str) -> int | None:
        """The row of the article of the window with this key."""
        for row in self.index.corpus.rows_of(key):
            if row < len(self._present) and self._present.values[row]:
                return row
        return None

    def _leave_out(self, key: str) -> None:
        row = self._row(key)
        if row is not None:
            self._present.values[row] = False
            self._size -= 1
            self._unlearned.remove(self._unlearned_publishers(np.array([row])))

    def _unlearned_publishers(self, rows: Ints) -> list[int]:
        """The publishers of these rows of which the statistics of the epoch have no article."""
        corpus = self.index.corpus
        publishers = corpus.publishers[rows]
        is_unlearned = (publishers >= 0) & (corpus.publisher_sizes(rows) == 0)
        return list(publishers[is_unlearned].tolist())

    def _reserve(self) -> None:
        """Make room for all rows of the corpus."""
        more = len(self.index.corpus) - len(self._present)
        if more > 0:
            self._seconds.extend(np.full(more, np.nan))
            self._present.extend(np.zeros(more, np.bool_))

    def _forget_unused(self) -> None:
        rows = len(self.index.corpus)
        if rows - self._size >= max(_MIN_UNUSED, _MAX_UNUSED * rows):
            self._reserve()
            used = np.flatnonzero(self._present.values)
            self.index.keep(used)
            self._seconds.keep(used)
            self._present.keep(used)


class WindowTexts:
    """A text window during a merge: it takes the part of the index (``join_by_text``), and all
    that it changes in the window is undone by ``restore``."""

    def __init__(self, window: TextWindow, hidden: list[int]) -> None:
        self._window = window
        self._compared: Ints = np.empty(0, np.int64)
        self._reached: set[int] = set()
        self._undo: list[tuple[Ints, NDArray[np.bool_], NDArray[np.float64]]] = []
        self._set(np.array(hidden, np.int64), False, None)

    @property
    def corpus(self) -> Corpus:
        """The described articles, by row."""
        return self._window.index.corpus

    def publication_times(
        self, rows: Ints, articles: Collection[Article], window: timedelta | None
    ) -> PublicationTimes:
        """The times of all articles of the window, and of these, each in the row beside it."""
        self._set(rows, True, publication_seconds(articles))
        self._compared = rows
        limit = np.inf if window is None else window.total_seconds()
        return PublicationTimes(self._window._seconds.values, self._window._present.values, limit)

    def candidates(
        self, rows: Ints, times: PublicationTimes, among: Ints | None = None
    ) -> tuple[Ints, Ints]:
        """See ``TextIndex.candidates``. Pairs with an article of the window that is not among those
        that are compared are left out; ``reached`` has the keys of these articles."""
        left, right = self._window.index.candidates(rows, times, among)
        inside = np.isin(left, self._compared) & np.isin(right, self._compared)
        further_left, further_right = left[~inside], right[~inside]
        counts = self.probabilities(further_left, further_right, times) >= MIN_PROBABILITY
        self._reached.update(further_left[counts].tolist(), further_right[counts].tolist())
        return left[inside], right[inside]

    def probabilities(
        self, left: Ints, right: Ints, times: PublicationTimes
    ) -> NDArray[np.float64]:
        """See ``TextIndex.probabilities``."""
        return self._window.index.probabilities(left, right, times)

    def reached(self) -> set[str]:
        """The keys of the articles of the window that the compared ones may be of one event with:
        they must be compared too."""
        rows = self._reached.difference(self._compared.tolist())
        return {self.corpus.key(row) for row in rows}

    def restore(self) -> None:
        """Undo everything, the last change first."""
        window = self._window
        while self._undo:
            rows, present, seconds = self._undo.pop()
            window._present.values[rows], window._seconds.values[rows] = present, seconds

    def _set(self, rows: Ints, present: bool, seconds: NDArray[np.float64] | None) -> None:
        window = self._window
        window._reserve()
        self._undo.append((rows, window._present.values[rows], window._seconds.values[rows]))
        window._present.values[rows] = present
        if seconds is not None:
            window._seconds.values[rows] = seconds


class _UnlearnedPublishers:
    """How many articles of the window each publisher has that the statistics do not know."""

    def __init__(self) -> None:
        self._articles: Counter[int] = Counter()
        self._frequent: set[int] = set()

    def add(self, publishers: Sequence[int]) -> None:
        """Count an article of each."""
        for publisher in publishers:
            self._articles[publisher] += 1
            if self._articles[publisher] >= NEW_PUBLISHER:
                self._frequent.add(publisher)

    def remove(self, publishers: Sequence[int]) -> None:
        """Take an article of each back."""
        for publisher in publishers:
            self._articles[publisher] -= 1
            if self._articles[publisher] < NEW_PUBLISHER:
                self._frequent.discard(publisher)
            if not self._articles[publisher]:
                del self._articles[publisher]

    def has_frequent(self) -> bool:
        """Whether a publisher has enough articles for its repeats to be learned."""
        return bool(self._frequent)
