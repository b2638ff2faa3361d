"""One article as its terms and their worth: all that is needed to compare it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import log

import numpy as np

from aggregator.merge.similarity.columns import Floats
from aggregator.merge.similarity.rarity import Rarity
from aggregator.merge.similarity.statistics import EXCERPT_WORDS, NO_PUBLISHER, language_of
from aggregator.merge.similarity.words import Word, fold, words
from aggregator.model import Article

_EXCERPT_WEIGHT = 0.75
"""In the vector of a whole text, of a term that only the excerpt has. Does not matter from 0.5 to
1."""
_GRAM = 4  # characters
_SIGNIFICANT = 2.0
"""Nats. Terms of less worth ("of", "the") are left out before adjacent pairs are formed, so that
the words on both sides of them are neighbours: one article in seven has a term of 2 nats. Does not
matter from 1 to 3."""

Pair = tuple[str, str]
"""Two adjacent terms in alphabetical order."""

TextKey = tuple[str, str, str, str, str]
"""The key of an article, its title, excerpt, publisher and language: a description depends on
these and on the statistics of the epoch."""


def text_key(article: Article) -> TextKey:
    """What identifies the description of an article; it changes when its text does."""
    return (
        article.key,
        article.title,
        article.excerpt,
        article.publisher.name,
        language_of(article),
    )


@dataclass(frozen=True, slots=True)
class Description:
    """An article as it is compared.

    `worth` (nats), `vector` and `title` (its parts of the unit vectors of the whole text and of the
    title) and `title_share` (the share of the publisher's titles that have it) are parallel to
    `terms`; `gram_vector` is parallel to `grams`, the sequences of four characters in the title.
    `sequence` are the significant terms of the title in their order, `neighbours` the pairs of
    significant terms that are adjacent anywhere in the text, `publisher_size` is ln(1 + the
    articles of the publisher).
    """

    language: str
    publisher: str
    terms: tuple[str, ...]
    worth: Floats
    vector: Floats
    title: Floats
    title_share: Floats
    grams: tuple[str, ...]
    gram_vector: Floats
    sequence: tuple[str, ...]
    neighbours: tuple[Pair, ...]
    publisher_size: float
    has_excerpt: bool


def describe(article: Article, rarity: Rarity) -> Description:
    """The description of an article by the statistics of the epoch, which `rarity` holds."""
    simplified = rarity.lexicon.simplified
    name, language = article.publisher.name, language_of(article)
    publisher = rarity.statistics.publishers.get(name, NO_PUBLISHER)
    title, excerpt = publisher.repeats.cut(
        words(article.title, simplified), words(article.excerpt, simplified)
    )
    in_title = Counter(word.term for word in title)
    in_text = in_title + Counter(word.term for word in excerpt[:EXCERPT_WORDS])
    terms = tuple(in_text)
    worth = [rarity.worth(language, name, term) for term in terms]
    grams = _spelling(title, language, rarity)
    worth_of = dict(zip(terms, worth, strict=True))
    sequence = _significant(title, worth_of)
    excerpt_sequence = _significant(excerpt[:EXCERPT_WORDS], worth_of)
    neighbours = {*adjacent_pairs(sequence), *adjacent_pairs(excerpt_sequence)}
    return Description(
        language,
        name,
        terms,
        np.array(worth, np.float32),
        _unit_vector(
            value * (1 + log(in_text[term])) * (1.0 if term in in_title else _EXCERPT_WEIGHT)
            for term, value in zip(terms, worth, strict=True)
        ),
        _unit_vector(
            value if term in in_title else 0.0 for term, value in zip(terms, worth, strict=True)
        ),
        np.array(
            [(publisher.titles.get(t, 2) - 2) / max(1, publisher.articles - 2) for t in terms],
            np.float32,
        ),
        tuple(grams),
        _unit_vector(grams.values()),
        sequence,
        tuple(neighbours),
        log(1 + publisher.articles),
        bool(article.excerpt),
    )


def _significant(sequence: Sequence[Word], worth_of: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(word.term for word in sequence if worth_of[word.term] > _SIGNIFICANT)


def adjacent_pairs(sequence: Sequence[str]) -> list[Pair]:
    """The pairs of adjacent terms of a sequence, in its order."""
    return [(min(left, right), max(left, right)) for left, right in pairwise(sequence)]


def _spelling(title: Sequence[Word], language: str, rarity: Rarity) -> dict[str, float]:
    """The four-character sequences of a title, each with its share of the worth of its words."""
    weights: dict[str, float] = {}
    for word in title:
        parts = (word.term,) if word.unspaced else _grams(word.surface)
        weight = -log(rarity.term(language, word.term).chance) / len(parts) ** 0.5
        for part in parts:
            weights[part] = weights.get(part, 0.0) + weight
    return weights


@lru_cache(maxsize=100_000)
def _grams(surface: str) -> tuple[str, ...]:
    """The four-character sequences of a word, whose edges are marked: other spellings and compounds
    share some of them."""
    marked = f"_{fold(surface)}_"
    return tuple(marked[at : at + _GRAM] for at in range(max(1, len(marked) - _GRAM + 1)))


def _unit_vector(values: Iterable[float]) -> Floats:
    vector = np.fromiter(values, np.float32)
    norm = float(np.sqrt(vector @ vector))
    return vector / np.float32(norm) if norm > 0 else vector
