"""Which articles are worth comparing: those that share rare terms.

An article is looked up only by its rarest terms, as long as these lead to a bounded number of other
articles. The cost per article therefore does not grow with the size of the window.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from aggregator.merge.similarity.columns import Floats, Ints, ranges
from aggregator.merge.similarity.corpus import Corpus
from aggregator.merge.similarity.postings import Postings
from aggregator.merge.similarity.publication_times import PublicationTimes

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
_FEW = 64  # rows that are looked up one by one; more are compared by products of matrices
_BLOCK = 2_000  # rows per matrix product, ...
_BLOCKS = 10  # ... products per matrix of other rows, ...
_CHUNK = 1 << 16  # ... and other rows per matrix: these bound the memory that it takes
_MAX_TABLE = 1 << 14  # cells of a table of sums; more sums are a product of matrices
_MASK = (1 << 24) - 1

Matrix = sparse.csr_matrix[np.float64]


@dataclass(frozen=True, slots=True)
class LookedUp:
    """The entries of rows by which they are looked up: the position of the row, the term, and the
    weights of the term in the text and in the title. Within a row the terms ascend."""

    position: Ints
    terms: Ints
    text: Floats
    title: Floats


@dataclass(frozen=True, slots=True)
class Similar:
    """Pairs of a row of a query, by its position, and another row, with their similarity."""

    position: Ints
    row: Ints
    similarity: NDArray[np.float64]


class Candidates:
    """Finds the rows of a corpus that are worth comparing with other rows."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._postings = Postings(corpus)
        self._first_hit = np.zeros(0, np.int32)  # per row: space for `_summed`
        self._last: tuple[tuple[int, ...], Similar] | None = None

    def clear(self) -> None:
        """Rows have been renumbered."""
        self._postings.clear()
        self._last = None

    def pairs(
        self, rows: Ints, times: PublicationTimes, among: Ints | None = None
    ) -> tuple[Ints, Ints]:
        """Pairs of different rows that are worth comparing: each of `rows` with rows that are
        present (and one of `among`, which are few), in the same language and near in time. A pair
        can come twice, once from either side."""
        lefts, rights = [rows[:0]], [rows[:0]]
        step = _BLOCK * _BLOCKS
        for start in range(0, len(rows), step):
            part = rows[start : start + step]
            if among is not None:
                similar = self._compared_among(part, among, times)
            elif len(part) <= _FEW:
                similar = self._looked_up(part, times)
            else:
                similar = self._compared_with_all(part, times)
            lefts.append(part[similar.position])
            rights.append(similar.row)
        return np.concatenate(lefts), np.concatenate(rights)

    def _looked_up(self, rows: Ints, times: PublicationTimes) -> Similar:
        """The candidates of a few rows, by the postings. Those of the last rows are kept: they are
        often looked up again among other rows that are present."""
        key = (len(self._corpus), *rows.tolist())
        if self._last is None or self._last[0] != key:
            self._last = key, self._similar(rows)
        return _best(self._last[1], rows, times)

    def _similar(self, rows: Ints) -> Similar:
        """The rows that are similar to a few."""
        query = self._query(rows)
        hits = self._postings.hits(query.terms)
        corpus = self._corpus
        values = query.text[hits.query].astype(np.float64) * corpus.vector[hits.entry]
        in_titles = np.flatnonzero((query.title[hits.query] > 0) & (corpus.codes[hits.entry] & 1))
        entry = hits.entry[in_titles]
        title = corpus.worth[entry] / corpus.title_norms[hits.row[in_titles]]
        title *= np.float32(_TITLE_WEIGHT**0.5)
        values[in_titles] += query.title[hits.query[in_titles]].astype(np.float64) * title
        if len(rows) == 1:
            return self._summed(0, hits.row, values)
        position = query.position[hits.query]
        of_rows = [np.flatnonzero(position == at) for at in range(len(rows))]
        return _concatenated(
            [self._summed(at, hits.row[hit], values[hit]) for at, hit in enumerate(of_rows)]
        )

    def _summed(self, position: int, rows: Ints, values: NDArray[np.float64]) -> Similar:
        """The different rows whose values have a sum that is worth comparing, and the sums."""
        if len(self._first_hit) < len(self._corpus):
            self._first_hit = np.zeros(2 * len(self._corpus), np.int32)
        self._first_hit[rows] = np.arange(len(rows))
        sums = np.bincount(self._first_hit[rows], values, len(rows)).astype(np.float64)
        similar = np.flatnonzero(sums >= _MIN_SIMILARITY)
        return Similar(np.full(len(similar), position), rows[similar], sums[similar])

    def _compared_with_all(self, rows: Ints, times: PublicationTimes) -> Similar:
        """The candidates of many rows, by products of matrices: one chunk of all rows at a time."""
        best = Similar(rows[:0], rows[:0], np.zeros(0))
        queries = [self._query(rows[at : at + _BLOCK]) for at in range(0, len(rows), _BLOCK)]
        for first in range(0, len(self._corpus), _CHUNK):
            others = np.arange(first, min(first + _CHUNK, len(self._corpus)))
            entries, position = self._corpus.bounds.entries(others)
            index = _matrix(self._weighted(entries, others, position), len(others), self._size)
            index = index.T.tocsr()
            for number, query in enumerate(queries):
                start = number * _BLOCK
                size = min(_BLOCK, len(rows) - start)
                more = _products(_matrix(query, size, self._size), index)
                more = Similar(more.position + start, others[more.row], more.similarity)
                best = _concatenated([best, _best(more, rows, times)])
            best = _best(best, rows, times)
        return best

    def _compared_among(self, rows: Ints, among: Ints, times: PublicationTimes) -> Similar:
        """The candidates of rows among a few others, without the postings."""
        entries, position = self._corpus.bounds.entries(among)
        others, query = self._weighted(entries, among, position), self._query(rows)
        if len(rows) * len(among) <= _MAX_TABLE:
            similar = _similar_in_table(query, len(rows), others, len(among))
        else:
            index = _matrix(others, len(among), self._size).T.tocsr()
            similar = _products(_matrix(query, len(rows), self._size), index)
        return _best(replace(similar, row=among[similar.row]), rows, times)

    @property
    def _size(self) -> int:
        return len(self._corpus.vocabulary)

    def _query(self, rows: Ints) -> LookedUp:
        """The rarest terms of each row."""
        entries, position = self._corpus.bounds.entries(rows)
        counts = self._corpus.vocabulary.rows[self._corpus.codes[entries] >> 1]
        order = np.lexsort((counts, position))
        total = np.cumsum(counts[order])
        starts = np.searchsorted(position, np.arange(len(rows)))
        total_of_earlier_rows = np.concatenate([[0], total])[starts]
        is_rare = total - total_of_earlier_rows[position] <= _MAX_POSTINGS
        rare = np.sort(order[is_rare])
        return self._weighted(entries[rare], rows, position[rare])

    def _weighted(self, entries: Ints, rows: Ints, position: Ints) -> LookedUp:
        """These entries of rows with their weights."""
        corpus = self._corpus
        codes = corpus.codes[entries].astype(np.int64)
        title = corpus.worth[entries] / corpus.title_norms[rows[position]]
        title *= np.float32(_TITLE_WEIGHT**0.5)
        title[codes & 1 == 0] = 0
        return LookedUp(position, codes >> 1, corpus.vector[entries], title)


