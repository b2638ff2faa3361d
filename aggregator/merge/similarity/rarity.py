"""How likely a term is in an unrelated article, and what sharing it is worth.

The chance of a term mixes what was counted in the articles of an epoch with what is known of the
language in general, as if that were `_PRIOR` articles: a store of fifty articles knows then which
words are common. The worth is the negative logarithm of the chance, in nats: the sum over shared
terms says how unlikely it is that two unrelated articles share them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log

from aggregator.merge.similarity.statistics import (
    NO_LANGUAGE,
    NO_PUBLISHER,
    LanguageStatistics,
    Statistics,
    name_rate,
)
from aggregator.merge.similarity.words import words

_PRIOR = 300.0  # articles; from 100 to 1,000 the figures are the same (docs/decisions/0004)
_USUAL_LENGTH = 20.0  # distinct terms of an article, before an epoch has counted them
_MOST = 0.5  # the chance of the most common words
_SATURATION = 12.0  # articles; beyond them a term of a big event loses weight slowly, ...
_BEYOND = 0.6  # ... with this power: its words become common just when they are needed
_PUBLISHER_PRIOR = 100.0  # titles after which a publisher's own habits count as much as all others'
_NUMBER = 0.7  # numbers are worth less: equal ones meet by chance ...
_DIGIT = 0.4  # ... above all single digits
_UNKNOWN = 1e-6  # chance of a word that no list of the language has

Frequencies = Callable[[str], Mapping[str, float]]
"""Of a language (ISO 639): its words, and the share of running text that each takes; empty for a
language that is not known."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What is known of languages in general: `frequencies` of words, and `simplified` characters
    by traditional ones (code points)."""

    frequencies: Frequencies
    simplified: Mapping[int, int]


def no_lexicon() -> Lexicon:
    """The loader of a lexicon that knows nothing: then all is learned from the articles."""
    return Lexicon(lambda _language: {}, {})


LexiconLoader = Callable[[], Lexicon]
"""Gives the lexicon; called only where texts are compared."""


@dataclass(frozen=True, slots=True)
class TermRarity:
    """What is known of one term of a language: its `chance` in an unrelated article, how `general`
    its worth is by the language alone (nats), the logarithm of 1 + the number of articles that have
    it, and how likely it is a name."""

    chance: float
    general: float
    documents: float
    name: float
    number: bool


class Rarity:
    """The terms of all languages under the statistics of one epoch."""

    def __init__(self, statistics: Statistics, lexicon: Lexicon) -> None:
        self.statistics = statistics
        self.lexicon = lexicon
        self._backgrounds: dict[str, Mapping[str, float]] = {}
        self._terms: dict[tuple[str, str], TermRarity] = {}

    def term(self, language: str, term: str) -> TermRarity:
        """What is known of a term."""
        key = (language, term)
        value = self._terms.get(key)
        if value is None:
            value = self._terms[key] = self._made(language, term)
        return value

    def worth(self, language: str, publisher: str, term: str) -> float:
        """The worth of a term in an article of a publisher, in nats: what its own titles have
        often is worth less."""
        facts = self.term(language, term)
        own = self.statistics.publishers.get(publisher, NO_PUBLISHER)
        habit = (own.titles.get(term, 0) + _PUBLISHER_PRIOR * facts.chance) / (
            own.articles + _PUBLISHER_PRIOR
        )
        worth = max(0.0, -log(max(facts.chance, habit)))
        if facts.number:
            worth *= _DIGIT if len(term) == 1 else _NUMBER
        return worth

    def _made(self, language: str, term: str) -> TermRarity:
        statistics = self.statistics.languages.get(language, NO_LANGUAGE)
        background = self._background(language, statistics).get(term, 0.0)
        documents = statistics.documents.get(term, 0.0)
        saturated = min(documents, _SATURATION) + max(0.0, documents - _SATURATION) ** _BEYOND
        number = term[0].isdigit()
        return TermRarity(
            chance=(saturated + _PRIOR * background + 0.5) / (statistics.articles + _PRIOR + 1),
            general=0.0 if number else -log(background + _UNKNOWN),
            documents=log(1 + documents),
            name=name_rate(statistics, term),
            number=number,
        )

    def _background(self, language: str, statistics: LanguageStatistics) -> Mapping[str, float]:
        """The chance of each term of the language in an article of usual length."""
        if language not in self._backgrounds:
            length = statistics.terms_per_article or _USUAL_LENGTH
            chances: dict[str, float] = {}
            for word, share in self.lexicon.frequencies(language).items():
                for part in words(word, self.lexicon.simplified):
                    chances[part.term] = chances.get(part.term, 0.0) + share
            # The distinct terms of a text are fewer than its words, about by this factor.
            self._backgrounds[language] = {
                term: min(_MOST, share * length * 1.2) for term, share in chances.items()
            }
        return self._backgrounds[language]
