"""What was rendered of the entries of a document, kept until the document is rendered again.

When a story is new, most entries of its feed only move by a position. So what is kept of an entry
has a gap where its position is, and the document is put together with the positions of the day.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from typing import TypeVar

from aggregator.model import Entry, Feed
from aggregator.publish.local_entries import LocalFeeds

T = TypeVar("T")
Parts = tuple[bytes, ...]
"""What is rendered of an entry, in UTF-8. Its position is put between the parts."""


class Fragments:
    """What was rendered of each item that a document lists: of entries, or of the feeds of the
    index. Items are recognised by identity, since comparing entries with all their links takes as
    long as putting them together; an equal item that is another object is rendered again."""

    def __init__(self) -> None:
        self._parts: dict[int, tuple[object, Parts]] = {}  # the items are kept for their ids
        self._last: dict[tuple[str, int], tuple[object, str]] = {}
        self._current: dict[tuple[str, int], tuple[object, str]] = {}

    def missing(self, items: Iterable[T]) -> list[T]:
        """The items of which nothing is kept."""
        return [item for item in items if id(item) not in self._parts]

    def put_together(self, items: Sequence[object], new: Iterable[Parts]) -> list[bytes]:
        """What is rendered of each of the items at its position, from 1. `new` is what is rendered
        of the `missing` ones, in their order. Other items are forgotten."""
        rendered = dict(self._parts)
        for item, parts in zip(self.missing(items), new, strict=True):
            rendered[id(item)] = (item, parts)
        self._parts = {id(item): rendered[id(item)] for item in items}
        return [
            str(position).encode().join(rendered[id(item)][1])
            for position, item in enumerate(items, 1)
        ]

    def begin(self) -> None:
        """Begin a document that is made of rows. Of rows, only those of the last one are kept."""
        self._last, self._current = self._current, {}

    def row(self, kind: str, item: T, render: Callable[[T], str]) -> str:
        """The row of this kind for the item, rendered now if it was not in the last document."""
        key = (kind, id(item))
        kept = self._current.get(key) or self._last.get(key)
        self._current[key] = kept = kept or (item, render(item))
        return kept[1]


class RenderCache:
    """The fragments of all files, and the digests of their entries, of the last time that they were
    published: as large as the files. If it is not `lasting`, there is no next time, and no
    fragments are kept. Not for several threads."""

    def __init__(self, *, lasting: bool = True) -> None:
        self._lasting = lasting
        self._fragments: dict[tuple[str, str], tuple[Hashable, Fragments]] = {}
        self._digests: dict[str, tuple[Feed, tuple[str, ...]]] = {}
        self.local_feeds = LocalFeeds()

    def fragments(self, slug: str, ext: str, context: Hashable) -> Fragments | None:
        """The fragments of the file of a feed with this extension; without a slug that of all
        feeds. `context` is all that they depend on besides the entries: in another one, nothing is
        kept."""
        if not self._lasting:
            return None
        cached = self._fragments.get((slug, ext))
        if cached is None or cached[0] != context:
            cached = self._fragments[slug, ext] = (context, Fragments())
        return cached[1]

    def entry_digests(self, feed: Feed, digest: Callable[[Entry], str]) -> tuple[str, ...]:
        """The digest of each entry of the feed."""
        cached = self._digests.get(feed.slug)
        if cached is not None and cached[0] is feed:
            return cached[1]
        last = dict(zip(map(id, cached[0].entries), cached[1], strict=True)) if cached else {}
        digests = tuple(last.get(id(entry)) or digest(entry) for entry in feed.entries)
        self._digests[feed.slug] = (feed, digests)
        return digests

    def keep(self, slugs: Collection[str]) -> None:
        """Forget the feeds with other slugs."""
        names = {"", *slugs}
        self._fragments = {name: v for name, v in self._fragments.items() if name[0] in names}
        self._digests = {slug: v for slug, v in self._digests.items() if slug in slugs}
        self.local_feeds.keep(slugs)
