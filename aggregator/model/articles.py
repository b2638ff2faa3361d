"""An article: one piece by one publisher."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aggregator.model.article_content import FullText
from aggregator.model.text import NO_WORDS, CleanText

RowKey = tuple[str, str, str]
"""(source, ref, slot): a document has one article of its own, whose slot is empty, and any number
of related articles, whose slots are their keys."""


class Verdict(StrEnum):
    """The verdict of a source about its own article.

    The store keeps the values (column ``standing``): three of them are older words for the same
    than their names, so that no stored article has to be rewritten.
    """

    STORY = "story"  # a story of its own (`published: true` in a story file)
    NONE = "unjudged"  # an article of its own without a verdict (every feed entry)
    SUPERSEDED = "superseded"  # a better article on the same event is among its related ones
    UNPUBLISHED = "withheld"  # must not be shown (`published: false` and no related articles)
    RELATED_ONLY = "mentioned"  # known only as the related coverage of another article


@dataclass(frozen=True, slots=True)
class Publisher:
    """A news organisation; `domain` may be empty."""

    name: CleanText
    domain: CleanText = NO_WORDS


@dataclass(frozen=True, slots=True)
class Image:
    """An image with an absolute http(s) URL; sizes in pixels, None where the source has none."""

    url: CleanText
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file of an article, such as a podcast episode. `length` is in bytes, 0 unknown."""

    url: CleanText
    media_type: CleanText
    length: int = 0


@dataclass(frozen=True, slots=True)
class Article:
    """One piece by one publisher, clean, as one document of one source gives it.

    (`source`, `ref`) identifies the document and survives a change of URL; `key` is the canonical
    URL: articles with one key are copies of one article. `aliases` are the canonical forms of its
    other addresses, `related` the keys of the coverage that it declares. `dated` is false where
    the source gave no usable date; `published` is then the time at which we first saw it, and
    `position` its index in the document, from 0, so that undated articles keep their order.
    `content` is its full text, where its source is configured to have it.
    """

    source: str
    ref: CleanText
    key: CleanText
    url: CleanText
    title: CleanText
    published: datetime
    publisher: Publisher
    verdict: Verdict = Verdict.NONE
    excerpt: CleanText = NO_WORDS
    dated: bool = True
    author: CleanText = NO_WORDS
    lang: CleanText = NO_WORDS
    video: bool = False
    image: Image | None = None
    quality: int | None = None
    topics: tuple[CleanText, ...] = ()
    aliases: tuple[CleanText, ...] = ()
    related: tuple[CleanText, ...] = ()
    enclosure: Enclosure | None = None
    position: int = 0
    content: FullText | None = None

    @property
    def row_key(self) -> RowKey:
        """The primary key of its row in the store."""
        return (self.source, self.ref, self.key if self.verdict is Verdict.RELATED_ONLY else "")
