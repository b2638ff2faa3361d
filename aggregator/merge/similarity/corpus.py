"""The articles that are compared, as columns of numbers: one row per article.

A row never changes: it depends on the article and on the statistics of the epoch. An article whose
text changes gets a new row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np

from aggregator.merge.similarity.columns import Column, Floats, Ints, RowBounds, SparseRows
from aggregator.merge.similarity.describe import (
    Description,
    Pair,
    TextKey,
    adjacent_pairs,
    describe,
    text_key,
)
from aggregator.merge.similarity.rarity import Rarity
from aggregator.model import Article

TermFact = Literal["general", "documents", "name", "number"]
"""A field of ``rarity.TermRarity``."""


class Corpus:
    """Described articles by row.

    `terms` are the entries of whole texts, with the columns `worth` (nats), `vector` (the term's
    part of the text's vector of length 1), `title` (the same for the title's vector; 0 where only
    the excerpt has the term) and `title_share` (the share of the publisher's titles that have it).
    `grams` are the entries of the spelling of titles, with `vector`; `neighbours` are the pairs of
    significant terms that are adjacent in a text.
    """

    def __init__(self, rarity: Rarity) -> None:
        self.rarity = rarity
        self.terms = SparseRows("worth", "vector", "title", "title_share")
        self.grams = SparseRows("vector")
        self.neighbours = SparseRows()
        self.sequence_bounds = RowBounds()
        self._row_of: dict[TextKey, int] = {}
        self._term_numbers: dict[tuple[str, str], int] = {}
        self._gram_numbers: dict[tuple[str, str], int] = {}
        self._pair_numbers: dict[tuple[str, Pair], int] = {}
        self._language_numbers: dict[str, int] = {}
        self._publisher_numbers: dict[str, int] = {}
        self._languages, self._publishers = Column(np.int64), Column(np.int64)
        self._rarest, self._publisher_sizes = Column(np.float32), Column(np.float32)
        self._have_excerpt = Column(np.float32)
        self._sequence, self._joints = Column(np.int64), Column(np.int64)
        self._term_facts: dict[TermFact, Column[np.float32]] = {
            "general": Column(np.float32),
            "documents": Column(np.float32),
            "name": Column(np.float32),
            "number": Column(np.float32),
        }

    def __len__(self) -> int:
        return len(self.terms)

    @property
    def vocabulary_size(self) -> int:
        """The number of different terms, over all languages."""
        return len(self._term_numbers)

    @property
    def languages(self) -> Ints:
        """The number of each row's language."""
        return self._languages.values

    @property
    def publishers(self) -> Ints:
        """The number of each row's publisher; -1 where it has none."""
        return self._publishers.values

    @property
    def publisher_sizes(self) -> Floats:
        """For each row ln(1 + the articles that its publisher has in the epoch's statistics)."""
        return self._publisher_sizes.values

    @property
    def rarest(self) -> Floats:
        """The worth of each row's rarest term, in nats."""
        return self._rarest.values

    @property
    def have_excerpt(self) -> Floats:
        """1 for each row with an excerpt, else 0."""
        return self._have_excerpt.values

    @property
    def sequence(self) -> Ints:
        """The significant terms of each row's title in their order (``sequence_bounds``)."""
        return self._sequence.values

    @property
    def joints(self) -> Ints:
        """For each entry of the sequence the number of the pair that it forms with the entry before
        it; -1 for the first of a row."""
        return self._joints.values

    def term_fact(self, name: TermFact) -> Floats:
        """A field of ``TermRarity``, by the number of the term."""
        return self._term_facts[name].values

    def term_texts(self, numbers: Iterable[int]) -> list[str]:
        """The terms with these numbers."""
        terms = list(self._term_numbers)
        return [terms[number][1] for number in numbers]

    def row_of(self, key: TextKey) -> int | None:
        """The row of an article with this text; None if it has none."""
        return self._row_of.get(key)

    def add(self, articles: Iterable[Article]) -> Ints:
        """The row of each of these articles. An article that has no row yet gets one."""
        rows: list[int] = []
        descriptions: list[Description] = []
        for article in articles:
            key = text_key(article)
            row = self._row_of.get(key)
            if row is None:
                row = self._row_of[key] = len(self) + len(descriptions)
                descriptions.append(describe(article, self.rarity))
            rows.append(row)
        if descriptions:
            self._append(descriptions)
        return np.array(rows, np.int64)

    def _append(self, descriptions: Sequence[Description]) -> None:
        self._append_terms(descriptions)
        self._append_grams(descriptions)
        self._append_neighbours(descriptions)
        self._append_sequences(descriptions)
        self._rarest.extend([max(d.worth, default=0.0) for d in descriptions])
        self._publisher_sizes.extend([d.publisher_size for d in descriptions])
        self._have_excerpt.extend([d.has_excerpt for d in descriptions])
        self._languages.extend(
            [
                self._language_numbers.setdefault(d.language, len(self._language_numbers))
                for d in descriptions
            ]
        )
        self._publishers.extend(
            [
                self._publisher_numbers.setdefault(d.publisher, len(self._publisher_numbers))
                if d.publisher
                else -1
                for d in descriptions
            ]
        )

    def _append_terms(self, descriptions: Sequence[Description]) -> None:
        numbers = [self._term_number(d.language, term) for d in descriptions for term in d.terms]
        self.terms.append(
            [len(d.terms) for d in descriptions],
            np.array(numbers, np.int64),
            {
                "worth": np.concatenate([d.worth for d in descriptions]),
                "vector": np.concatenate([d.vector for d in descriptions]),
                "title": np.concatenate([d.title for d in descriptions]),
                "title_share": np.concatenate([d.title_share for d in descriptions]),
            },
        )

    def _append_grams(self, descriptions: Sequence[Description]) -> None:
        numbers = [
            self._gram_numbers.setdefault((d.language, gram), len(self._gram_numbers))
            for d in descriptions
            for gram in d.grams
        ]
        self.grams.append(
            [len(d.grams) for d in descriptions],
            np.array(numbers, np.int64),
            {"vector": np.concatenate([d.gram_vector for d in descriptions])},
        )

    def _append_neighbours(self, descriptions: Sequence[Description]) -> None:
        numbers = [
            self._pair_number(d.language, pair) for d in descriptions for pair in d.neighbours
        ]
        sizes = [len(d.neighbours) for d in descriptions]
        self.neighbours.append(sizes, np.array(numbers, np.int64), {})

    def _append_sequences(self, descriptions: Sequence[Description]) -> None:
        for d in descriptions:
            self._sequence.extend([self._term_numbers[d.language, term] for term in d.sequence])
            joints = [self._pair_number(d.language, pair) for pair in adjacent_pairs(d.sequence)]
            self._joints.extend([-1, *joints] if d.sequence else [])
        self.sequence_bounds.append([len(d.sequence) for d in descriptions])

    def _pair_number(self, language: str, pair: Pair) -> int:
        return self._pair_numbers.setdefault((language, pair), len(self._pair_numbers))

    def _term_number(self, language: str, term: str) -> int:
        key = (language, term)
        number = self._term_numbers.get(key)
        if number is None:
            number = self._term_numbers[key] = len(self._term_numbers)
            facts = self.rarity.term(language, term)
            for name, column in self._term_facts.items():
                column.extend([getattr(facts, name)])
        return number
