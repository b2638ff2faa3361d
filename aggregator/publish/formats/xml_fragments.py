"""XML documents that are put together as text from entries that were written before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from aggregator.model import Feed
from aggregator.publish.fragments import Fragments, Parts


def assembled(
    feed: Feed,
    fragments: Fragments,
    write: Callable[[Feed], bytes],
    parts: Callable[[bytes, int], Parts],
    *,
    start: bytes,
    end: bytes,
) -> bytes:
    """The bytes of ``write(feed)``, where only entries are written that are not in `fragments`.

    Entries are the last elements of a document: each begins with the line `start`, and the lines
    `end` follow them. No text or attribute contains these, as ``<`` is escaped there. `parts`
    takes the position out of an entry."""
    missing = fragments.missing(feed.entries)
    document = write(replace(feed, entries=tuple(missing)))
    head, *written = document.removesuffix(end).split(start)
    new = [parts(start + entry, position) for position, entry in enumerate(written, 1)]
    return head + b"".join(fragments.put_together(feed.entries, new)) + end
