"""The words of a window of articles, numbered, and what is known of each of them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from aggregator.merge.commonwords import COMMON, EVERY
from aggregator.merge.words import grams, latin, stem


class Vocabulary:
    """Words and their beginnings (stems) get numbers in the order in which they come."""

    def __init__(self) -> None:
        self.words: dict[str, int] = {}
        self.stems: dict[str, int] = {}
        self._stem_of = array("i")
        self._latin = array("b")
        self._numeric = array("b")

    def __len__(self) -> int:
        return len(self.words)

    def numbered(self, words: Iterable[str]) -> list[int]:
        """The numbers of these words; new ones get the next."""
        known = self.words
        return [known[word] if word in known else self._new(word) for word in words]

    def _new(self, word: str) -> int:
        number = self.words[word] = len(self.words)
        self._stem_of.append(self.stems.setdefault(stem(word), len(self.stems)))
        self._latin.append(latin(word))
        self._numeric.append(word[0].isdigit())
        return number

    @property
    def stem_of(self) -> NDArray[np.int32]:
        """The number of the stem of each word."""
        return np.frombuffer(self._stem_of, np.int32)

    @property
    def latin(self) -> NDArray[np.bool_]:
        """Which words are written in Latin letters."""
        return np.frombuffer(self._latin, np.bool_)

    @property
    def numeric(self) -> NDArray[np.bool_]:
        """Which words begin with a digit."""
        return np.frombuffer(self._numeric, np.bool_)

    def spelled(self, numbers: Sequence[int]) -> list[str]:
        """The words that have these numbers."""
        every = list(self.words)
        return [every[number] for number in numbers]

    def common_stems(self, languages: Iterable[str]) -> Any:
        """Languages by stems: 1 for what is usual in the language, whatever it tells of."""
        languages = list(languages)
        made = np.zeros((len(languages), len(self.stems)), np.int64)
        for row, code in enumerate(languages):
            found = (self.stems.get(stem(word)) for word in COMMON.get(code, EVERY))
            made[row, [number for number in found if number is not None]] = 1
        return made

    def spoken(self) -> tuple[list[str], Any]:
        """Languages, and words by languages: 1 where the word is usual in the language."""
        cells = [
            (self.words[word], column)
            for column, code in enumerate(COMMON)
            for word in sorted(COMMON[code])
            if word in self.words
        ]
        rows, columns = zip(*cells, strict=True) if cells else ((), ())
        shape = (len(self), len(COMMON))
        return list(COMMON), sparse.csr_matrix((np.ones(len(cells)), (rows, columns)), shape)

    def gram_matrix(self, used: NDArray[np.int64]) -> Any:
        """These words by what they are spelled with, each row of length 1."""
        numbers: dict[str, int] = {}
        indices, data, ends = array("i"), array("f"), array("i", [0])
        for word in self.spelled(used.tolist()):
            parts = grams(word)
            indices.extend(numbers.setdefault(part, len(numbers)) for part in parts)
            data.extend([len(parts) ** -0.5] * len(parts))
            ends.append(len(indices))
        arrays = (np.array(data, np.float32), np.array(indices), np.array(ends))
        return sparse.csr_matrix(arrays, (len(used), len(numbers)))
