"""What a page links: its feeds (``<link rel="alternate" type="application/rss+xml" href=…>``) and
the icons of its site (``<link rel="icon" href=…>``)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from aggregator.read.addresses import http_url
from aggregator.read.fetch import Fetcher
from aggregator.read.links import absolute_url
from aggregator.read.options import FetchOptions, ReadOptions
from aggregator.read.outcomes import Failed, Fetched

_TYPES = (
    "application/atom+xml",
    "application/rss+xml",
    "application/feed+json",
    "application/rdf+xml",
    "application/json",
)
_MAX_LINKS = 50
_SIZE = re.compile(r"\d{1,4}")  # the width in ``sizes="96x96"``


def find_feeds(url: str, options: ReadOptions) -> tuple[list[str], str]:
    """The URLs of the feeds that a page links, in its order, and the reason if there are none.

    Fetches the page; errors are returned as the reason, not raised.
    """
    import asyncio

    return asyncio.run(_find(url, options))


async def _find(url: str, options: ReadOptions) -> tuple[list[str], str]:
    async with Fetcher(FetchOptions.of(options)) as fetcher:
        outcome = await fetcher.fetch(url)
    match outcome:
        case Fetched():
            feeds = feeds_of_page(outcome.body, outcome.url)
            return feeds, "" if feeds else "the page names no feed"
        case Failed(reason):
            return [], reason
        case _:
            return [], "the page is gone"


def feeds_of_page(body: bytes, base: str) -> list[str]:
    """The addresses of the feeds that an HTML page names (RFC 8288; WHATWG HTML, 4.6.6.1)."""
    links = (link for link in _links(body, base) if "alternate" in link.rel)
    return list(dict.fromkeys(link.address for link in links if link.kind in _TYPES))[:_MAX_LINKS]


def icons_of_page(body: bytes, base: str) -> list[str]:
    """The addresses of the icons that an HTML page names (WHATWG HTML, 4.6.6.7), the largest first
    as far as sizes are given; none in SVG."""
    found: dict[str, int] = {}
    for link in _links(body, base):
        if {"icon", "apple-touch-icon", "apple-touch-icon-precomposed"} & set(link.rel):
            size = _SIZE.match(link.sizes)
            usual = 16 if "icon" in link.rel else 180
            if "svg" not in link.kind and not link.address.endswith(".svg"):
                found[link.address] = int(size[0]) if size else usual
    return sorted(found, key=lambda address: -found[address])[:_MAX_LINKS]


class _PageLink(NamedTuple):
    rel: list[str]
    kind: str
    address: str
    sizes: str


def _links(body: bytes, base: str) -> Iterator[_PageLink]:
    """The links in the head of a page, with absolute http(s) addresses."""
    from lxml import etree, html

    try:
        page = html.document_fromstring(body[:2_000_000])
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return
    start = page.find(".//base")
    base = absolute_url(base, start.get("href") or "") if start is not None else base
    for link in page.iter("link"):
        rel = (link.get("rel") or "").lower().split()
        kind = (link.get("type") or "").lower().partition(";")[0].strip()
        address = http_url(absolute_url(base, link.get("href") or ""))
        if address:
            yield _PageLink(rel, kind, address, link.get("sizes") or "")
