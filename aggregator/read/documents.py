"""From a parsed document to articles, the same for files and for the web."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b

from aggregator.errors import BadItem
from aggregator.model import Article, Source
from aggregator.read.clean import articles_of
from aggregator.read.kinds import Parsed


def articles_in(
    source: Source, parsed: Parsed, now: datetime
) -> tuple[list[Article], list[BadItem]]:
    """The articles of a document; an item that cannot be one costs itself alone."""
    articles: list[Article] = []
    bad = list(parsed.bad)
    for item in parsed.items:
        try:
            articles.extend(articles_of(item, source, now))
        except BadItem as error:
            bad.append(error)
    return articles, bad


def body_digest(body: bytes) -> str:
    """To see that a document is the same without parsing it."""
    return blake2b(body, digest_size=16).hexdigest()
