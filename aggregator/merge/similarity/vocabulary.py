"""The terms of all languages by their numbers, and what the statistics say of each."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.similarity.columns import Column, Floats, Ints
from aggregator.merge.similarity.numbering import Numbering, hashes, salt
from aggregator.merge.similarity.rarity import Rarity

TermFact = Literal["general", "documents", "name", "number"]
"""A field of ``rarity.TermRarity``."""


class TermNumbers:
    """The number of each term of a language. A term that is new gets the next number, and what
    depends on the term alone is computed once. The terms themselves are not kept."""

    def __init__(self, rarity: Rarity) -> None:
        self._rarity = rarity
        self._numbers = Numbering()
        self._facts: dict[TermFact, Column[np.float32]] = {
            "general": Column(np.float32),
            "documents": Column(np.float32),
            "name": Column(np.float32),
            "number": Column(np.float32),
        }
        self._chance = Column(np.float64)
        self._information = Column(np.float64)
        self._discount = Column(np.float64)
        self._rows = Column(np.int32)

    def __len__(self) -> int:
        return len(self._numbers)

    @property
    def chance(self) -> NDArray[np.float64]:
        """The probability of each term in an unrelated article, by the number of the term."""
        return self._chance.values

    @property
    def information(self) -> NDArray[np.float64]:
        """The negative logarithm of the chance of each term, in nats."""
        return self._information.values

    @property
    def discount(self) -> NDArray[np.float64]:
        """The factor of the worth of each term."""
        return self._discount.values

    @property
    def rows(self) -> NDArray[np.int32]:
        """How many rows of the corpus have each term."""
        return self._rows.values

    def fact(self, name: TermFact) -> Floats:
        """A field of ``TermRarity``, by the number of the term."""
        return self._facts[name].values

    def add(self, languages: Sequence[str], sizes: Sequence[int], terms: list[str]) -> Ints:
        """The numbers of terms: the first sizes[0] terms are of languages[0], and so on."""
        start = len(self)
        numbers = self._numbers.add(self._keys(languages, sizes, terms))
        new = np.flatnonzero(numbers >= start)
        if len(new):
            first = new[np.unique(numbers[new], return_index=True)[1]]
            group = np.searchsorted(np.cumsum(np.asarray(sizes, np.int64)), first, side="right")
            self._describe([(languages[at], terms[n]) for at, n in zip(group, first, strict=True)])
        return numbers

    def find(self, language: str, terms: list[str]) -> Ints:
        """The numbers of these terms of a language; -1 for those that have none."""
        return self._numbers.find(self._keys([language], [len(terms)], terms))

    def count(self, numbers: Ints) -> None:
        """Count rows with these terms, each term once per row."""
        np.add.at(self._rows.values, numbers, 1)

    def uncount(self, numbers: Ints) -> None:
        """Take back what ``count`` counted."""
        np.subtract.at(self._rows.values, numbers, 1)

    def _keys(self, languages: Sequence[str], sizes: Sequence[int], terms: list[str]) -> Ints:
        salts = np.array([salt(language) for language in languages], np.int64)
        return hashes(terms) ^ np.repeat(salts, sizes)

    def _describe(self, terms: Sequence[tuple[str, str]]) -> None:
        rarities = [self._rarity.term(language, term) for language, term in terms]
        self._chance.extend([rarity.chance for rarity in rarities])
        self._information.extend([-log(rarity.chance) for rarity in rarities])
        self._discount.extend([rarity.discount for rarity in rarities])
        self._rows.extend(np.zeros(len(terms), np.int32))
        for name, column in self._facts.items():
            column.extend([getattr(rarity, name) for rarity in rarities])
