"""A feed as feedgen's generator, with the faults of feedgen 1.0.0 worked round in this one place.

- Entry links in Atom lose rel, type and title (a loop variable is overwritten): the links are
  written here.
- Its media extension makes a media:group of each image: media elements are written here.
- Entries are prepended unless told otherwise; without dates it writes the present time; titles
  that are empty, control characters and naive dates raise: values come clean from ``read``, and
  what is required is always given.
"""

from __future__ import annotations

from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from aggregator import __version__
from aggregator.model import Entry, Feed
from aggregator.publish.registry import FORMATS

_ATOM = "http://www.w3.org/2005/Atom"
_MEDIA = "http://search.yahoo.com/mrss/"
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_RANK = "http://purl.org/atompub/rank/1.0"
_DC = "http://purl.org/dc/elements/1.1/"


class _Namespaces(BaseExtension):  # type: ignore[misc]
    """The namespaces, and in Atom the entries that are no more (RFC 6721, section 3)."""

    feed: Feed | None = None

    def set(self, feed: Feed) -> None:
        self.feed = feed

    def extend_ns(self) -> dict[str, str]:
        return {"media": _MEDIA, "dc": _DC}

    def extend_rss(self, element: Any) -> Any:
        """feedgen writes no link of RSS but the feed's own: the hub is named here (WebSub, 4)."""
        own = element[0].find(f"{{{_ATOM}}}link")
        if self.feed and self.feed.site.hub and own is not None:
            hub = etree.Element(f"{{{_ATOM}}}link", rel="hub", href=self.feed.site.hub)
            own.addnext(hub)
        return element

    def extend_atom(self, element: Any) -> Any:
        for ended in self.feed.ended if self.feed else ():
            etree.SubElement(
                element, f"{{{_TOMBSTONES}}}deleted-entry", {}, {"at": _TOMBSTONES},
                ref=ended.id, when=f"{ended.when:%Y-%m-%dT%H:%M:%SZ}",
            )  # fmt: skip
        return element


class _Story(BaseEntryExtension):  # type: ignore[misc]
    """What feedgen cannot write of an entry, or writes wrongly."""

    entry: Entry
    place: int
    scheme: str

    def set(self, entry: Entry, place: int, scheme: str) -> None:
        self.entry, self.place, self.scheme = entry, place, scheme

    def extend_atom(self, element: Any) -> Any:
        for wrong in element.findall("link"):
            element.remove(wrong)
        _link(element, "link", rel="alternate", type="text/html", href=self.entry.url)
        self._related(element, "link")
        if enclosure := self.entry.enclosure:
            made = _link(element, "link", rel="enclosure", type=enclosure.media_type,
                         href=enclosure.url)  # fmt: skip
            if enclosure.length:
                made.set("length", str(enclosure.length))
        self._media(element)
        rank = etree.SubElement(element, f"{{{_RANK}}}rank", {}, {"re": _RANK}, scheme=self.scheme)
        rank.text = str(self.place)
        return element

    def extend_rss(self, element: Any) -> Any:
        creator = etree.SubElement(element, f"{{{_DC}}}creator")
        creator.text = self.entry.author
        self._related(element, f"{{{_ATOM}}}link")
        self._media(element)
        return element

    def _related(self, element: Any, tag: str) -> None:
        for link in self.entry.related:
            _link(element, tag, rel="related", type="text/html", href=link.url, title=link.title)

    def _media(self, element: Any) -> None:
        image = self.entry.image
        if image is None:
            return
        for name in ("content", "thumbnail"):
            made = etree.SubElement(element, f"{{{_MEDIA}}}{name}", url=image.url)
            if name == "content":
                made.set("medium", "image")
            if image.width and image.height:
                made.set("width", str(image.width))
                made.set("height", str(image.height))


def _link(parent: Any, tag: str, **attributes: str) -> Any:
    made = etree.SubElement(parent, tag)
    for name, value in attributes.items():
        made.set(name, value)
    return made


def generator(feed: Feed, ext: str) -> FeedGenerator:
    """The generator of a feed, ready to be written as RSS or Atom."""
    made = FeedGenerator()
    made.register_extension("story", _Namespaces, _Story)
    made.story.set(feed)
    made.id(feed.id)
    made.title(feed.title)
    made.description(f"{feed.title}: one entry per story, best article first")
    made.subtitle(f"{feed.title}: one entry per story, best article first")
    media_type = FORMATS[ext].media_type
    made.link(href=feed.address(ext), rel="self", type=media_type)
    if feed.site.hub:
        made.link(href=feed.site.hub, rel="hub")
    # feedgen takes the last link that is not the feed's own for the page that RSS names.
    made.link(href=feed.page, rel="alternate", type="text/html")
    made.author(name=feed.site.title)
    made.generator("Aggregator", version=__version__)
    if feed.site.language:
        made.language(feed.site.language)
    made.updated(feed.updated)
    made.lastBuildDate(feed.updated)
    for place, entry in enumerate(feed.entries, 1):
        added = made.add_entry(order="append")
        _add(added, entry)
        added.story.set(entry, place, f"{feed.page}#rank")
    return made


def styled(document: bytes) -> bytes:
    """The document with the style sheet by which browsers show it to people."""
    declaration, end, rest = document.partition(b"?>\n")
    return declaration + end + b'<?xml-stylesheet type="text/css" href="feed.css"?>\n' + rest


def _add(made: FeedEntry, entry: Entry) -> None:
    made.id(entry.id)
    made.guid(entry.id, permalink=False)
    made.title(entry.title)
    made.link(href=entry.url, rel="alternate")
    made.published(entry.published)
    made.updated(entry.updated)
    made.author(name=entry.author)
    made.content(entry.content, type="html")
    for category in entry.categories:
        made.category(term=category.term, label=category.label)
