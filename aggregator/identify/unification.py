"""One article of all that was told of it: by two sources, or as a primary here, coverage there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from aggregator.model import NO_WORDS, Article, CleanText, Verdict

# Whose word counts most: a source's verdict on its own article, then an article of its own,
# then a mention. A withheld article stays withheld, whoever else mentions it.
_WORD = {
    Verdict.STORY: 0,
    Verdict.SUPERSEDED: 1,
    Verdict.UNPUBLISHED: 2,
    Verdict.NONE: 3,
    Verdict.RELATED_ONLY: 4,
}


def unify(articles: Iterable[Article]) -> dict[str, Article]:
    """Article by key, one for each article that is told of, whatever the order of the input.

    Two tellings are of one article when they share an address (`key` or one of `aliases`). The
    best teller's words are taken; what it does not know is filled in from the others, and the
    relations, topics and aliases of all are kept. Related keys lead to the unified keys.
    """
    groups = _by_address(articles)
    final_key: dict[str, CleanText] = {}
    for group in groups:
        for article in group:
            for address in (article.key, *article.aliases):
                final_key[address] = group[0].key
    return {group[0].key: _one(group, final_key) for group in groups}


def _by_address(articles: Iterable[Article]) -> list[list[Article]]:
    """The tellings in groups that share an address, the best teller of each group first."""
    parent: dict[str, str] = {}

    def root(address: str) -> str:
        while (above := parent.setdefault(address, address)) != address:
            parent[address] = address = parent[above]
        return address

    told = list(articles)
    for article in told:
        top = root(article.key)
        for alias in article.aliases:
            parent[root(alias)] = top
    groups: dict[str, list[Article]] = {}
    for article in told:
        groups.setdefault(root(article.key), []).append(article)
    for group in groups.values():
        group.sort(key=_teller_order)
    return list(groups.values())


def _teller_order(article: Article) -> tuple[int, int, str, str, str]:
    quality = article.quality if article.quality is not None else -1
    return (_WORD[article.verdict], -quality, article.source, article.ref, article.key)


def _one(group: list[Article], final_key: Mapping[str, CleanText]) -> Article:
    best = group[0]
    if len(group) == 1 and not best.related:
        return best
    related = {final_key.get(key, key) for article in group for key in article.related}
    addresses = {address for a in group for address in (a.key, *a.aliases)}
    return replace(
        best,
        excerpt=best.excerpt or _first(a.excerpt for a in group),
        author=best.author or _first(a.author for a in group),
        lang=best.lang or _first(a.lang for a in group),
        enclosure=best.enclosure or next((a.enclosure for a in group if a.enclosure), None),
        image=best.image or next((a.image for a in group if a.image), None),
        quality=next((a.quality for a in group if a.quality is not None), None),
        topics=tuple(dict.fromkeys(topic for a in group for topic in a.topics)),
        aliases=tuple(sorted(addresses - {best.key})),
        related=tuple(sorted(related - {best.key})),
    )


def _first(texts: Iterable[CleanText]) -> CleanText:
    return next((text for text in texts if text), NO_WORDS)
