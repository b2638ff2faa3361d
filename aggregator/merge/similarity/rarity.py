"""How likely a term is in an unrelated article, and what sharing it is worth.

The probability of a term combines the counts in the articles of an epoch with the word frequencies
of the language, which weigh as much as `_PRIOR` articles: so even a store of fifty articles knows
which words are common. The worth of a term is the negative logarithm of its probability, in nats:
the sum over the shared terms says how unlikely it is that two unrelated articles share them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.similarity.columns import Ints
from aggregator.merge.similarity.statistics import (
    NO_LANGUAGE,
    NO_PUBLISHER,
    LanguageStatistics,
    Statistics,
    name_rate,
)
from aggregator.merge.similarity.words import words

_PRIOR = 300.0  # articles; does not matter from 100 to 1,000
_USUAL_LENGTH = 20.0  # different terms per article, where an epoch has not counted them
_DISTINCT_FACTOR = 1.2  # words of a text per different term, roughly
_MAX_CHANCE = 0.5  # of the most common words of a language
# The articles with a term count in full up to `_SATURATION`, the others to the power of `_BEYOND`:
# else the words of a large event become common just when they are needed. The values do not matter
# from 6 to 24 articles, and from 0.4 to 0.8.
_SATURATION = 12.0
_BEYOND = 0.6
_PUBLISHER_PRIOR = 100.0
"""Articles of a publisher at which its own habits count by half. Does not matter from 30 to 300,
but for the precision of pairs, which falls from 0.90 to 0.86 at 300."""
# Factors of the worth of numbers and of single digits, which agree by chance. They do not matter
# from 0.5 to 1, and from 0.2 to 0.7.
_NUMBER = 0.7
_DIGIT = 0.4
_MIN_FREQUENCY = 1e-6  # chance of a word that the language's word list lacks

Frequencies = Callable[[str], Mapping[str, float]]
"""From a language (ISO 639) to its words, each with its share of running text (0 to 1); empty for
an unknown language."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """General knowledge of languages: the `frequencies` of words, and the `simplified` Chinese
    characters by the traditional ones (code points)."""

    frequencies: Frequencies
    simplified: Mapping[int, int]


def no_lexicon() -> Lexicon:
    """An empty lexicon: rarity is then learned from the articles alone."""
    return Lexicon(lambda _language: {}, {})


LexiconLoader = Callable[[], Lexicon]
"""Loads the lexicon; called only when texts are compared, since loading takes time."""


@dataclass(frozen=True, slots=True)
class TermRarity:
    """A term of a language: its probability in an unrelated article (`chance`), its worth in nats
    by the word frequencies of the language alone (`general`), ln(1 + the articles that have it)
    (`documents`), the probability that it is a name (`name`), whether it is a `number`, and the
    factor of its worth (`discount`)."""

    chance: float
    general: float
    documents: float
    name: float
    number: bool
    discount: float


def worths(
    chance: NDArray[np.float64], discount: NDArray[np.float64], titles: Ints, articles: Ints
) -> NDArray[np.float64]:
    """The worth of terms in nats (0 or more), each in an article of a publisher that has `articles`
    articles in the epoch, of which `titles` have the term in their title: terms that are frequent
    in the publisher's titles are worth less."""
    habit = (titles + _PUBLISHER_PRIOR * chance) / (articles + _PUBLISHER_PRIOR)
    return np.asarray(np.maximum(0.0, -np.log(np.maximum(chance, habit))) * discount)


class Rarity:
    """The rarity of the terms of all languages by the statistics of one epoch."""

    def __init__(self, statistics: Statistics, lexicon: Lexicon) -> None:
        self.statistics = statistics
        self.lexicon = lexicon
        self._backgrounds: dict[str, Mapping[str, float]] = {}

    def term(self, language: str, term: str) -> TermRarity:
        """The rarity of a term of a language (ISO 639)."""
        statistics = self.statistics.languages.get(language, NO_LANGUAGE)
        background = self._background(language, statistics).get(term, 0.0)
        documents = statistics.documents.get(term, 0.0)
        saturated = min(documents, _SATURATION) + max(0.0, documents - _SATURATION) ** _BEYOND
        number = term[0].isdigit()
        return TermRarity(
            chance=(saturated + _PRIOR * background + 0.5) / (statistics.articles + _PRIOR + 1),
            general=0.0 if number else -log(background + _MIN_FREQUENCY),
            documents=log(1 + documents),
            name=name_rate(statistics, term),
            number=number,
            discount=(_DIGIT if len(term) == 1 else _NUMBER) if number else 1.0,
        )

    def worth(self, language: str, publisher: str, term: str) -> float:
        """The worth of a term in an article of a publisher, in nats (``worths``)."""
        rarity = self.term(language, term)
        statistics = self.statistics.publishers.get(publisher, NO_PUBLISHER)
        counts = np.array([statistics.titles.get(term, 0)]), np.array([statistics.articles])
        return float(worths(np.array([rarity.chance]), np.array([rarity.discount]), *counts)[0])

    def _background(self, language: str, statistics: LanguageStatistics) -> Mapping[str, float]:
        """The chance of each term of the language in an article of mean length."""
        if language not in self._backgrounds:
            length = statistics.terms_per_article or _USUAL_LENGTH
            chances: dict[str, float] = {}
            for word, share in self.lexicon.frequencies(language).items():
                for part in words(word, self.lexicon.simplified):
                    chances[part.term] = chances.get(part.term, 0.0) + share
            self._backgrounds[language] = {
                term: min(_MAX_CHANCE, share * length * _DISTINCT_FACTOR)
                for term, share in chances.items()
            }
        return self._backgrounds[language]
