"""The URL of an entry, chosen from the addresses that it contains: its own page, if it has one."""

from __future__ import annotations

from collections.abc import Iterator

from aggregator.identify import canonical_url
from aggregator.read.addresses import http_url
from aggregator.read.kinds.channel import Channel
from aggregator.read.kinds.elements import (
    Fields,
    base_of,
    elements,
    first,
    first_plain,
    plain,
    relation_of,
)
from aggregator.read.kinds.media import enclosure_of
from aggregator.read.links import absolute_url
from aggregator.read.xmltree import Element

RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_PAGE_TYPES = ("", "text/html", "application/xhtml+xml")


def page_url(entry: Element, fields: Fields, base: str, channel: Channel) -> str:
    """The URL of the entry's own page, else of its file, else ``""``. `fields` are those of
    `entry`, `base` is its base URL."""
    page = _page(fields, base, channel) or _content_source(fields, base)
    page = page or _permalink(entry, fields, base)
    if page and not _is_front_page(page, channel):
        return page
    enclosure = enclosure_of(fields, base)
    if enclosure is not None and (file := http_url(enclosure.url)):
        return file
    return "" if page else next(iter(_alternates(fields, base, channel, images=True)), "")


def _is_front_page(page: str, channel: Channel) -> bool:
    """Whether `page` is the feed's page, which is not the entry's own page.

    An anchor on it is: some journals are one page with an anchor for each entry.
    """
    if not channel.home or page.partition("#")[2]:
        return False
    return canonical_url(page) == canonical_url(channel.home)


def _page(fields: Fields, base: str, channel: Channel) -> str:
    for element in elements(fields, "feedburner:origlink", "pheedo:origlink"):
        if address := http_url(absolute_url(base, plain(element))):
            return address
    for element in elements(fields, "link"):
        text = plain(element)
        element_base = base_of(element, channel.base) if channel.based else base
        if text and (address := http_url(absolute_url(element_base, text))):
            return address
    return next(iter(_alternates(fields, base, channel, images=False)), "")


def _alternates(fields: Fields, base: str, channel: Channel, *, images: bool) -> Iterator[str]:
    """The URLs of the alternate links: pages first, then other files; or only the images."""
    ranked: list[tuple[int, str]] = []
    for element in elements(fields, "atom:link", "link"):
        relation = relation_of(element)
        href = (element.get("href") or "").strip() or (plain(element) if relation else "")
        if not href or relation not in ("", "alternate"):
            continue
        kind = (element.get("type") or "").strip().lower().partition(";")[0]
        element_base = base_of(element, channel.base) if channel.based else base
        if kind.startswith("image/") is images and (
            address := http_url(absolute_url(element_base, href))
        ):
            ranked.append((_page_rank(kind), address))
    return (address for _, address in sorted(ranked, key=lambda pair: pair[0]))


def _page_rank(kind: str) -> int:
    return 0 if kind in _PAGE_TYPES else 1 if kind.startswith("text/") else 2


def _content_source(fields: Fields, base: str) -> str:
    """The URL of out-of-line content (RFC 4287, section 4.1.3.2), if that is a page."""
    for element in elements(fields, "atom:content"):
        source, kind = element.get("src") or "", (element.get("type") or "").strip().lower()
        if source and (not kind or "html" in kind):
            return http_url(absolute_url(base, source))
    return ""


def _permalink(entry: Element, fields: Fields, base: str) -> str:
    """The id, if it is a link: a guid unless isPermaLink is false (RSS 2.0), an Atom id that is an
    http(s) URL, or rdf:about."""
    guid = first(fields, "guid")
    if guid is not None:
        stated = (guid.get("isPermaLink") or guid.get("ispermalink") or "").strip().lower()
        if stated == "false":
            return ""
        value = plain(guid)
        return http_url(absolute_url(base, value) if stated == "true" and "/" in value else value)
    return http_url(first_plain(fields, "atom:id", "id") or (entry.get(RDF_ABOUT) or "").strip())
