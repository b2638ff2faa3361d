"""Entries with the pictures of our own server in their content, where they are there.

The content is composed with the addresses of the publishers, which stay in the fields of an entry;
they are replaced when a feed is written, since a picture comes some seconds after its story.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from html import escape, unescape
from urllib.parse import urlsplit

from aggregator.model import Entry, Feed, Site
from aggregator.publish.picture_urls import Pictures, picture_url

_PICTURE = re.compile(r'<img src="([^"]+)" alt=""( width="\d+" height="\d+")?')
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


def with_local_pictures(feed: Feed, pictures: Pictures) -> Feed:
    """The feed with our pictures in its entries; entries without one are the same objects. Where
    the site has no address that others can reach, none is changed."""
    if urlsplit(feed.site.url).hostname in _THIS_MACHINE:
        return feed
    entries = tuple(_with_local_pictures(entry, pictures, feed.site) for entry in feed.entries)
    return replace(feed, entries=entries)


def _with_local_pictures(entry: Entry, pictures: Pictures, site: Site) -> Entry:
    def replaced(match: re.Match[str]) -> str:
        picture = pictures.of(unescape(match[1]))
        if picture is None:
            return match[0]
        size = f' width="{picture.width}" height="{picture.height}"' if match[2] else ""
        return f'<img src="{escape(picture_url(site, picture))}" alt=""{size}'

    content = _PICTURE.sub(replaced, entry.content)
    return entry if content == entry.content else replace(entry, content=content)


class LocalFeeds:
    """The feeds with local pictures of the last time that they were published: an entry whose
    pictures are the same is the same object again, so that it need not be rendered again."""

    def __init__(self) -> None:
        self._entries: dict[str, dict[int, tuple[Entry, Entry]]] = {}  # by slug, then id() of entry

    def local(self, feed: Feed, pictures: Pictures) -> Feed:
        """The feed with local pictures."""
        last, made = self._entries.get(feed.slug, {}), with_local_pictures(feed, pictures).entries
        pairs = {}
        for entry, new in zip(feed.entries, made, strict=True):
            _, old = last.get(id(entry), (entry, entry))
            pairs[id(entry)] = (entry, old if old.content == new.content else new)
        self._entries[feed.slug] = pairs
        return replace(feed, entries=tuple(new for _, new in pairs.values()))

    def keep(self, slugs: Collection[str]) -> None:
        """Forget the feeds with other slugs."""
        self._entries = {slug: pairs for slug, pairs in self._entries.items() if slug in slugs}
