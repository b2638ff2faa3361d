"""The texts of a window that changes article by article, each compared at a cost of its own.

``TextIndex`` is told all rows of a window at each merge; here the rows stay from one merge to the
next, so that a merge names only the articles that it is about.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.similarity.clusters import MIN_PROBABILITY
from aggregator.merge.similarity.columns import Ints
from aggregator.merge.similarity.corpus import Corpus
from aggregator.merge.similarity.describe import text_key
from aggregator.merge.similarity.index import Moments, TextIndex
from aggregator.model import Article

_FIRST_ROWS = 1_024


class TextWindow:
    """The articles of the stories of a window, by their rows in the index of an epoch."""

    def __init__(self, index: TextIndex) -> None:
        self.index = index
        self._times = np.full(_FIRST_ROWS, np.nan)
        self._present = np.zeros(_FIRST_ROWS, np.bool_)
        self._row_of: dict[str, int] = {}
        self._key_of: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._row_of)

    def put(self, articles: Collection[Article]) -> None:
        """Take these articles in; an article of a known key replaces the one that was there."""
        self.remove(article.key for article in articles)
        rows = self.index.corpus.add(articles)
        self._reserve()
        self._times[rows] = times_of(articles)
        self._present[rows] = True
        for article, row in zip(articles, rows.tolist(), strict=True):
            self._row_of[article.key], self._key_of[row] = row, article.key

    def remove(self, keys: Iterable[str]) -> None:
        """Leave out the articles of these keys, as far as they are known."""
        for key in keys:
            row = self._row_of.pop(key, None)
            if row is not None:
                del self._key_of[row]
                self._present[row] = False

    def is_new(self, article: Article) -> bool:
        """Whether the article, or this text of it, is not in the window yet."""
        row = self._row_of.get(article.key)
        return row is None or row != self.index.corpus.row_of(text_key(article))

    def near(self, articles: Collection[Article], limit: timedelta | None) -> set[str]:
        """The keys of the articles of the window that may be of one event with one of these:
        published at most `limit` apart (None: any time), with a probability that counts."""
        if not articles:
            return set()
        with self.without(article.key for article in articles) as texts:
            rows = texts.corpus.add(articles)
            moments = texts.moments(rows, articles, limit)
            left, right, probability = texts.links(rows, moments.present, moments)
        linked = np.concatenate([left, right])[np.tile(probability >= MIN_PROBABILITY, 2)]
        keys = map(self._key_of.get, np.unique(linked).tolist())
        return {key for key in keys if key is not None}

    @contextmanager
    def without(self, keys: Iterable[str]) -> Iterator[WindowTexts]:
        """The window without the articles of these keys, which are about to be merged anew; as it
        was before when the block ends."""
        texts = WindowTexts(
            self, [row for key in keys if (row := self._row_of.get(key)) is not None]
        )
        try:
            yield texts
        finally:
            texts.restore()

    def _reserve(self) -> None:
        """Make room for all rows of the corpus."""
        size = len(self.index.corpus)
        if size > len(self._present):
            more = max(size, 2 * len(self._present)) - len(self._present)
            self._times = np.concatenate([self._times, np.full(more, np.nan)])
            self._present = np.concatenate([self._present, np.zeros(more, np.bool_)])


class WindowTexts:
    """A text window during a merge: it takes the part of the index (``join_by_text``), and all
    that it changes in the window is undone by ``restore``."""

    def __init__(self, window: TextWindow, hidden: list[int]) -> None:
        self._window = window
        self._undo: list[tuple[Ints, NDArray[np.bool_], NDArray[np.float64]]] = []
        self._set(np.array(hidden, np.int64), False, None)

    @property
    def corpus(self) -> Corpus:
        """The described articles, by row."""
        return self._window.index.corpus

    def moments(
        self, rows: Ints, articles: Collection[Article], window: timedelta | None
    ) -> Moments:
        """The moments of all articles of the window, and of these, each in the row beside it."""
        self._set(rows, True, times_of(articles))
        limit = np.inf if window is None else window.total_seconds()
        return Moments(self._window._times, self._window._present, limit)

    def links(
        self, rows: Ints, among: NDArray[np.bool_], moments: Moments
    ) -> tuple[Ints, Ints, NDArray[np.float64]]:
        """See ``TextIndex.links``."""
        return self._window.index.links(rows, among, moments)

    def restore(self) -> None:
        """Undo everything, the last change first."""
        window = self._window
        while self._undo:
            rows, present, times = self._undo.pop()
            window._present[rows], window._times[rows] = present, times

    def _set(self, rows: Ints, present: bool, times: NDArray[np.float64] | None) -> None:
        window = self._window
        window._reserve()
        self._undo.append((rows, window._present[rows], window._times[rows]))
        window._present[rows] = present
        if times is not None:
            window._times[rows] = times


def times_of(articles: Iterable[Article]) -> NDArray[np.float64]:
    """When each was published, in seconds since 1970; NaN: not known."""
    return np.array([a.published.timestamp() if a.dated else np.nan for a in articles])
