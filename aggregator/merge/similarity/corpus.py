"""The articles that are compared, as columns of numbers: one row per article.

A row never changes: it depends on the article and on the statistics of the epoch. An article whose
text changes gets a new row. What is kept of a row is compact; ``expanded`` gives rows as they are
compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.similarity.columns import Column, Floats, Ints, RowBounds
from aggregator.merge.similarity.describe import Descriptions, describe, text_words
from aggregator.merge.similarity.numbering import Numbering
from aggregator.merge.similarity.rarity import Rarity
from aggregator.merge.similarity.spelling import Spelling
from aggregator.merge.similarity.statistics import NO_PUBLISHER, language_of
from aggregator.merge.similarity.vocabulary import TermNumbers
from aggregator.model import Article

_BATCH = 2_000  # articles that are described at a time, which bounds the memory that it takes
_USUAL_TITLES = 2  # titles of a publisher with a term that are no habit


class Corpus:
    """Described articles by row. Each article has the row of its key and text."""

    def __init__(self, rarity: Rarity) -> None:
        self.rarity = rarity
        self.vocabulary = TermNumbers(rarity)
        self.spelling = Spelling()
        self.bounds = RowBounds()
        self.sequence_bounds = RowBounds()
        self._codes = Column(np.int32)  # of each term: twice its number, and 1 if in the title
        self._worth, self._vector = Column(np.float32), Column(np.float32)
        self._title_norms = Column(np.float32)
        self._sequence = Column(np.uint16)
        self._title_sequence_sizes = Column(np.uint16)
        self._languages, self._publishers = Column(np.int32), Column(np.int32)
        self._have_excerpt = Column(np.bool_)
        self._texts = Column(np.int64)  # hashes
        self._earlier_rows = Column(np.int32)  # of the same article with another text; -1: none
        self._keys: list[str] = []
        self._last_row: dict[str, int] = {}  # by the key of the article
        self._language_numbers: dict[str, int] = {}
        self._publisher_numbers: dict[str, int] = {}
        self._publisher_articles = Column(np.int64)  # by the number of the publisher
        self._publisher_sizes = Column(np.float32)
        self._habits = Numbering()  # of terms in the titles of publishers
        self._habit_shares = Column(np.float32)

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def codes(self) -> NDArray[np.int32]:
        """For each entry of a row twice the number of its term, plus 1 where the title has it.
        Within a row they ascend."""
        return self._codes.values

    @property
    def worth(self) -> Floats:
        """The worth of each entry's term in nats."""
        return self._worth.values

    @property
    def vector(self) -> Floats:
        """Each entry's part of the vector of its text, which has the length 1."""
        return self._vector.values

    @property
    def title_norms(self) -> Floats:
        """The length of the vector of the worths of each row's title."""
        return self._title_norms.values

    @property
    def languages(self) -> NDArray[np.int32]:
        """The number of each row's language."""
        return self._languages.values

    @property
    def publishers(self) -> NDArray[np.int32]:
        """The number of each row's publisher; -1 where it has none."""
        return self._publishers.values

    @property
    def have_excerpt(self) -> NDArray[np.bool_]:
        """Whether each row has an excerpt."""
        return self._have_excerpt.values

    def publisher_sizes(self, rows: Ints) -> Floats:
        """For each of these rows ln(1 + the articles that its publisher has in the epoch's
        statistics)."""
        publisher = self.publishers[rows]
        sizes = np.append(self._publisher_sizes.values, np.float32(0))
        return np.asarray(sizes[publisher])

    def title_shares(self, publishers: Ints, terms: Ints) -> Floats:
        """For each pair of a publisher and a term the share of the publisher's titles that have the
        term, as far as it is a habit."""
        habit = self._habits.find(publishers << 32 | terms)
        result = np.zeros(len(habit), np.float32)
        result[habit >= 0] = self._habit_shares.values[habit[habit >= 0]]
        return result

    def sequences(self, rows: Ints) -> tuple[Ints, Ints, NDArray[np.bool_]]:
        """The significant words of these rows in their order: the position of the row, that of the
        word's term among the entries of the row, and whether the word is one of the title."""
        entries, row = self.sequence_bounds.entries(rows)
        in_title = (
            entries - self.sequence_bounds.starts(rows)[row]
            < self._title_sequence_sizes.values[rows][row]
        )
        return row, self._sequence.values[entries].astype(np.int64), in_title

    def term_texts(self, article: Article, numbers: Iterable[int]) -> list[str]:
        """The terms of an article that have these numbers."""
        terms = [word.term for part in text_words(article, self.rarity) for word in part]
        term_numbers = self.vocabulary.find(language_of(article), terms).tolist()
        text_of = dict(zip(term_numbers, terms, strict=True))
        return [text_of[number] for number in numbers]

    def key(self, row: int) -> str:
        """The key of the article of a row."""
        return self._keys[row]

    def rows_of(self, key: str) -> Iterable[int]:
        """The rows of an article, the latest text first."""
        row = self._last_row.get(key, -1)
        while row >= 0:
            yield row
            row = int(self._earlier_rows.values[row])

    def row_of(self, article: Article) -> int | None:
        """The row of an article with this text; None if it has none."""
        text = _text_hash(article)
        return next((row for row in self.rows_of(article.key) if self._is(row, text)), None)

    def add(self, articles: Iterable[Article]) -> Ints:
        """The row of each of these articles. An article that has no row yet gets one."""
        rows: list[int] = []
        new: list[Article] = []
        for article in articles:
            row = self.row_of(article)
            if row is None:
                row = self._new_row(article)
                new.append(article)
            rows.append(row)
            if len(new) == _BATCH:
                self._append(new)
                new.clear()
        if new:
            self._append(new)
        return np.array(rows, np.int64)

    def keep(self, rows: Ints) -> None:
        """Keep these rows alone, which get the numbers from 0 on in this order."""
        entries = self.bounds.entries(rows)[0]
        removed = np.ones(len(self.codes), np.bool_)
        removed[entries] = False
        self.vocabulary.uncount(self.codes[removed] >> 1)
        for column in (self._codes, self._worth, self._vector):
            column.keep(entries)
        self._sequence.keep(self.sequence_bounds.entries(rows)[0])
        self.bounds.keep(rows)
        self.sequence_bounds.keep(rows)
        self.spelling.keep(rows)
        for by_row in (
            self._title_norms, self._title_sequence_sizes, self._languages, self._publishers,
            self._have_excerpt, self._texts,
        ):  # fmt: skip
            by_row.keep(rows)
        self._keys = [self._keys[row] for row in rows.tolist()]
        self._earlier_rows = Column(np.int32)
        self._last_row = {}
        self._earlier_rows.extend([self._linked(key, at) for at, key in enumerate(self._keys)])

    def _is(self, row: int, text: int) -> bool:
        return bool(self._texts.values[row] == text)

    def _new_row(self, article: Article) -> int:
        row = len(self._keys)
        self._keys.append(article.key)
        self._earlier_rows.extend([self._linked(article.key, row)])
        self._texts.extend([_text_hash(article)])
        return row

    def _linked(self, key: str, row: int) -> int:
        """The earlier row of the key, whose last row is `row` from now on."""
        earlier = self._last_row.get(key, -1)
        self._last_row[key] = row
        return earlier

    def _append(self, articles: Sequence[Article]) -> None:
        texts = describe(articles, self.rarity, self.vocabulary)
        self.vocabulary.count(texts.numbers)
        self._codes.extend(texts.numbers << 1 | texts.in_title)
        self._worth.extend(texts.worth)
        self._vector.extend(texts.vector)
        self._title_norms.extend(texts.title_norms)
        self.bounds.append(texts.sizes)
        self._sequence.extend(texts.sequence)
        self._title_sequence_sizes.extend(texts.title_sequence_sizes)
        self.sequence_bounds.append(texts.sequence_sizes)
        languages = [language_of(article) for article in articles]
        information = self.vocabulary.information[texts.title_terms].tolist()
        self.spelling.append(texts.titles, languages, information)
        publishers = np.array([self._publisher(a.publisher.name) for a in articles], np.int64)
        self._publishers.extend(publishers)
        self._have_excerpt.extend([bool(article.excerpt) for article in articles])
        numbers = self._language_numbers
        self._languages.extend([numbers.setdefault(name, len(numbers)) for name in languages])
        self._add_habits(texts, publishers)

    def _publisher(self, name: str) -> int:
        if not name:
            return -1
        number = self._publisher_numbers.setdefault(name, len(self._publisher_numbers))
        if number == len(self._publisher_sizes):
            statistics = self.rarity.statistics.publishers.get(name, NO_PUBLISHER)
            self._publisher_articles.extend([statistics.articles])
            self._publisher_sizes.extend([log(1 + statistics.articles)])
        return number

    def _add_habits(self, texts: Descriptions, publishers: Ints) -> None:
        entries = np.flatnonzero(texts.in_title & (texts.title_counts > _USUAL_TITLES))
        publisher = publishers[np.repeat(np.arange(len(publishers)), texts.sizes)[entries]]
        habits = self._habits.add(publisher << 32 | texts.numbers[entries])
        new, first = np.unique(habits, return_index=True)
        first = first[new >= len(self._habit_shares)]
        articles = self._publisher_articles.values[publisher[first]] - _USUAL_TITLES
        titles = texts.title_counts[entries][first] - _USUAL_TITLES
        self._habit_shares.extend(titles / np.maximum(1, articles))


def _text_hash(article: Article) -> int:
    """What changes with the description of an article: a hash, different in each process."""
    return hash((article.title, article.excerpt, article.publisher.name, language_of(article)))
