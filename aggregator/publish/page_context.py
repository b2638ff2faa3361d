"""What surrounds the content of every page, and where its links lead."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from urllib.parse import quote

from aggregator.classify import EVERYTHING
from aggregator.model import Entry, Feed, Link, Site, story_path
from aggregator.publish.picture_urls import NO_PICTURES, LocalPicture, Pictures, publisher_host
from aggregator.publish.registry import FORMATS, Format
from aggregator.publish.wording import Wording

# Languages of the Arabic, Hebrew, Syriac and Thaana scripts (their usual ones, by CLDR).
_RIGHT_TO_LEFT = frozenset(
    {"ar", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "syr", "ug", "ur", "yi"}
)


def direction(language: str) -> str:
    """The writing direction of a language: ``rtl`` or ``ltr``."""
    primary = language.partition("-")[0].lower()
    return "rtl" if primary in _RIGHT_TO_LEFT else "ltr"


@dataclass(frozen=True, slots=True)
class PageContext:
    """`feeds` are the public topics and digests of the menu, `parents` the slug of the topic above
    by the slug of a topic. `root` is the relative URL of the folder of the front page, `formats`
    are the extensions of the feeds that are published, `pictures` those that pages may show,
    `empty` the slugs of topics without stories.

    A `live` page is served by the program: it has ages as of `now`, a search form and links to the
    pages of stories, but not to the `hidden` parts (names as in ``http.disabled``). A page of a
    static output stays as it is, so it has dates.
    """

    site: Site
    feeds: Sequence[Feed]
    root: str = ""
    live: bool = False
    hidden: Collection[str] = ()
    parents: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    formats: Sequence[str] = ()
    now: datetime | None = None
    pictures: Pictures = NO_PICTURES
    empty: Collection[str] = ()

    @property
    def wording(self) -> Wording:
        """The words and dates of the site."""
        return Wording.of(self.site)

    @property
    def direction(self) -> str:
        """The writing direction of the page: ``rtl`` or ``ltr``."""
        return direction(self.site.language)

    @property
    def topics(self) -> list[Feed]:
        """The feeds that are no digests and not the feed of everything."""
        return [feed for feed in self.feeds if feed.slug != EVERYTHING and not feed.is_digest]

    @property
    def menu(self) -> list[Feed]:
        """The topics of the masthead: those that have stories and are under no other one."""
        return [
            feed for feed in self.topics if feed.slug not in self.empty and not self._is_below(feed)
        ]

    @property
    def above(self) -> list[Feed]:
        """The topics that are under no other one."""
        return [feed for feed in self.topics if not self._is_below(feed)]

    def below(self, slug: str) -> list[Feed]:
        """The topics right under this one."""
        return [feed for feed in self.topics if self.parents.get(feed.slug) == slug]

    def _is_below(self, feed: Feed) -> bool:
        parent = self.parents.get(feed.slug)
        return any(topic.slug == parent for topic in self.topics)

    @property
    def digests(self) -> list[Feed]:
        """The digests."""
        return [feed for feed in self.feeds if feed.is_digest]

    @property
    def everything(self) -> Feed | None:
        """The feed of everything, where it is public."""
        return next((feed for feed in self.feeds if feed.slug == EVERYTHING), None)

    def title(self, feed: Feed) -> str:
        """The name of a feed in the menu and above its page."""
        return self.wording("common.top_stories") if feed.slug == EVERYTHING else feed.title

    def page_of(self, slug: str) -> str:
        """The relative URL of the page of a feed."""
        return f"{self.root}{quote(slug)}.html"

    def feed_links(self, feed: Feed) -> Iterator[tuple[Format, str]]:
        """The formats of a feed with its relative URLs in them."""
        folder = "feeds/" if self.live else ""
        query = f"?{feed.query}" if feed.query else ""
        for ext in self.formats:
            yield FORMATS[ext], f"{self.root}{folder}{quote(feed.slug)}.{ext}{query}"

    def story_path(self, entry: Entry) -> str:
        """The path of the page of a story, relative to the URL of the site."""
        return story_path(entry.id)

    def picture(self, entry: Entry) -> LocalPicture | None:
        """The picture of a story for the head of a page; None where there is none."""
        return self.pictures.of(entry.image.url) if entry.image else None

    def icon(self, url: str) -> LocalPicture | None:
        """The icon of the publisher of the article at this URL; None: a letter stands for it."""
        return self.pictures.icon_of(publisher_host(url))

    def small_picture(self, entry: Entry) -> LocalPicture | None:
        """The picture of a story for a row; None where there is none."""
        return self.pictures.small_of(entry.image.url) if entry.image else None

    def story_url(self, entry: Entry) -> str:
        """The URL of the page of a story; empty where there is none."""
        if self.live and not entry.anchor:
            return f"{self.root}{story_path(entry.id)}"
        return "" if entry.anchor else self.site.story_page(entry.id)

    def covering(self, entry: Entry) -> list[Link]:
        """One article of each other publisher that covers the story, of those that are listed; also
        of those that have only a copy."""
        listed = [*entry.copies, *entry.related]
        links = [*listed, *(copy for link in entry.related for copy in link.copies)]
        by_publisher: dict[str, Link] = {}
        for link in links:
            by_publisher.setdefault(link.publisher, link)
        by_publisher.pop(entry.publisher.name, None)
        return list(by_publisher.values())

    @property
    def copied_format(self) -> str:
        """The extension of the format whose address is given to be copied."""
        return "atom" if "atom" in self.formats else next(iter(self.formats), "atom")
