"""Articles of feeds that give another id and address to the same article at each poll."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from aggregator.model import Article, CleanText, Verdict

_Row = tuple[str, str, str]
_Words = tuple[str, str, str, datetime]


def with_known_refs(read: Iterable[Article], rows: Mapping[_Row, Article]) -> list[Article]:
    """The articles that were read; one of an unknown ref that says the same as a known one of its
    source (title, publisher, date) gets that one's ref, so that it is the same article at another
    address.

    News searches give other ids and links at each poll. An article without a date, one whose words
    several known ones have, and one whose known place is in the same reading stays as it is.
    """
    articles = list(read)
    places = {article.row_key for article in articles}
    unknown = [a for a in articles if a.row_key not in rows and _words(a) is not None]
    if not unknown:
        return articles
    sources = {article.source for article in unknown}
    known: dict[_Words, set[CleanText]] = {}
    for row, article in rows.items():
        if article.source in sources and row not in places and (words := _words(article)):
            known.setdefault(words, set()).add(article.ref)
    new: dict[_Words, int] = {}
    for article in unknown:
        if words := _words(article):
            new[words] = new.get(words, 0) + 1

    def resolved(article: Article) -> Article:
        words = _words(article)
        if words is None or article.row_key in rows or new[words] > 1:
            return article
        refs = known.get(words, set())
        return replace(article, ref=next(iter(refs))) if len(refs) == 1 else article

    return [resolved(article) for article in articles]


def _words(article: Article) -> _Words | None:
    """What makes it the same article. None for what cannot be recognised by it: an article without
    a date, one that its source judges (it has a file of its own) or only mentions."""
    if not article.dated or article.verdict is not Verdict.NONE:
        return None
    return (article.source, article.title, article.publisher.name, article.published)
