"""The articles that are compared, as columns of numbers: one row per article, that grows.

A row never changes: it depends on the article and on the statistics of the epoch. An article whose
text changes gets a new row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from aggregator.merge.similarity.columns import Column, Ends, Floats, Ints
from aggregator.merge.similarity.describe import Description, Key, describe, key_of, pairs
from aggregator.merge.similarity.rarity import Rarity
from aggregator.model import Article

_TERM_BITS = 32


@dataclass(frozen=True, slots=True)
class Entries:
    """Sparse rows: which columns each row has, and with which values. `keys` are row and column
    in one ascending number, to find an entry by."""

    ends: Ends
    columns: Ints
    keys: Ints

    def find(self, rows: Ints, columns: Ints) -> Ints:
        """The entry of each row that has the column; -1 where it has not."""
        if not len(self.keys):
            return np.full(len(rows), -1)
        wanted = (rows << _TERM_BITS) | columns
        at = np.searchsorted(self.keys, wanted)
        at[at == len(self.keys)] = 0
        return np.where(self.keys[at] == wanted, at, -1)


class Corpus:
    """Described articles, by row. `terms` are the entries of whole texts: of each, `worth` is its
    worth in nats, `vector` its part of the text's vector of length 1, `title` that of the title's
    (0 where only the excerpt has it), `habit` the share of the publisher's titles that have it.
    `grams` are the entries of the titles' spelling, with `gram_vector`."""

    def __init__(self, rarity: Rarity) -> None:
        self.rarity = rarity
        self._rows: dict[Key, int] = {}
        self._terms: dict[tuple[str, str], int] = {}
        self._grams: dict[tuple[str, str], int] = {}
        self._codes: dict[str, int] = {}
        self._pairs: dict[tuple[str, tuple[str, str]], int] = {}
        self._ends, self._gram_ends = Ends(), Ends()
        self._pair_ends, self.sequence_ends = Ends(), Ends()
        self._columns = {
            name: Column(dtype)
            for dtype, names in {
                np.int64: (
                    "term",
                    "key",
                    "gram",
                    "gram_key",
                    "pair",
                    "pair_key",
                    "sequence",
                    "joint",
                ),
                np.float32: ("worth", "vector", "title", "habit", "gram_vector", "rarest", "size"),
                np.int32: ("language", "publisher"),
                np.bool_: ("has_excerpt",),
            }.items()
            for name in names
        }
        self._of_term = {
            name: Column(np.float32) for name in ("general", "documents", "name", "number")
        }

    def __len__(self) -> int:
        return len(self._ends)

    @property
    def vocabulary_size(self) -> int:
        """How many terms there are, over all languages."""
        return len(self._terms)

    def column(self, name: str) -> Floats:
        """A column by its name: of entries ``worth, vector, title, habit, gram_vector``; of rows
        ``rarest`` (worth of the rarest term), ``size`` (log of 1 + the publisher's articles),
        ``language, publisher`` (numbers; a publisher below 0 is not known), ``has_excerpt``."""
        values: Floats = self._columns[name].values
        return values

    @property
    def sequence(self) -> Ints:
        """The telling terms of each row's title in their order (``sequence_ends``)."""
        values: Ints = self._columns["sequence"].values
        return values

    @property
    def joint(self) -> Ints:
        """Of each entry of the sequence the pair that it makes with the one before; -1: none."""
        values: Ints = self._columns["joint"].values
        return values

    def of_term(self, name: str) -> Floats:
        """By the number of a term: its ``general`` worth, ``documents``, ``name``, ``number``."""
        values: Floats = self._of_term[name].values
        return values

    @property
    def terms(self) -> Entries:
        """Which terms each row has."""
        columns = self._columns
        return Entries(self._ends, columns["term"].values, columns["key"].values)

    @property
    def grams(self) -> Entries:
        """Which runs of characters the title of each row has."""
        columns = self._columns
        return Entries(self._gram_ends, columns["gram"].values, columns["gram_key"].values)

    @property
    def neighbours(self) -> Entries:
        """Which pairs of telling terms stand beside each other in each row."""
        columns = self._columns
        return Entries(self._pair_ends, columns["pair"].values, columns["pair_key"].values)

    def spelled(self, numbers: Iterable[int]) -> list[str]:
        """The terms that have these numbers."""
        every = list(self._terms)
        return [every[number][1] for number in numbers]

    # ------------------------------------------------------------ adding

    def add(self, articles: Iterable[Article]) -> Ints:
        """The row of each of these articles; what is not described yet gets a new one."""
        result: list[int] = []
        new: list[Description] = []
        for article in articles:
            key = key_of(article)
            row = self._rows.get(key)
            if row is None:
                row = self._rows[key] = len(self) + len(new)
                new.append(describe(article, self.rarity))
            result.append(row)
        if new:
            self._append(new)
        return np.array(result, np.int64)

    def _append(self, new: Sequence[Description]) -> None:
        first = len(self)
        term_sizes = [len(d.terms) for d in new]
        gram_sizes = [len(d.grams) for d in new]
        terms = np.array([self._number(d.language, term) for d in new for term in d.terms])
        grams = np.array([
            self._grams.setdefault((d.language, gram), len(self._grams))
            for d in new for gram in d.grams
        ])  # fmt: skip
        self._put_sparse("term", "key", first, term_sizes, terms.astype(np.int64), {
            name: np.concatenate([getattr(d, name) for d in new])
            for name in ("worth", "vector", "title", "habit")
        })  # fmt: skip
        self._put_sparse("gram", "gram_key", first, gram_sizes, grams.astype(np.int64), {
            "gram_vector": np.concatenate([d.gram_vector for d in new])
        })  # fmt: skip
        self._append_neighbours(new, first)
        self._ends.append(term_sizes)
        self._gram_ends.append(gram_sizes)
        numbered = self._codes.setdefault
        rows = {
            "rarest": [max(d.worth, default=0.0) for d in new],
            "size": [d.publisher_size for d in new],
            "language": [numbered(f"language {d.language}", len(self._codes)) for d in new],
            "publisher": [
                numbered(f"publisher {d.publisher}", len(self._codes)) if d.publisher else -1
                for d in new
            ],
            "has_excerpt": [d.has_excerpt for d in new],
        }
        for name, values in rows.items():
            self._columns[name].extend(values)

    def _append_neighbours(self, new: Sequence[Description], first: int) -> None:
        """The pairs of terms beside each other, and the sequence of the title: of each term in it
        its number, and the number of the pair that it makes with the one before (-1: the first)."""

        def number(language: str, pair: tuple[str, str]) -> int:
            return self._pairs.setdefault((language, pair), len(self._pairs))

        numbers = np.array([number(d.language, p) for d in new for p in d.neighbours], np.int64)
        sizes = [len(d.neighbours) for d in new]
        self._put_sparse("pair", "pair_key", first, sizes, numbers, {})
        self._pair_ends.append(sizes)
        self._columns["sequence"].extend(
            [self._terms[d.language, term] for d in new for term in d.sequence]
        )
        self._columns["joint"].extend([
            joint for d in new if d.sequence
            for joint in (-1, *(number(d.language, pair) for pair in pairs(d.sequence)))
        ])  # fmt: skip
        self.sequence_ends.append([len(d.sequence) for d in new])

    def _put_sparse(
        self,
        column: str,
        key: str,
        first: int,
        sizes: Sequence[int],
        numbers: Ints,
        values: dict[str, Floats],
    ) -> None:
        """Add rows of entries, their columns in ascending order within each row."""
        keys = (np.repeat(np.arange(first, first + len(sizes)), sizes) << _TERM_BITS) | numbers
        order = np.argsort(keys)
        self._columns[column].extend(numbers[order])
        self._columns[key].extend(keys[order])
        for name, added in values.items():
            self._columns[name].extend(added[order])

    def _number(self, language: str, term: str) -> int:
        key = (language, term)
        number = self._terms.get(key)
        if number is None:
            number = self._terms[key] = len(self._terms)
            facts = self.rarity.term(language, term)
            for name, column in self._of_term.items():
                column.extend([getattr(facts, name)])
        return number
