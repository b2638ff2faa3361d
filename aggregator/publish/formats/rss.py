"""RSS 2.0 (https://www.rssboard.org/rss-specification), with content, Atom links and media."""

from __future__ import annotations

from html import escape

from aggregator.model import Feed
from aggregator.publish.escaping import uri
from aggregator.publish.formats.generator import generator, styled
from aggregator.publish.formats.xml_fragments import assembled
from aggregator.publish.fragments import Fragments, Parts


def render(feed: Feed, fragments: Fragments | None = None) -> bytes:
    """The feed as an RSS document in UTF-8. A description is HTML, so plain text is escaped.
    `fragments` of this format are not written again."""
    if fragments is None:
        return _whole(feed)
    start, end = b"    <item>\n", b"  </channel>\n</rss>\n"
    return assembled(feed, fragments, _whole, _parts, start=start, end=end)


def _whole(feed: Feed) -> bytes:
    feed_generator = generator(feed, "rss")
    for element, entry in zip(feed_generator.entry(), feed.entries, strict=True):
        element.description(escape(entry.summary or entry.title, quote=False))
        if entry.publisher.domain:
            element.source(uri(f"https://{entry.publisher.domain}/"), entry.publisher.name)
        if enclosure := entry.enclosure:  # all three are required; 0 means unknown
            element.enclosure(enclosure.url, str(enclosure.length), enclosure.media_type)
    return styled(feed_generator.rss_str(pretty=True))


def _parts(item: bytes, _position: int) -> Parts:
    return (item,)  # RSS has no positions
