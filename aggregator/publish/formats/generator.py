"""Feeds as feedgen's generator. The faults of feedgen 1.0.0 are worked around here only.

- Entry links in Atom lose rel, type and title (a loop variable is overwritten), so the links are
  written here.
- Its media extension writes a media:group for each image, so media elements are written here.
- It prepends entries by default, writes the present time if a date is missing, and raises on empty
  titles, control characters and naive dates. The values are clean, and all required ones are set.
"""

from __future__ import annotations

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from aggregator import __version__
from aggregator.model import Entry, Feed
from aggregator.model.times import rfc3339
from aggregator.publish.compose import feed_description
from aggregator.publish.icons import feed_icons
from aggregator.publish.registry import FORMATS

_ATOM = "http://www.w3.org/2005/Atom"
_MEDIA = "http://search.yahoo.com/mrss/"
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_RANK = "http://purl.org/atompub/rank/1.0"
_DC = "http://purl.org/dc/elements/1.1/"
_Element = etree._Element


def generator(feed: Feed, ext: str) -> FeedGenerator:
    """A feedgen generator with the values of the feed, ready to be written as RSS or Atom. `ext`
    (a key of ``FORMATS``) selects the URL of the feed itself."""
    feed_generator = FeedGenerator()
    feed_generator.register_extension("story", _FeedExtension, _EntryExtension)
    feed_generator.story.set(feed)
    feed_generator.id(feed.id)
    feed_generator.title(feed.title)
    feed_generator.description(feed_description(feed))
    feed_generator.subtitle(feed_description(feed))
    feed_generator.link(href=feed.address(ext), rel="self", type=FORMATS[ext].media_type)
    if feed.site.hub:
        feed_generator.link(href=feed.site.hub, rel="hub")
    # In RSS, feedgen takes the last link other than `self` as the link of the channel.
    feed_generator.link(href=feed.page_url, rel="alternate", type="text/html")
    icons = feed_icons(feed.site)
    if ext == "atom":
        feed_generator.icon(icons.icon)
        feed_generator.logo(icons.logo)
    elif icons.image:
        feed_generator.image(icons.image, feed.title, feed.page_url)
    feed_generator.author(name=feed.site.title)
    feed_generator.generator("Aggregator", version=__version__)
    if feed.site.language:
        feed_generator.language(feed.site.language)
    feed_generator.updated(feed.updated)
    feed_generator.lastBuildDate(feed.updated)
    for position, entry in enumerate(feed.entries, 1):
        feed_entry = feed_generator.add_entry(order="append")
        _set_values(feed_entry, entry)
        feed_entry.story.set(entry, position, f"{feed.page_url}#rank")
    return feed_generator


def styled(document: bytes) -> bytes:
    """The XML document with a link to the style sheet with which browsers show it to people."""
    declaration, end, rest = document.partition(b"?>\n")
    return declaration + end + b'<?xml-stylesheet type="text/css" href="feed.css"?>\n' + rest


def _set_values(feed_entry: FeedEntry, entry: Entry) -> None:
    feed_entry.id(entry.id)
    feed_entry.guid(entry.id, permalink=False)
    feed_entry.title(entry.title)
    feed_entry.link(href=entry.url, rel="alternate")
    feed_entry.published(entry.published)
    feed_entry.updated(entry.updated)
    feed_entry.author(name=entry.author)
    feed_entry.content(entry.content, type="html")
    for category in entry.categories:
        feed_entry.category(term=category.term, label=category.label)


class _FeedExtension(BaseExtension):  # type: ignore[misc]
    """Adds the namespaces, in RSS the hub, in Atom the ended entries (RFC 6721, section 3)."""

    feed: Feed | None = None

    def set(self, feed: Feed) -> None:
        self.feed = feed

    def extend_ns(self) -> dict[str, str]:
        return {"media": _MEDIA, "dc": _DC}

    def extend_rss(self, element: _Element) -> _Element:
        """In RSS, feedgen writes no other link than `self`; the hub follows it (WebSub, 4)."""
        self_link = element[0].find(f"{{{_ATOM}}}link")
        if self.feed and self.feed.site.hub and self_link is not None:
            hub = etree.Element(f"{{{_ATOM}}}link", rel="hub", href=self.feed.site.hub)
            self_link.addnext(hub)
        return element

    def extend_atom(self, element: _Element) -> _Element:
        for ended in self.feed.ended if self.feed else ():
            tag, namespaces = f"{{{_TOMBSTONES}}}deleted-entry", {"at": _TOMBSTONES}
            when = rfc3339(ended.when)
            etree.SubElement(element, tag, {}, namespaces, ref=ended.id, when=when)
        return element


class _EntryExtension(BaseEntryExtension):  # type: ignore[misc]
    """Writes what feedgen cannot write in an entry, or writes wrongly."""

    entry: Entry
    position: int
    scheme: str

    def set(self, entry: Entry, position: int, scheme: str) -> None:
        self.entry, self.position, self.scheme = entry, position, scheme

    def extend_atom(self, element: _Element) -> _Element:
        for incomplete in element.findall("link"):
            element.remove(incomplete)
        _link(element, "link", rel="alternate", type="text/html", href=self.entry.url)
        self._related(element, "link")
        if enclosure := self.entry.enclosure:
            media_type, url = enclosure.media_type, enclosure.url
            link = _link(element, "link", rel="enclosure", type=media_type, href=url)
            if enclosure.length:
                link.set("length", str(enclosure.length))
        self._media(element)
        rank = etree.SubElement(element, f"{{{_RANK}}}rank", {}, {"re": _RANK}, scheme=self.scheme)
        rank.text = str(self.position)
        return element

    def extend_rss(self, element: _Element) -> _Element:
        creator = etree.SubElement(element, f"{{{_DC}}}creator")
        creator.text = self.entry.author
        self._related(element, f"{{{_ATOM}}}link")
        self._media(element)
        return element

    def _related(self, element: _Element, tag: str) -> None:
        for link in self.entry.related:
            _link(element, tag, rel="related", type="text/html", href=link.url, title=link.title)

    def _media(self, element: _Element) -> None:
        image = self.entry.image
        if image is None:
            return
        for name in ("content", "thumbnail"):
            media = etree.SubElement(element, f"{{{_MEDIA}}}{name}", url=image.url)
            if name == "content":
                media.set("medium", "image")
            if image.width and image.height:
                media.set("width", str(image.width))
                media.set("height", str(image.height))


def _link(parent: _Element, tag: str, **attributes: str) -> _Element:
    link = etree.SubElement(parent, tag)
    for name, value in attributes.items():
        link.set(name, value)
    return link
