"""RSS 2.0 (https://www.rssboard.org/rss-specification), with content, Atom links and media."""

from __future__ import annotations

from html import escape

from aggregator.model import Feed
from aggregator.publish.escaping import uri
from aggregator.publish.formats.generator import generator, styled


def render(feed: Feed) -> bytes:
    """The feed as an RSS document in UTF-8. A description is HTML, so plain text is escaped."""
    feed_generator = generator(feed, "rss")
    for element, entry in zip(feed_generator.entry(), feed.entries, strict=True):
        element.description(escape(entry.summary or entry.title, quote=False))
        if entry.publisher.domain:
            element.source(uri(f"https://{entry.publisher.domain}/"), entry.publisher.name)
        if enclosure := entry.enclosure:  # all three are required; 0 means unknown
            element.enclosure(enclosure.url, str(enclosure.length), enclosure.media_type)
    return styled(feed_generator.rss_str(pretty=True))
