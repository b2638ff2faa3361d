"""From a document to clean articles, the same for files, the web and WebSub."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b

from aggregator.errors import BadDocument, BadItem, FetchError
from aggregator.model import (
    MAX_DOCUMENT_BYTES,
    MAX_TITLE,
    NO_WORDS,
    Article,
    CleanText,
    Document,
    Item,
    Source,
    clean_text,
)
from aggregator.model.languages import language_tag
from aggregator.read.addresses import http_url
from aggregator.read.cleaning import MAX_REASON, clean
from aggregator.read.codings import gunzipped
from aggregator.read.item_articles import articles_of, words_of_items
from aggregator.read.kinds import Kind
from aggregator.read.links import absolute_url
from aggregator.read.polling import Hints


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a document: its items, not cleaned yet, and its clean title.

    `next_page`, `hub` and `self_url` are absolute http(s) URIs or empty.
    """

    items: tuple[Item, ...]
    title: CleanText
    bad: tuple[BadItem, ...]
    next_page: CleanText
    hints: Hints
    hub: CleanText
    self_url: CleanText


def read_document(kind: Kind, document: Document) -> Content:
    """The content of a document, decompressed where it is a gzip file. Raises BadDocument.

    The time is linear in the length of the document.
    """
    try:
        body = gunzipped(document.body, MAX_DOCUMENT_BYTES)
    except FetchError as error:
        raise BadDocument(error.reason) from None
    parsed = kind.parse(document if body is document.body else replace(document, body=body))
    return Content(
        items=parsed.items,
        title=clean(parsed.title, MAX_TITLE),
        bad=parsed.bad,
        next_page=_address(document.url, parsed.next_page),
        hints=parsed.hints,
        hub=_address(document.url, parsed.hub),
        self_url=_address(document.url, parsed.self_url),
    )


def _address(base: str, link: str) -> CleanText:
    return http_url(absolute_url(base, link)) if link else NO_WORDS


def articles_in(
    source: Source, content: Content, now: datetime
) -> tuple[list[Article], list[BadItem]]:
    """The articles of a document, and the items that cannot be articles, each with its reason."""
    articles: list[Article] = []
    bad = list(content.bad)
    for item, words in zip(content.items, words_of_items(content.items), strict=True):
        try:
            articles.extend(articles_of(item, source, now, words))
        except BadItem as error:
            bad.append(error)
    return articles, bad


def has_unstated_language(content: Content) -> bool:
    """Whether an item states no language, so that it must be recognised from the text."""
    return not all(language_tag(item.lang) for item in content.items)


def document_ref(name: str) -> CleanText:
    """The name of a file as the ref of its document: unchanged where it is clean text, otherwise
    cleaned and with a digest, so that different names give different refs."""
    ref = clean_text(name, MAX_REASON)
    if ref == name:
        return ref
    digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return CleanText(f"{ref}#{digest}")


def body_digest(body: bytes) -> str:
    """A digest (32 hexadecimal digits) that shows without parsing that a document is unchanged."""
    return blake2b(body, digest_size=16).hexdigest()
