"""What someone asks for, in words: the form that topics and feeds on demand share.

    quantum "error correction" OR qubits -crypto publisher:nature.com lang:en

Words beside each other are all wanted; `OR` stands between alternatives and binds closest; `-` is
without; quotes make a phrase; `publisher:` is a name or domain, `lang:` a language. A word is
found whole, with its plural, as PhraseIndex finds it: in any case, but ``AI`` only in capitals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from aggregator.classify.phrases import PhraseIndex, needs_no_recheck, token_sequences
from aggregator.model import Article, Publisher

_PART = re.compile(r'(-?)(?:(publisher|lang):)?(?:"([^"]*)"?|(\S+))')
_MAX_TERMS = 50


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """One alternative: a phrase, a publisher or a language, required or excluded."""

    field: str
    value: str
    without: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """Groups of alternatives: one of each group must match."""

    groups: tuple[tuple[QueryTerm, ...], ...] = ()

    @classmethod
    @lru_cache(maxsize=512)
    def parse(cls, text: str) -> Query:
        """The query of a text; what makes no sense in it is taken as words. At most fifty terms."""
        groups: list[list[QueryTerm]] = []
        alternative = False
        for minus, field, quoted, word in _PART.findall(text)[:_MAX_TERMS]:
            if word == "OR" and not minus and not field:
                alternative = bool(groups)
                continue
            value = (quoted or word).strip()
            if not value.strip("-\"'"):
                continue
            term = QueryTerm(field, value.casefold() if field else value, minus == "-")
            if alternative:
                groups[-1].append(term)
            else:
                groups.append([term])
            alternative = False
        return cls(tuple(tuple(group) for group in groups))

    def full_text_query(self) -> tuple[tuple[tuple[str, ...], ...], ...]:
        """What a full-text index can be asked for: of each group one run of words is in the title
        and excerpt of every article that matches. A group that is not about words is left out."""
        groups = (
            tuple(run for term in group for run in token_sequences(term.value))
            for group in self.groups
            if not any(term.field or term.without for term in group)
        )
        return tuple(group for group in groups if group)

    @property
    def is_plain(self) -> bool:
        """Whether it has nothing but words in any case: what has what it needs then matches."""
        return all(_is_plain(term) for group in self.groups for term in group)

    def fields(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """The groups that are about publishers and languages alone, as pairs of a field and a
        value: each article that matches has one of each group, as `facets` tells."""
        groups = (
            tuple((term.field, term.value) for term in group)
            for group in self.groups
            if all(term.field and not term.without for term in group)
        )
        return tuple(groups)

    def allows(self, article: Article) -> bool:
        """Whether the article has nothing that is excluded."""
        excluding = (group for group in self.groups if all(term.without for term in group))
        return all(any(_holds(term, article) for term in group) for group in excluding)

    def matches(self, article: Article) -> bool:
        """Whether the article has one of each group."""
        return all(any(_holds(term, article) for term in group) for group in self.groups)


@lru_cache(maxsize=4_096)
def facets(publisher: Publisher, lang: str) -> frozenset[tuple[str, str]]:
    """By which pairs of a field and a value an article is found: its publisher's name, the domain
    and those above it, and its language."""
    labels = publisher.domain.casefold().split(".")
    found = {("publisher", ".".join(labels[start:])) for start in range(len(labels))}
    found |= {("publisher", publisher.name.casefold()), ("lang", lang.casefold().split("-")[0])}
    return frozenset(found)


def _is_plain(term: QueryTerm) -> bool:
    return not (term.field or term.without) and needs_no_recheck(term.value)


def _holds(term: QueryTerm, article: Article) -> bool:
    if term.field:
        found = (term.field, term.value) in facets(article.publisher, article.lang)
    else:
        text = f"{article.title}\n{article.excerpt}"
        found = bool(_index(term.value).find(text))
    return found != term.without


@lru_cache(maxsize=512)
def _index(phrase: str) -> PhraseIndex:
    return PhraseIndex([(phrase, "")])
