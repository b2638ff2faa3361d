"""The query language that topics, feeds on demand and the search share.

    quantum "error correction" OR qubits -crypto publisher:nature.com lang:en

All words must match. `OR` separates alternatives and binds more closely than that; `-` excludes;
quotes enclose a phrase; `publisher:` takes a name or domain, `lang:` a language. Words are matched
as PhraseIndex does it: whole, with their plural, in any case, but ``AI`` only in capitals.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from aggregator.classify.phrases import (
    PhraseIndex,
    merged_spans,
    needs_no_recheck,
    token_sequences,
)
from aggregator.model import Article, Publisher

_PART = re.compile(r'(-?)(?:(publisher|lang):)?(?:"([^"]*)"?|(\S+))')
_MAX_TERMS = 50  # people write fewer; each term costs a look-up in the full-text index
TextQuery = Sequence[Sequence[Sequence[str]]]
"""A query to a full-text index: groups of alternatives, each a sequence of words. A text matches if
it contains one alternative of each group."""


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """One alternative. `field` is ``publisher``, ``lang`` or empty for a phrase. Values of fields
    are in lower case. `without` excludes the articles that match."""

    field: str
    value: str
    without: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """Groups of alternatives: at least one of each group must match. A query without groups matches
    every article."""

    groups: tuple[tuple[QueryTerm, ...], ...] = ()

    @classmethod
    @lru_cache(maxsize=512)
    def parse(cls, text: str) -> Query:
        """The query that the text expresses. Any text is valid: what is not an operator is a word.
        Terms after the fiftieth are ignored."""
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

    def full_text_query(self) -> TextQuery:
        """The part of the query that a full-text index can answer: the title and excerpt of every
        article that matches the query match this. Groups with fields or exclusions are left out."""
        groups = (
            tuple(sequence for term in group for sequence in token_sequences(term.value))
            for group in self.groups
            if not any(term.field or term.without for term in group)
        )
        return tuple(group for group in groups if group)

    @property
    def is_plain(self) -> bool:
        """Whether `full_text_query` expresses the whole query, so that an article that the index
        finds needs no further check."""
        return all(_is_plain(term) for group in self.groups for term in group)

    def fields(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """The groups that contain only publishers and languages, as pairs of a field and a value:
        the `facets` of every article that matches the query contain one pair of each group."""
        groups = (
            tuple((term.field, term.value) for term in group)
            for group in self.groups
            if all(term.field and not term.without for term in group)
        )
        return tuple(groups)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the words and phrases of the query are in a text, as `matches` finds them: (start,
        end) in characters, in order and without overlaps."""
        terms = [term for group in self.groups for term in group]
        return merged_spans(
            span
            for term in terms
            if not (term.field or term.without)
            for span in _index(term.value).spans(text)
        )

    def allows(self, article: Article) -> bool:
        """Whether the article matches no excluded term; groups with other terms are ignored."""
        excluding = (group for group in self.groups if all(term.without for term in group))
        return all(any(_matches(term, article) for term in group) for group in excluding)

    def matches(self, article: Article) -> bool:
        """Whether the article matches the query, in its title and excerpt, publisher and
        language."""
        return all(any(_matches(term, article) for term in group) for group in self.groups)


@lru_cache(maxsize=4_096)
def facets(publisher: Publisher, lang: str) -> frozenset[tuple[str, str]]:
    """The terms with a field that match an article, as pairs of a field and a value: its
    publisher's name, domain and parent domains, and its language without region."""
    labels = publisher.domain.casefold().split(".")
    pairs = {("publisher", ".".join(labels[start:])) for start in range(len(labels))}
    pairs |= {("publisher", publisher.name.casefold()), ("lang", lang.casefold().split("-")[0])}
    return frozenset(pairs)


def _is_plain(term: QueryTerm) -> bool:
    return not (term.field or term.without) and needs_no_recheck(term.value)


def _matches(term: QueryTerm, article: Article) -> bool:
    if term.field:
        has_value = (term.field, term.value) in facets(article.publisher, article.lang)
    else:
        text = f"{article.title}\n{article.excerpt}"
        has_value = bool(_index(term.value).find(text))
    return has_value != term.without


@lru_cache(maxsize=512)
def _index(phrase: str) -> PhraseIndex:
    return PhraseIndex([(phrase, "")])
