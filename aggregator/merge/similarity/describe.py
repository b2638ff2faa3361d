"""Articles as their terms and the worth of these, many at a time: what a corpus keeps of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from math import log

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.similarity.columns import Floats, Ints
from aggregator.merge.similarity.rarity import Rarity, worths
from aggregator.merge.similarity.statistics import EXCERPT_WORDS, NO_PUBLISHER, language_of
from aggregator.merge.similarity.vocabulary import TermNumbers
from aggregator.merge.similarity.words import Word, words
from aggregator.model import Article

_EXCERPT_WEIGHT = 0.75
"""In the vector of a whole text, of a term that only the excerpt has. Does not matter from 0.5 to
1."""
_SIGNIFICANT = 2.0
"""Nats. Terms of less worth ("of", "the") are left out before adjacent pairs are formed, so that
the words on both sides of them are neighbours: one article in seven has a term of 2 nats. Does not
matter from 1 to 3."""


def text_words(article: Article, rarity: Rarity) -> tuple[Sequence[Word], Sequence[Word]]:
    """The words of the title and of the excerpt that are compared: without what the publisher
    repeats."""
    simplified = rarity.lexicon.simplified
    publisher = rarity.statistics.publishers.get(article.publisher.name, NO_PUBLISHER)
    title, excerpt = publisher.repeats.cut(
        words(article.title, simplified), words(article.excerpt, simplified)
    )
    return title, excerpt[:EXCERPT_WORDS]


@dataclass(frozen=True, slots=True)
class Descriptions:
    """Articles as they are compared, as arrays.

    Terms by article (`sizes`), ascending by `numbers` within each: whether they are `in_title`,
    their `worth` (nats), their part of the text's unit `vector`, and in how many titles of the
    publisher they are (`title_counts`). Significant words by article (`sequence_sizes`), first
    those of the title (`title_sequence_sizes`), each as the position of its term (`sequence`).
    Words of titles, and for each word the number of its term (`titles`, `title_terms`).
    `title_norms` are the lengths of the vectors of worths of the titles.
    """

    sizes: Ints
    numbers: Ints
    in_title: NDArray[np.bool_]
    worth: Floats
    vector: Floats
    title_counts: Ints
    title_norms: Floats
    sequence_sizes: Ints
    title_sequence_sizes: Ints
    sequence: Ints
    titles: tuple[Sequence[Word], ...]
    title_terms: Ints


def describe(articles: Sequence[Article], rarity: Rarity, vocabulary: TermNumbers) -> Descriptions:
    """The descriptions of articles by the statistics of the epoch, which `rarity` holds."""
    texts = _Texts(articles, rarity)
    numbers = vocabulary.add([language_of(a) for a in articles], texts.sizes.tolist(), texts.terms)
    row = np.repeat(np.arange(len(articles)), texts.sizes)
    position = np.arange(len(numbers)) - starts_of(texts.sizes)[row]
    in_title = position < texts.title_sizes[row]
    worth = worths(
        vocabulary.chance[numbers],
        vocabulary.discount[numbers],
        texts.title_counts,
        texts.publisher_articles[row],
    )
    order = np.argsort(row << 32 | numbers)  # ascending within each article
    place = np.empty(len(order), np.int64)
    place[order] = position
    words = _words(texts, worth)
    is_title_word = words.in_title & words.is_significant
    return Descriptions(
        texts.sizes,
        numbers[order],
        in_title[order],
        worth.astype(np.float32)[order],
        _unit_vectors(texts, worth, in_title)[order],
        texts.title_counts[order],
        lengths(np.where(in_title, worth, 0).astype(np.float32), texts.sizes),
        np.bincount(words.row[words.is_significant], minlength=len(articles)),
        np.bincount(words.row[is_title_word], minlength=len(articles)),
        place[words.term[words.is_significant]],
        tuple(texts.titles),
        numbers[words.term[words.in_title]],
    )


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of all articles in their order: the article, the index of the term, whether the
    word is in the title, and whether it is worth more than `_SIGNIFICANT`."""

    row: Ints
    term: Ints
    in_title: NDArray[np.bool_]
    is_significant: NDArray[np.bool_]


def _words(texts: _Texts, worth: NDArray[np.float64]) -> _Words:
    row = np.repeat(np.arange(len(texts.sizes)), texts.word_counts)
    term = starts_of(texts.sizes)[row] + texts.words
    end_of_title = starts_of(texts.word_counts) + texts.title_word_counts
    in_title = np.arange(len(term)) < end_of_title[row]
    return _Words(row, term, in_title, worth[term] > _SIGNIFICANT)


def _unit_vectors(texts: _Texts, worth: NDArray[np.float64], in_title: NDArray[np.bool_]) -> Floats:
    """The vector of each text: the terms by their worth and frequency."""
    most = int(texts.frequencies.max(initial=1))
    logarithm = np.array([0.0, *(log(number) for number in range(1, most + 1))])
    weight = worth * (1 + logarithm[texts.frequencies]) * np.where(in_title, 1.0, _EXCERPT_WEIGHT)
    vector = weight.astype(np.float32)
    return np.asarray(vector / np.repeat(lengths(vector, texts.sizes), texts.sizes))


class _Texts:
    """Different terms by article (`sizes`), those of the title (`title_sizes`) first, each with its
    frequency in the text and the number of the publisher's titles that have it; and all words by
    article (`word_counts`, of which `title_word_counts` are the title's), each as the position of
    its term."""

    def __init__(self, articles: Sequence[Article], rarity: Rarity) -> None:
        self.terms: list[str] = []
        self.titles: list[Sequence[Word]] = []
        publishers = rarity.statistics.publishers
        of_articles = [publishers.get(a.publisher.name, NO_PUBLISHER) for a in articles]
        frequencies: list[int] = []
        title_counts: list[int] = []
        places: list[int] = []
        sizes: list[tuple[int, int, int, int]] = []
        for article, publisher in zip(articles, of_articles, strict=True):
            title, excerpt = text_words(article, rarity)
            title_terms = [word.term for word in title]
            excerpt_terms = [word.term for word in excerpt]
            counts = Counter(title_terms)
            title_size = len(counts)
            counts.update(excerpt_terms)
            place = dict(zip(counts, range(len(counts)), strict=True))
            self.terms += counts
            self.titles.append(title)
            frequencies += counts.values()
            title_counts += map(publisher.titles.get, counts, repeat(0))
            places += map(place.__getitem__, title_terms)
            places += map(place.__getitem__, excerpt_terms)
            sizes.append((len(counts), title_size, len(title) + len(excerpt), len(title)))
        self.frequencies = np.array(frequencies, np.int64)
        self.title_counts = np.array(title_counts, np.int64)
        self.words = np.array(places, np.int64)
        columns = np.array(sizes, np.int64).reshape(-1, 4).T
        self.sizes, self.title_sizes, self.word_counts, self.title_word_counts = columns
        self.publisher_articles = np.array([p.articles for p in of_articles], np.int64)


def starts_of(sizes: Ints) -> Ints:
    """Where each of several ranges of these sizes starts, one after the other."""
    return np.asarray(np.cumsum(sizes) - sizes)


def lengths(values: Floats, sizes: Ints) -> Floats:
    """The Euclidean length of each of several vectors one after the other; 1 where it is 0."""
    result = np.ones(len(sizes), np.float32)
    end = 0
    for at, size in enumerate(sizes.tolist()):
        start, end = end, end + size
        vector = values[start:end]
        result[at] = vector @ vector
    result[result <= 0] = 1
    return np.sqrt(result)
