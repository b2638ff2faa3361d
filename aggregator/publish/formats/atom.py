"""Atom 1.0 (RFC 4287)."""

from __future__ import annotations

from aggregator.model import Feed
from aggregator.publish.formats.generator import generator, styled


def render(feed: Feed) -> bytes:
    """The feed as an Atom document in UTF-8."""
    made = generator(feed, "atom")
    for element, entry in zip(made.entry(), feed.entries, strict=True):
        if entry.summary:
            element.summary(entry.summary)
    return styled(made.atom_str(pretty=True))
