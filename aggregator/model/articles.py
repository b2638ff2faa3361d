"""One piece by one publisher."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aggregator.model.text import NO_WORDS, CleanText

RowKey = tuple[str, str, str]
"""(source, ref, slot): a document has one article of its own, whose slot is empty, and any number
of related articles, whose slots are their keys."""


class Verdict(StrEnum):
    """What a source says of its own article."""

    STORY = "story"  # a story of its own: the source's verdict (`published: true`)
    NONE = "unjudged"  # an article of its own, without a verdict (every feed entry)
    SUPERSEDED = "superseded"  # there is a better article on it, among its related
    UNPUBLISHED = "withheld"  # not to be shown (`published: false` and no related)
    RELATED_ONLY = "mentioned"  # known only as the related coverage of another


@dataclass(frozen=True, slots=True)
class Publisher:
    """A news organisation; `domain` may be empty."""

    name: CleanText
    domain: CleanText = NO_WORDS


@dataclass(frozen=True, slots=True)
class Image:
    """A picture with an absolute http(s) URL; sizes in pixels where the source tells them."""

    url: CleanText
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that belongs to an article: a podcast's episode, say. `length` in bytes, 0 unknown."""

    url: CleanText
    media_type: CleanText
    length: int = 0


@dataclass(frozen=True, slots=True)
class Article:
    """One piece by one publisher, clean, as one document of one source tells it.

    (`source`, `ref`) names the place that tells it and survives a change of URL; `key` is the
    canonical URL and says whether two tellings are of one article. `aliases` are canonical forms
    of its other addresses, `related` the keys that it declares. `dated` is false where the source
    gave no usable date and `published` is the time at which we first saw it; `position` is then
    its place in the document, from 0, so that undated articles keep the order of their feed.
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

    @property
    def row_key(self) -> RowKey:
        """The primary key of its row in the store."""
        return (self.source, self.ref, self.key if self.verdict is Verdict.RELATED_ONLY else "")
