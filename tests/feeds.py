"""Feeds with a single entry, for tests of its fields."""

from __future__ import annotations

from aggregator.model import Document, Item, Source
from aggregator.read.kinds import KINDS, Parsed

SOURCE = Source("s", "feed", "https://e.com/feed")
URL = "https://feeds.e.net/feed.xml"
NAMESPACES = (
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1"'
    ' xmlns:media="https://search.yahoo.com/mrss/" xmlns:xyz="http://www.itunes.com/DTDs/Podcast-1.0.dtd"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
)


def parse(body: str, url: str = URL) -> Parsed:
    return KINDS["feed"].parse(Document("d", body.encode(), url=url))


def rss_item(inner: str, head: str = "", url: str = URL, start: str = "") -> Item:
    """The one item of an RSS feed."""
    body = (
        f'<rss version="2.0" {NAMESPACES} {start}><channel><title>Example</title>'
        f"<link>https://www.e.com/</link>{head}<item>{inner}</item></channel></rss>"
    )
    (item,) = parse(body, url).items
    return item


def atom_entry(inner: str, head: str = "", url: str = URL, start: str = "") -> Item:
    """The one item of an Atom feed."""
    body = (
        f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"'
        f" {start}><title>Example</title>{head}<entry><title>T</title>{inner}</entry></feed>"
    )
    (item,) = parse(body, url).items
    return item
