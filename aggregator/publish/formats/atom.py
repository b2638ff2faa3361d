"""Atom 1.0 (RFC 4287)."""

from __future__ import annotations

from aggregator.model import Feed
from aggregator.publish.formats.generator import generator, styled
from aggregator.publish.formats.xml_fragments import assembled
from aggregator.publish.fragments import Fragments, Parts

_ENTRY_END = b"</re:rank>\n  </entry>\n"  # after the position, which is the last text of an entry


def render(feed: Feed, fragments: Fragments | None = None) -> bytes:
    """The feed as an Atom document in UTF-8. Entries of ended stories are tombstones (RFC 6721).
    `fragments` of this format (and URL of the feed's page) are not written again."""
    if fragments is None:
        return _whole(feed)
    start, end = b"  <entry>\n", b"</feed>\n"
    return assembled(feed, fragments, _whole, _parts, start=start, end=end)


def _whole(feed: Feed) -> bytes:
    feed_generator = generator(feed, "atom")
    for element, entry in zip(feed_generator.entry(), feed.entries, strict=True):
        if entry.summary:
            element.summary(entry.summary)
    return styled(feed_generator.atom_str(pretty=True))


def _parts(entry: bytes, position: int) -> Parts:
    return entry.removesuffix(str(position).encode() + _ENTRY_END), _ENTRY_END
