"""One wire text in many papers: which articles of a story are copies of another one."""

from __future__ import annotations

from collections.abc import Iterable

from aggregator.merge.words import tokens
from aggregator.model import Article

_TITLE = 0.9  # of all words of both titles, so many are in both
_EXCERPT = 0.8
_FEW = 4  # a title of fewer words is no evidence alone
_ENOUGH = 8  # an excerpt of fewer words is none at all


def copies_of(articles: Iterable[Article]) -> dict[str, str]:
    """Key of the original by key of each copy: the same words from another publisher, later.

    The original is the earliest (by publication, then by key). A closing publisher's name in a
    title does not count, and an excerpt only where both have one.
    """
    originals: list[tuple[Article, frozenset[str], tuple[str, ...]]] = []
    found: dict[str, str] = {}
    for article in sorted(articles, key=lambda one: (one.published, one.key)):
        title = frozenset(tokens(_without_publisher(article)))
        excerpt = tokens(article.excerpt)
        for original, its_title, its_excerpt in originals:
            if article.publisher.name == original.publisher.name:
                continue
            if _same(title, its_title, excerpt, its_excerpt):
                found[article.key] = original.key
                break
        else:
            originals.append((article, title, excerpt))
    return found


def _without_publisher(article: Article) -> str:
    """``Headline - The Paper`` and ``Headline | The Paper`` without the paper."""
    for sign in (" - ", " | ", " \u2013 ", " \u2014 "):
        head, found, tail = article.title.rpartition(sign)
        if found and len(tokens(head)) >= _FEW and len(tokens(tail)) <= _FEW:
            return head
    return article.title


def _same(
    title: frozenset[str],
    its_title: frozenset[str],
    excerpt: tuple[str, ...],
    its_excerpt: tuple[str, ...],
) -> bool:
    if _overlap(title, its_title) < _TITLE:
        return False
    shorter = min(len(excerpt), len(its_excerpt))
    if shorter < _ENOUGH:
        return len(title) >= _FEW
    return _overlap(frozenset(excerpt[:shorter]), frozenset(its_excerpt[:shorter])) >= _EXCERPT


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / (len(one | other) or 1)