def _matrix(query: LookedUp, rows: int, terms: int) -> Matrix:
    """Rows by terms: each term has a column for the whole text and one for the title. The terms of
    two languages are different, so two languages never meet."""
    in_title = query.title > 0
    data = np.concatenate([query.text, query.title[in_title]]).astype(np.float64)
    coordinates = (
        np.concatenate([query.position, query.position[in_title]]),
        np.concatenate([2 * query.terms, 2 * query.terms[in_title] + 1]),
    )
    return sparse.csr_matrix((data, coordinates), (rows, 2 * terms))


def _similar_in_table(query: LookedUp, rows: int, others: LookedUp, count: int) -> Similar:
    """The rows of the query (`position`) and those of the others that are similar."""
    order = np.argsort(others.terms, kind="stable")
    terms = others.terms[order]
    start = np.searchsorted(terms, query.terms)
    index, entry = ranges(start, np.searchsorted(terms, query.terms, side="right") - start)
    match = order[index]
    values = query.text[entry].astype(np.float64) * others.text[match]
    values += query.title[entry].astype(np.float64) * others.title[match]
    codes = query.position[entry] * count + others.position[match]
    sums = np.bincount(codes, values, rows * count)
    similar = np.flatnonzero(sums >= _MIN_SIMILARITY)
    return Similar(similar // count, similar % count, sums[similar].astype(np.float64))


def _products(query: Matrix, index: Matrix) -> Similar:
    """The rows of the query (`position`) and the columns of the index that are similar."""
    products = (query @ index).tocsr()
    similar = np.flatnonzero(products.data >= _MIN_SIMILARITY)
    position = np.repeat(np.arange(query.shape[0]), np.diff(products.indptr))[similar]
    column = products.indices[similar].astype(np.int64)
    return Similar(position, column, products.data[similar])


def _concatenated(parts: list[Similar]) -> Similar:
    return Similar(
        np.concatenate([part.position for part in parts]),
        np.concatenate([part.row for part in parts]),
        np.concatenate([part.similarity for part in parts]),
    )


def _best(similar: Similar, rows: Ints, times: PublicationTimes) -> Similar:
    """The candidates of each row among the similar ones.

    They are sorted by one integer each: the position (from bit 48), what the similarity lacks of
    its maximum 2, scaled to 24 bits, and the row (24 bits).
    """
    left, right = rows[similar.position], similar.row
    eligible = np.flatnonzero(
        (left != right) & times.present[right] & ~times.are_far_apart(left, right)
    )
    missing = (2 - similar.similarity[eligible]).clip(0) / 2 * _MASK
    position = similar.position[eligible]
    keys = position << 48 | missing.astype(np.int64) << 24 | right[eligible]
    order = np.argsort(keys)
    position = position[order]
    first = np.flatnonzero(np.diff(position, prepend=-1))  # of each run of one position
    runs = np.diff(first, append=len(position))
    is_best = np.arange(len(position)) - np.repeat(first, runs) < _MAX_CANDIDATES
    best = eligible[order[is_best]]
    return Similar(similar.position[best], similar.row[best], similar.similarity[best])
