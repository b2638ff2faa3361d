"""One article as its terms and what each is worth: all that comparing it needs."""

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

_EXCERPT = 0.75  # what a term that only the excerpt has counts in the likeness of whole texts
_GRAM = 4
_TELLING = 2.0  # nats: a term worth less stands between others as if it were not there

Pair = tuple[str, str]

Key = tuple[str, str, str, str, str]
"""The article, and what its description depends on beside the epoch: title, excerpt, publisher,
language."""


def key_of(article: Article) -> Key:
    """The article and its text: another text of it is another row."""
    return (
        article.key,
        article.title,
        article.excerpt,
        article.publisher.name,
        language_of(article),
    )


@dataclass(frozen=True, slots=True)
class Description:
    """The terms of an article, and of each its worth (nats), its part of the vectors of the whole
    text and of the title, and the share of the publisher's titles that have it; the runs of four
    characters of the title; the `sequence` of the title's telling terms, and which telling terms
    stand beside each other anywhere (`neighbours`, each pair in alphabetical order); the logarithm
    of 1 + the articles of the publisher."""

    language: str
    publisher: str
    terms: tuple[str, ...]
    worth: Floats
    vector: Floats
    title: Floats
    habit: Floats
    grams: tuple[str, ...]
    gram_vector: Floats
    sequence: tuple[str, ...]
    neighbours: tuple[Pair, ...]
    publisher_size: float
    has_excerpt: bool


def describe(article: Article, rarity: Rarity) -> Description:
    """Describe one article by the statistics of the epoch."""
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
    sequence = _telling(title, worth_of)
    neighbours = {*pairs(sequence), *pairs(_telling(excerpt[:EXCERPT_WORDS], worth_of))}
    return Description(
        language,
        name,
        terms,
        np.array(worth, np.float32),
        _unit(
            value * (1 + log(in_text[term])) * (1.0 if term in in_title else _EXCERPT)
            for term, value in zip(terms, worth, strict=True)
        ),
        _unit(value if term in in_title else 0.0 for term, value in zip(terms, worth, strict=True)),
        np.array(
            [(publisher.titles.get(t, 2) - 2) / max(1, publisher.articles - 2) for t in terms],
            np.float32,
        ),
        tuple(grams),
        _unit(grams.values()),
        sequence,
        tuple(neighbours),
        log(1 + publisher.articles),
        bool(article.excerpt),
    )


def _telling(sequence: Sequence[Word], worth_of: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(word.term for word in sequence if worth_of[word.term] > _TELLING)


def pairs(sequence: Sequence[str]) -> list[Pair]:
    """The pairs of terms that stand beside each other, each in alphabetical order."""
    return [(one, other) if one <= other else (other, one) for one, other in pairwise(sequence)]


def _spelling(title: Sequence[Word], language: str, rarity: Rarity) -> dict[str, float]:
    """The title as runs of characters, each with its share of the worth of its words."""
    weights: dict[str, float] = {}
    for word in title:
        parts = (word.term,) if word.unspaced else _grams(word.surface)
        weight = -log(rarity.term(language, word.term).chance) / len(parts) ** 0.5
        for part in parts:
            weights[part] = weights.get(part, 0.0) + weight
    return weights


@lru_cache(maxsize=100_000)
def _grams(surface: str) -> tuple[str, ...]:
    """Four characters at a time, with the edges of the word: for spellings and compounds."""
    edged = f"_{fold(surface)}_"
    return tuple(edged[at : at + _GRAM] for at in range(max(1, len(edged) - _GRAM + 1)))


def _unit(values: Iterable[float]) -> Floats:
    vector = np.fromiter(values, np.float32)
    norm = float(np.sqrt(vector @ vector))
    return vector / np.float32(norm) if norm > 0 else vector
