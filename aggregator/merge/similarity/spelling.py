"""The spelling of titles: sequences of four characters, as other spellings and compounds share
some of them. Each word of a title is kept as a number that leads to its sequences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aggregator.merge.similarity.columns import Column, Ints, RowBounds, SparseRows
from aggregator.merge.similarity.describe import lengths
from aggregator.merge.similarity.numbering import Numbering, hashes, salt
from aggregator.merge.similarity.words import Word, fold

_GRAM = 4  # characters
_MASK = (1 << 32) - 1


class Spelling:
    """The words of titles as they are written, by row."""

    def __init__(self) -> None:
        self.bounds = RowBounds()
        self._words = Column(np.int32)  # of the titles, by row
        self._numbers = Numbering()
        self._gram_bounds = RowBounds()
        self._grams = Column(np.int32)  # of each numbered word
        self._gram_numbers = Numbering()
        self._weights = Column(np.float64)  # of each gram of a numbered word

    def append(
        self,
        titles: Sequence[Sequence[Word]],
        languages: Sequence[str],
        information: Sequence[float],
    ) -> None:
        """Add rows with these titles. `information` is that of the term of each word, in nats."""
        words = [word for title in titles for word in title]
        sizes = [len(title) for title in titles]
        salts = np.repeat(np.array([salt(name) for name in languages], np.int64), sizes)
        keys = [hash((word.term, "" if word.unspaced else word.surface)) for word in words]
        start = len(self._numbers)
        numbers = self._numbers.add(np.array(keys, np.int64) ^ salts)
        new = np.flatnonzero(numbers >= start)
        first = new[np.unique(numbers[new], return_index=True)[1]].tolist()
        self._append_words([(words[at], information[at]) for at in first], salts[first])
        self._words.extend(numbers)
        self.bounds.append(sizes)

    def _append_words(self, words: Sequence[tuple[Word, float]], salts: Ints) -> None:
        parts = [[word.term] if word.unspaced else _grams(word.surface) for word, _ in words]
        sizes = [len(of_word) for of_word in parts]
        keys = hashes([part for of_word in parts for part in of_word]) ^ np.repeat(salts, sizes)
        self._grams.extend(self._gram_numbers.add(keys))
        self._gram_bounds.append(sizes)
        weights = [value / size**0.5 for (_, value), size in zip(words, sizes, strict=True)]
        self._weights.extend(weights)

    def keep(self, rows: Ints) -> None:
        """Keep these rows alone, in this order."""
        self._words.keep(self.bounds.entries(rows)[0])
        self.bounds.keep(rows)

    def vectors(self, rows: Ints) -> SparseRows:
        """The sequences of four characters of the titles of these rows, with `vector`: each has its
        share of the worth of its words."""
        entries, row = self.bounds.entries(rows)
        words = self._words.values[entries].astype(np.int64)
        at, word = self._gram_bounds.entries(words)
        row, weight = row[word], self._weights.values[words][word]
        codes, first, entry = np.unique(
            row << 32 | self._grams.values[at], return_index=True, return_inverse=True
        )
        row, numbers = codes >> 32, codes & _MASK
        values = np.bincount(entry, weight, len(codes)).astype(np.float32)
        sizes = np.bincount(row, minlength=len(rows))
        norms = lengths(values[np.argsort(first)], sizes)  # in the order of the title
        return SparseRows(sizes, numbers, {"vector": np.asarray(values / norms[row])})


def _grams(surface: str) -> list[str]:
    """The four-character sequences of a word, whose edges are marked."""
    marked = f"_{fold(surface)}_"
    return [marked[at : at + _GRAM] for at in range(max(1, len(marked) - _GRAM + 1))]
