"""Recognising articles in feeds that give them another id and URL at each poll."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from aggregator.model import Article, CleanText, RowKey, Verdict

Fingerprint = tuple[str, str, str, datetime]


def with_known_refs(read: Iterable[Article], stored: Mapping[RowKey, Article]) -> list[Article]:
    """The articles that were read. An unknown one with the title, publisher and date of a stored
    one of its source gets that one's ref: it is the same article at another URL.

    News searches give other ids and URLs at each poll. An article is left as it is where it has no
    date, where several new or stored ones have its title, publisher and date, or where the stored
    one is in the same reading.
    """
    articles = list(read)
    row_keys = {article.row_key for article in articles}
    unknown = [a for a in articles if a.row_key not in stored and fingerprint(a) is not None]
    if not unknown:
        return articles
    sources = {article.source for article in unknown}
    refs_by_fingerprint: dict[Fingerprint, set[CleanText]] = {}
    for row_key, article in stored.items():
        if article.source not in sources or row_key in row_keys:
            continue
        if (article_fingerprint := fingerprint(article)) is not None:
            refs_by_fingerprint.setdefault(article_fingerprint, set()).add(article.ref)
    new = Counter(map(fingerprint, unknown))

    def resolved(article: Article) -> Article:
        own_fingerprint = fingerprint(article)
        if own_fingerprint is None or article.row_key in stored or new[own_fingerprint] > 1:
            return article
        refs = refs_by_fingerprint.get(own_fingerprint, set())
        return replace(article, ref=next(iter(refs))) if len(refs) == 1 else article

    return [resolved(article) for article in articles]


def fingerprint(article: Article) -> Fingerprint | None:
    """Source, title, publisher and date. None for articles that these do not identify: without a
    date, judged by their source (they have a file of their own), or only related coverage."""
    if not article.dated or article.verdict is not Verdict.NONE:
        return None
    return (article.source, article.title, article.publisher.name, article.published)
