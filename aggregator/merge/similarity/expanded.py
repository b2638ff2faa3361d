"""Rows of a corpus as they are compared: what the corpus keeps compact, spread out."""

from __future__ import annotations

import numpy as np

from aggregator.merge.similarity.columns import Floats, Ints, SparseRows
from aggregator.merge.similarity.corpus import Corpus
from aggregator.merge.similarity.segments import run_starts
from aggregator.merge.similarity.vocabulary import TermFact


class ExpandedRows:
    """Some rows of a corpus, numbered from 0 on.

    `terms` are the entries of whole texts, with the columns `worth` (nats), `vector` (the term's
    part of the text's vector of length 1) and `title` (the same for the title's vector; 0 where
    only the excerpt has the term). `grams` are the entries of the spelling of titles, with
    `vector`; `neighbours` are the pairs of significant terms that are adjacent in a text.
    `title_words` are the significant words of titles in their order: the numbers are those of the
    terms, and `joints` gives for each the number of the pair that it forms with the word before it
    (-1 for the first of a row).
    """

    def __init__(self, corpus: Corpus, rows: Ints) -> None:
        self._corpus = corpus
        entries, row = corpus.bounds.entries(rows)
        codes, worth = corpus.codes[entries].astype(np.int64), corpus.worth[entries]
        in_title = codes & 1 == 1
        title = np.zeros(len(entries), np.float32)
        title[in_title] = worth[in_title] / corpus.title_norms[rows][row[in_title]]
        columns = {"worth": worth, "vector": corpus.vector[entries], "title": title}
        self.sizes = corpus.bounds.sizes(rows)
        self.terms = SparseRows(self.sizes, codes >> 1, columns)
        self.grams = corpus.spelling.vectors(rows)
        self.publishers: Ints = corpus.publishers[rows].astype(np.int64)
        self.publisher_sizes = corpus.publisher_sizes(rows)
        self.have_excerpt = corpus.have_excerpt[rows].astype(np.float32)
        self.rarest = _largest_by_row(worth, self.sizes)
        self._add_sequences(rows)

    def __len__(self) -> int:
        return len(self.sizes)

    def term_fact(self, name: TermFact) -> Floats:
        """A field of ``TermRarity``, by the number of the term."""
        return self._corpus.vocabulary.fact(name)

    def title_shares(self, publishers: Ints, terms: Ints) -> Floats:
        """See ``Corpus.title_shares``."""
        return self._corpus.title_shares(publishers, terms)

    def _add_sequences(self, rows: Ints) -> None:
        row, place, in_title = self._corpus.sequences(rows)
        starts = np.cumsum(self.sizes) - self.sizes
        terms = self.terms.numbers[starts[row] + place]
        is_joined = np.zeros(len(row), np.bool_)
        is_joined[1:] = (row[1:] == row[:-1]) & (in_title[1:] == in_title[:-1])
        after = np.flatnonzero(is_joined)
        low, high = (
            np.minimum(terms[after], terms[after - 1]),
            np.maximum(terms[after], terms[after - 1]),
        )
        pairs, pair = np.unique(low << 32 | high, return_inverse=True)
        self.joints = np.full(len(row), -1)
        self.joints[after] = pair
        self.joints = self.joints[in_title]
        size = max(1, len(pairs))
        codes = np.sort(row[after] * size + pair)
        codes = codes[run_starts(codes)]
        count = len(rows)
        self.neighbours = SparseRows(np.bincount(codes // size, minlength=count), codes % size, {})
        self.title_words = SparseRows(
            np.bincount(row[in_title], minlength=count), terms[in_title], {}
        )


def _largest_by_row(values: Floats, sizes: Ints) -> Floats:
    """The largest value of each row; 0 where it has none."""
    result = np.zeros(len(sizes), np.float32)
    filled = sizes > 0
    if filled.any():
        starts = (np.cumsum(sizes) - sizes)[filled]
        result[filled] = np.maximum(np.maximum.reduceat(values, starts), 0)
    return result
