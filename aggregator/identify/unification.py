"""One article from all its reports: two sources may publish it, or one may only mention it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from aggregator.model import NO_WORDS, Article, CleanText, Verdict

# Which report prevails, the lowest first: a source's verdict on its own article, then an article
# without a verdict, then a mention. An unpublished article stays so, whoever else mentions it.
_PRECEDENCE = {
    Verdict.STORY: 0,
    Verdict.SUPERSEDED: 1,
    Verdict.UNPUBLISHED: 2,
    Verdict.NONE: 3,
    Verdict.RELATED_ONLY: 4,
}


def unify(articles: Iterable[Article]) -> dict[str, Article]:
    """Each distinct article by its key; the result does not depend on the order of the input.

    Two reports describe the same article if they share a canonical URL (`key` or one of
    `aliases`). The report that prevails gives the fields; the others fill its empty ones, and the
    related keys, topics and aliases of all are united. Related keys become the unified keys.
    """
    groups = _grouped_by_address(articles)
    final_key: dict[str, CleanText] = {}
    for group in groups:
        for article in group:
            for address in (article.key, *article.aliases):
                final_key[address] = group[0].key
    return {group[0].key: _unified(group, final_key) for group in groups}


def _grouped_by_address(articles: Iterable[Article]) -> list[list[Article]]:
    """The articles in groups that share an address, the one that prevails first in each."""
    parent: dict[str, str] = {}

    def root(address: str) -> str:
        while (above := parent.setdefault(address, address)) != address:
            parent[address] = address = parent[above]
        return address

    reports = list(articles)
    for article in reports:
        top = root(article.key)
        for alias in article.aliases:
            parent[root(alias)] = top
    groups: dict[str, list[Article]] = {}
    for article in reports:
        groups.setdefault(root(article.key), []).append(article)
    for group in groups.values():
        group.sort(key=_precedence)
    return list(groups.values())


def _precedence(article: Article) -> tuple[int, int, str, str, str]:
    quality = article.quality if article.quality is not None else -1
    return (_PRECEDENCE[article.verdict], -quality, article.source, article.ref, article.key)


def _unified(group: list[Article], final_key: Mapping[str, CleanText]) -> Article:
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
        content=best.content or next((a.content for a in group if a.content), None),
        image=best.image or next((a.image for a in group if a.image), None),
        quality=next((a.quality for a in group if a.quality is not None), None),
        topics=tuple(dict.fromkeys(topic for a in group for topic in a.topics)),
        aliases=tuple(sorted(addresses - {best.key})),
        related=tuple(sorted(related - {best.key})),
    )


def _first(texts: Iterable[CleanText]) -> CleanText:
    return next((text for text in texts if text), NO_WORDS)
