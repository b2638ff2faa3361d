"""What is published: feeds of entries, in the terms of RFC 4287."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from aggregator.model.articles import Enclosure, Image, Publisher
from aggregator.model.text import NO_WORDS, CleanText


@dataclass(frozen=True, slots=True)
class Link:
    """Another article of the same story, as an entry shows it. `copies` are its copies; `lang` is a
    tag of RFC 5646 (empty: unknown)."""

    url: CleanText
    title: CleanText
    publisher: CleanText
    published: datetime
    copies: tuple[Link, ...] = ()
    lang: CleanText = NO_WORDS
    excerpt: CleanText = NO_WORDS
    video: bool = False


@dataclass(frozen=True, slots=True)
class MoreCoverage:
    """The coverage that an entry does not show: the `number` of articles, the names of their
    `publishers`, those of which nothing is shown first, and the URL of the `page` that shows all of
    it (empty: there is none)."""

    number: int = 0
    publishers: tuple[CleanText, ...] = ()
    page: str = ""


@dataclass(frozen=True, slots=True)
class Category:
    """A topic as RFC 4287 has it: `term` is the slug, `label` the name."""

    term: str
    label: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A story as subscribers see it (RFC 4287, section 4.1.2). `content` is safe HTML.

    `related` is the coverage that the entry lists, `copies` are copies of its lead, and `more` is
    the coverage that is not shown. `anchor` is the fragment of its `url` on the page of its feed,
    for a day or week of a digest, which has no page of its own; else empty. `publishers` and
    `articles` are the numbers of distinct publishers and of articles of the whole story, or of all
    stories of a digest's day or week, shown or not; `lead_published` is the time of the article
    that leads the story.
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
    copies: tuple[Link, ...] = ()
    more: MoreCoverage = MoreCoverage()
    enclosure: Enclosure | None = None
    anchor: str = ""
    publishers: int = 1
    articles: int = 1
    lead_published: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A deleted entry, whose story was merged into another one at the time `when` (RFC 6721)."""

    id: str
    when: datetime


def story_path(story_id: str) -> str:
    """The path of the page of a story, relative to the URL of the site: ``stories/<uuid>``."""
    return f"stories/{story_id.removeprefix('urn:uuid:')}"


@dataclass(frozen=True, slots=True)
class Site:
    """What each feed says of the site. `url` ends in a slash; `language` is a tag of RFC 5646;
    `hub` is the URL of the WebSub hub that is notified of changes (empty: none). With `story_pages`
    the program serves a page for each story; a folder of files has none. `timezone` is the name of
    the zone of its times and days (IANA). `css` is the path of a style sheet that is added to ours,
    `templates` that of a folder of templates that replace ours (empty: none);
    `icon` is the path of its icon (empty: ours)."""

    title: CleanText
    url: str
    language: str = ""
    hub: str = ""
    story_pages: bool = False
    timezone: str = "UTC"
    css: str = ""
    templates: str = ""
    icon: str = ""

    def story_page(self, story_id: str) -> str:
        """The URL of the page of a story; empty where there is none."""
        return f"{self.url}{story_path(story_id)}" if self.story_pages else ""

    def topic_page(self, slug: str) -> str:
        """The URL of the page of a topic: ``<site>/feeds/<slug>.html``."""
        return f"{self.url}feeds/{quote(slug)}.html"


@dataclass(frozen=True, slots=True)
class Feed:
    """A topic, ready to be rendered in any format. Entries are in rank order; `ended` are entries
    that were merged into these. `query` is the query string of a feed on demand, else empty. A
    `private` feed is never written to a file. A digest has the length of its periods as `interval`,
    ``daily`` or ``weekly``."""

    id: str
    slug: str
    title: str
    site: Site
    updated: datetime
    entries: tuple[Entry, ...] = field(default=())
    ended: tuple[Tombstone, ...] = ()
    query: str = ""
    private: bool = False
    interval: str = ""

    @property
    def is_digest(self) -> bool:
        """Whether its entries are days or weeks."""
        return bool(self.interval)

    def address(self, ext: str) -> str:
        """The URL of this feed in a format: ``<site>/feeds/<slug>.<ext>`` and the query string."""
        query = f"?{self.query}" if self.query else ""
        return f"{self.site.url}feeds/{quote(self.slug)}.{ext}{query}"

    @property
    def page_url(self) -> str:
        """The URL of its page."""
        return self.site.topic_page(self.slug)


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """What is stored of a feed: when its files were first written, and when they were `removed`
    (None: they exist)."""

    slug: str
    created: datetime
    removed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed of a subscription list (OPML 2.0). `topics` are the names of the enclosing outlines,
    `page` is the URL of its
    web page (``htmlUrl``)."""

    name: str
    url: str
    topics: tuple[str, ...] = ()
    page: str = ""
