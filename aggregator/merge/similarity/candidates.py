"""Which articles are worth comparing: those that share rare terms.

An article is looked up only by its rarest terms, as long as these lead to a bounded number of other
articles. The cost per article therefore does not grow with the size of the window.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from aggregator.merge.similarity.columns import Ints
from aggregator.merge.similarity.corpus import Corpus

_MAX_CANDIDATES = 25
"""Candidates per article. Does not matter from 10 to 50."""
_MIN_SIMILARITY = 0.12
"""The similarity (`_TITLE_WEIGHT`) from which two articles are compared. Does not matter from 0.08
to 0.20, but for the time: 0.08 gives 1.8 times and 0.20 a third of the pairs."""
_TITLE_WEIGHT = 0.5
"""The similarity is the cosine of the whole texts plus this times the cosine of the headlines. Does
not matter from 0.25 to 1."""
_MAX_POSTINGS = 4_000
"""Articles that the terms of one article may lead to, the rarest first. Does not matter from 1,000
to 16,000, but for the time."""
_BLOCK = 2_000  # rows per matrix product, which bounds the memory that it takes
_MASK = (1 << 24) - 1
_MAX_TAIL = 2_000  # rows outside the index before it is rebuilt


class Postings:
    """The rows of a corpus by their terms. Rows that were added since the index was built (the
    tail) are compared one by one."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._indexed = 0
        self._index: sparse.csr_matrix[np.float32] | None = None  # terms by rows
        self._counted = 0
        self._counts = np.zeros(0, np.int64)  # rows that have each term

    def pairs(
        self, rows: Ints, among: NDArray[np.bool_], times: NDArray[np.float64], window: float
    ) -> tuple[Ints, Ints]:
        """Pairs of different rows that are worth comparing: each of `rows` with rows for which
        `among` is true, in the same language and at most `window` seconds apart. `times` gives the
        seconds of each row; NaN means no date, which is near to every date. A pair can come twice,
        once from either side."""
        index = self._refreshed_index()
        lefts, rights = [rows[:0]], [rows[:0]]
        for start in range(0, len(rows), _BLOCK):
            block = rows[start : start + _BLOCK]
            query = self._query(block)
            tail = self._matrix(np.arange(self._indexed, len(self._corpus)))
            for products, first_row in ((query @ index, 0), (query @ tail.T, self._indexed)):
                left, right = _best(products.tocsr(), block, first_row, among, times, window)
                lefts.append(left)
                rights.append(right)
        return np.concatenate(lefts), np.concatenate(rights)

    def _refreshed_index(self) -> sparse.csr_matrix[np.float32]:
        """The index, rebuilt where the tail is long, with a row for each term of the corpus."""
        corpus = self._corpus
        number, size = len(corpus), corpus.vocabulary_size
        new_terms = corpus.terms.numbers[corpus.terms.bounds.values[self._counted] :]
        counts = np.bincount(new_terms, minlength=size)
        counts[: len(self._counts)] += self._counts
        self._counts, self._counted = counts, number
        if self._index is None or number - self._indexed > max(_MAX_TAIL, self._indexed // 4):
            self._index = self._matrix(np.arange(number)).T.tocsr()
            self._indexed = number
        elif self._index.shape[0] < 2 * size:
            self._index.resize((2 * size, self._indexed))  # type: ignore[arg-type]  # stub is wrong
        return self._index

    def _matrix(self, rows: Ints) -> sparse.csr_matrix[np.float32]:
        """These rows by terms: each term has a column for the whole text and one for the title.
        The terms of two languages are different, so two languages never meet."""
        entries, position = self._corpus.terms.bounds.entries(rows)
        return self._sparse(entries, position, len(rows))

    def _query(self, rows: Ints) -> sparse.csr_matrix[np.float32]:
        """The same with only the rarest terms of each row."""
        entries, position = self._corpus.terms.bounds.entries(rows)
        counts = self._counts[self._corpus.terms.numbers[entries]]
        order = np.lexsort((counts, position))
        entries, position, counts = entries[order], position[order], counts[order]
        total = np.cumsum(counts)
        starts = np.searchsorted(position, np.arange(len(rows)))
        total_of_earlier_rows = np.concatenate([[0], total])[starts]
        few = total - total_of_earlier_rows[position] <= _MAX_POSTINGS
        return self._sparse(entries[few], position[few], len(rows))

    def _sparse(self, entries: Ints, position: Ints, number: int) -> sparse.csr_matrix[np.float32]:
        terms = self._corpus.terms
        columns = 2 * terms.numbers[entries]
        title = terms.column("title")[entries]
        in_title = title > 0
        data = np.concatenate(
            [
                terms.column("vector")[entries],
                title[in_title] * np.float32(_TITLE_WEIGHT**0.5),
            ]
        )
        coordinates = (
            np.concatenate([position, position[in_title]]),
            np.concatenate([columns, columns[in_title] + 1]),
        )
        shape = (number, 2 * self._corpus.vocabulary_size)
        return sparse.csr_matrix((data, coordinates), shape)


def _best(
    products: sparse.csr_matrix[np.float32],
    block: Ints,
    first_row: int,
    among: NDArray[np.bool_],
    times: NDArray[np.float64],
    window: float,
) -> tuple[Ints, Ints]:
    """The candidates of each row of `block` among the rows from `first_row` on.

    They are sorted by one integer per entry: the row (from bit 48), what the similarity lacks of
    its maximum 2, scaled to 24 bits, and the column (24 bits).
    """
    similar = np.flatnonzero(products.data >= _MIN_SIMILARITY)
    row = np.searchsorted(products.indptr, similar, side="right") - 1
    column = products.indices[similar].astype(np.int64)
    left, right = block[row], column + first_row
    distance = np.abs(times[left] - times[right])
    eligible = np.flatnonzero((left != right) & among[right] & ~(distance > window))
    missing = (2 - products.data[similar[eligible]]).clip(0) / 2 * _MASK
    entries = np.sort(row[eligible] << 48 | missing.astype(np.int64) << 24 | column[eligible])
    row = entries >> 48
    best = np.arange(len(row)) - np.searchsorted(row, row) < _MAX_CANDIDATES
    return block[row[best]], (entries[best] & _MASK) + first_row
