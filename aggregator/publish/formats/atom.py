"""Atom 1.0 (RFC 4287)."""

from __future__ import annotations

from aggregator.model import Feed
from aggregator.publish.formats.generator import generator, styled


def render(feed: Feed) -> bytes:
    """The feed as an Atom document in UTF-8. Entries of ended stories are tombstones (RFC 6721)."""
    feed_generator = generator(feed, "atom")
    for element, entry in zip(feed_generator.entry(), feed.entries, strict=True):
        if entry.summary:
            element.summary(entry.summary)
    return styled(feed_generator.atom_str(pretty=True))
