"""The rows of a corpus by their terms, in segments that are merged as those of a log.

Rows that were added last are not indexed: they are searched one by one, until they are enough for a
segment. A new row therefore costs its own share of merging segments, whatever the number of rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from aggregator.merge.similarity.columns import Ints, ranges
from aggregator.merge.similarity.corpus import Corpus

_MAX_TAIL = 512  # rows outside the segments
_MAX_SEGMENT = 1 << 16
"""Rows of a segment. More take longer to merge at once; fewer make more segments to look into."""


@dataclass(frozen=True, slots=True)
class Hits:
    """Entries of a corpus with a term of a query: the index of the query's entry (`query`), the row
    and the index of the corpus's entry."""

    query: Ints
    row: Ints
    entry: Ints


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows from `first` to before `end`: their different terms, and for the term at i the entries
    from starts[i] up to starts[i + 1]: each has its row (counted from `first`), and its place among
    the entries of the row."""

    first: int
    end: int
    terms: NDArray[np.int32]
    starts: NDArray[np.int32]
    rows: NDArray[np.uint16]
    places: NDArray[np.unsignedinteger]

    def hits(self, terms: Ints, corpus: Corpus) -> Hits:
        """The entries that have one of these terms, in the order of the terms."""
        at = np.searchsorted(self.terms, terms.astype(np.int32))
        at[at == len(self.terms)] = 0
        query = np.flatnonzero(self.terms[at] == terms) if len(self.terms) else at[:0]
        at = at[query]
        starts = self.starts[at].astype(np.int64)
        index, which = ranges(starts, self.starts[at + 1] - starts)
        row = self.rows[index].astype(np.int64) + self.first
        return Hits(query[which], row, corpus.bounds.starts(row) + self.places[index])


class Postings:
    """The segments and the tail. Rows must be indexed anew (``clear``) when they are renumbered."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._segments: list[Segment] = []

    def clear(self) -> None:
        """Forget all rows: the next look-up indexes those that the corpus has then."""
        self._segments.clear()

    def hits(self, terms: Ints) -> Hits:
        """The entries of all rows that have one of these terms."""
        self._index_tail()
        corpus = self._corpus
        all_hits = [segment.hits(terms, corpus) for segment in self._segments]
        all_hits.append(self._tail_hits(terms))
        return Hits(
            np.concatenate([hits.query for hits in all_hits]),
            np.concatenate([hits.row for hits in all_hits]),
            np.concatenate([hits.entry for hits in all_hits]),
        )

    @property
    def _indexed(self) -> int:
        return self._segments[-1].end if self._segments else 0

    def _tail_hits(self, terms: Ints) -> Hits:
        corpus, start = self._corpus, self._corpus.bounds.start(self._indexed)
        entry_terms = corpus.codes[start:] >> 1
        order = np.argsort(terms, kind="stable")
        ordered = terms[order]
        low = np.searchsorted(ordered, entry_terms)
        count = np.searchsorted(ordered, entry_terms, side="right") - low
        entry = np.flatnonzero(count)
        at, which = ranges(low[entry], count[entry])
        entry = entry[which] + start
        return Hits(order[at], corpus.bounds.rows_of(entry), entry)

    def _index_tail(self) -> None:
        corpus, end = self._corpus, len(self._corpus)
        while end - self._indexed > _MAX_TAIL:
            first = self._indexed
            self._segments.append(_segment(corpus, first, min(end, first + _MAX_SEGMENT)))
            self._merge_last()

    def _merge_last(self) -> None:
        """Merge the last segments as long as the last is as large as the one before it."""
        segments = self._segments
        first = len(segments) - 1
        end = segments[first].end
        while (
            first
            and end - segments[first].first >= segments[first].first - segments[first - 1].first
        ):
            if end - segments[first - 1].first > _MAX_SEGMENT:
                break
            first -= 1
        if first < len(segments) - 1:
            merged = _segment(self._corpus, segments[first].first, end)
            segments[first:] = [merged]


def _segment(corpus: Corpus, first: int, end: int) -> Segment:
    start, stop = corpus.bounds.start(first), corpus.bounds.start(end)
    sizes = corpus.bounds.sizes(np.arange(first, end))
    places = np.arange(stop - start) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    terms = corpus.codes[start:stop] >> 1
    # A matrix of terms by rows is the index; its conversion sorts in linear time.
    index = sparse.csc_matrix(
        (places, terms, np.append(0, np.cumsum(sizes))), (len(corpus.vocabulary), end - first)
    ).tocsr()
    counts = np.diff(index.indptr)
    used = np.flatnonzero(counts)
    starts = np.append(0, np.cumsum(counts[used]))
    place_type = np.min_scalar_type(int(sizes.max(initial=0)))
    return Segment(
        first,
        end,
        used.astype(np.int32),
        starts.astype(np.int32),
        index.indices.astype(np.uint16),
        index.data.astype(place_type),
    )
