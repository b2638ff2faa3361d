"""Which articles are worth comparing: those that share rare words.

An article is looked up by its rarest terms, as many as lead to a bounded number of other articles,
so that what it costs does not grow with their number.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from aggregator.merge.similarity.columns import Ints
from aggregator.merge.similarity.corpus import Corpus

_MOST = 25  # candidates of one article
_LEAST = 0.12
"""Likeness (whole text, plus half of the headline's) from which two articles are compared. On the
mixed streams no pair that the model joins is below 0.15; 0.12 leaves 7 pairs per article."""
_TITLE = 0.5
_POSTINGS = 4_000  # articles that the terms of one article lead to, the rarest terms first
_BLOCK = 2_000  # rows at a time
_MASK = (1 << 24) - 1
_TAIL = 2_000  # rows that are added before the index is made anew


class Postings:
    """The rows of a corpus by their terms. Rows that were added since the index was made are
    looked through beside it."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._indexed = 0
        self._index: Any = None
        self._counted = 0
        self._counts = np.zeros(0, np.int64)

    def pairs(
        self, rows: Ints, wanted: NDArray[np.bool_], times: NDArray[np.float64], window: float
    ) -> tuple[Ints, Ints]:
        """Pairs of different rows that are worth comparing: each of `rows` with rows that are
        `wanted`, of one language and at most `window` seconds apart (`times`, by row; NaN: no
        date). A pair may come twice, once from either side."""
        self._refresh()
        ones, others = [rows[:0]], [rows[:0]]
        for start in range(0, len(rows), _BLOCK):
            block = rows[start : start + _BLOCK]
            query = self._query(block)
            tail = self._matrix(np.arange(self._indexed, len(self._corpus)))
            for products, first in ((query @ self._index, 0), (query @ tail.T, self._indexed)):
                one, other = _best(products.tocsr(), block, first, wanted, times, window)
                ones.append(one)
                others.append(other)
        return np.concatenate(ones), np.concatenate(others)

    def _refresh(self) -> None:
        corpus = self._corpus
        number, size = len(corpus), corpus.vocabulary_size
        new = corpus.terms.columns[corpus.terms.ends.values[self._counted] :]
        counts = np.bincount(new, minlength=size)
        counts[: len(self._counts)] += self._counts
        self._counts, self._counted = counts, number
        if self._index is None or number - self._indexed > max(_TAIL, self._indexed // 4):
            self._index = self._matrix(np.arange(number)).T.tocsr()
            self._indexed = number
        elif self._index.shape[0] < 2 * size:
            self._index.resize(2 * size, self._indexed)

    def _matrix(self, rows: Ints) -> Any:
        """These rows by terms: of each term a column for the whole text and one for the title.
        The terms of two languages are different, so that two languages never meet."""
        entries, position = self._corpus.terms.ends.entries(rows)
        return self._sparse(entries, position, len(rows))

    def _query(self, rows: Ints) -> Any:
        """The same by the rarest terms of each row alone."""
        entries, position = self._corpus.terms.ends.entries(rows)
        counts = self._counts[self._corpus.terms.columns[entries]]
        order = np.lexsort((counts, position))
        entries, position, counts = entries[order], position[order], counts[order]
        total = np.cumsum(counts)
        starts = np.searchsorted(position, np.arange(len(rows)))
        before = np.concatenate([[0], total])[starts]
        few = total - before[position] <= _POSTINGS
        return self._sparse(entries[few], position[few], len(rows))

    def _sparse(self, entries: Ints, position: Ints, number: int) -> Any:
        corpus = self._corpus
        columns = 2 * corpus.terms.columns[entries]
        title = corpus.column("title")[entries]
        inside = title > 0
        data = np.concatenate([corpus.column("vector")[entries], title[inside] * _TITLE**0.5])
        where = (
            np.concatenate([position, position[inside]]),
            np.concatenate([columns, columns[inside] + 1]),
        )
        return sparse.csr_matrix((data, where), (number, 2 * corpus.vocabulary_size))


def _best(
    products: Any,
    block: Ints,
    first: int,
    wanted: NDArray[np.bool_],
    times: NDArray[np.float64],
    window: float,
) -> tuple[Ints, Ints]:
    """The candidates of each row of `block` among the rows from `first` on: found by sorting one
    number per entry, of the row (from bit 48), what is missing to full likeness (24 bits), and the
    column (24 bits)."""
    good = np.flatnonzero(products.data >= _LEAST)
    row = np.searchsorted(products.indptr, good, side="right") - 1
    column = products.indices[good].astype(np.int64)
    one, other = block[row], column + first
    apart = np.abs(times[one] - times[other])
    right = np.flatnonzero((one != other) & wanted[other] & ~(apart > window))
    missing = (2 - products.data[good[right]]).clip(0) / 2 * _MASK
    entries = np.sort(row[right] << 48 | missing.astype(np.int64) << 24 | column[right])
    row = entries >> 48
    best = np.arange(len(row)) - np.searchsorted(row, row) < _MOST
    return block[row[best]], (entries[best] & _MASK) + first
