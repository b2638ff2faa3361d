"""What is published: feeds of entries, in the words of RFC 4287."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from aggregator.model.articles import Enclosure, Image, Publisher
from aggregator.model.text import NO_WORDS, CleanText


@dataclass(frozen=True, slots=True)
class Link:
    """Another article on the same story, as an entry shows it. `also` are its copies."""

    url: CleanText
    title: CleanText
    publisher: CleanText
    published: datetime
    also: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Category:
    """A topic as RFC 4287 has it: `term` is the slug, `label` the name."""

    term: str
    label: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A story as subscribers see it (RFC 4287, section 4.1.2). `content` is safe HTML.

    `also` are copies of its lead, `why` the facts that its place comes from, by the name of the
    term (none of them changes with the time of day). `anchor` is where it stands on the page of
    its feed (the fragment of its `url`): a day or week of a digest has no page of its own.
    """

    id: str
    url: CleanText
    title: CleanText
    published: datetime
    updated: datetime
    author: CleanText
    publisher: Publisher
    summary: CleanText
    content: str
    lang: CleanText = NO_WORDS
    video: bool = False
    categories: tuple[Category, ...] = ()
    image: Image | None = None
    related: tuple[Link, ...] = ()
    also: tuple[Link, ...] = ()
    enclosure: Enclosure | None = None
    why: tuple[tuple[str, str], ...] = ()
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An entry that is no more, because its story turned out to be another one (RFC 6721)."""

    id: str
    when: datetime


@dataclass(frozen=True, slots=True)
class Site:
    """What is said of the whole site in each feed. `url` ends in a slash; `hub` is told of changes
    and tells subscribers (WebSub)."""

    title: CleanText
    url: str
    language: str = ""
    hub: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """A topic, ready to be written in any format. Entries are in rank order. `query` is what was
    asked for of it (a query string), where it was made on demand. A `private` one is
    never a file."""

    id: str
    slug: str
    title: str
    site: Site
    updated: datetime
    entries: tuple[Entry, ...] = field(default=())
    ended: tuple[Tombstone, ...] = ()
    query: str = ""
    private: bool = False

    def address(self, ext: str) -> str:
        """Where this feed is served: ``<site>/feeds/<slug>.<ext>``, with the query."""
        query = f"?{self.query}" if self.query else ""
        return f"{self.site.url}feeds/{quote(self.slug)}.{ext}{query}"

    @property
    def page(self) -> str:
        """Where people read it: ``<site>/feeds/<slug>.html``."""
        return f"{self.site.url}feeds/{quote(self.slug)}.html"


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """What is remembered of a feed: when its files were first made, and since when they are not
    made any more (None: they are)."""

    slug: str
    created: datetime
    removed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed of a subscription list (OPML 2.0); `topics` name the outlines around it."""

    name: str
    url: str
    topics: tuple[str, ...] = ()
    page: str = ""
