"""One wire text in many papers: which articles of a story are copies of another one."""

from __future__ import annotations

from collections.abc import Iterable

from aggregator.merge.similarity.repeats import terms
from aggregator.merge.similarity.words import words
from aggregator.model import Article

_EXCERPT = 0.8  # of all words of both excerpts, so many are in both
_FEW = 4  # a title of fewer words is no evidence alone
_ORIGINALS = 20  # texts under one title: more are not told apart
_ENOUGH = 8  # an excerpt of fewer words is none at all


def copies_of(articles: Iterable[Article]) -> dict[str, str]:
    """Key of the original by key of each copy: the same words from another publisher, later.

    The original is the earliest (by publication, then by key). A closing publisher's name in a
    title does not count, nor do order and case, and an excerpt only where both have one.
    """
    originals: dict[frozenset[str], list[Article]] = {}
    found: dict[str, str] = {}
    for article in sorted(articles, key=lambda one: (one.published, one.key)):
        title = frozenset(_terms(_without_publisher(article)))
        alike = originals.setdefault(title, [])
        original = next((one for one in alike if _is_copy(article, one, len(title))), None)
        if original is not None:
            found[article.key] = original.key
        elif len(alike) < _ORIGINALS:
            alike.append(article)
    return found


def _without_publisher(article: Article) -> str:
    """``Headline - The Paper`` and ``Headline | The Paper`` without the paper."""
    for sign in (" - ", " | ", " \u2013 ", " \u2014 "):
        head, found, tail = article.title.rpartition(sign)
        if found and len(_terms(head)) >= _FEW and len(_terms(tail)) <= _FEW:
            return head
    return article.title


def _is_copy(article: Article, original: Article, words: int) -> bool:
    if article.publisher.name == original.publisher.name:
        return False
    excerpt, its_excerpt = _terms(article.excerpt), _terms(original.excerpt)
    shorter = min(len(excerpt), len(its_excerpt))
    if shorter < _ENOUGH:
        return words >= _FEW
    one, other = frozenset(excerpt[:shorter]), frozenset(its_excerpt[:shorter])
    return len(one & other) >= _EXCERPT * len(one | other)


def _terms(text: str) -> tuple[str, ...]:
    return terms(words(text))
