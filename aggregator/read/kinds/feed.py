"""Web feeds: RSS 0.9x, 1.0 (RDF) and 2.0, Atom 0.3 and 1.0, JSON Feed.

One reader over libxml2's tree, at each field of which stands where it comes from (``entries``).
Documents that are not well-formed are repaired first (``xmltree``); in time, everything here is
linear in the length of the document.
"""

from __future__ import annotations

import re
from typing import Any

from aggregator.errors import BadDocument
from aggregator.model import NO_TEXT, Document
from aggregator.model.urls import is_http_url
from aggregator.read.addresses import http_url
from aggregator.read.kinds import jsonfeed
from aggregator.read.kinds.base import Parsed
from aggregator.read.kinds.elements import (
    Fields,
    Vocabulary,
    base_of,
    elements,
    first,
    first_plain,
    first_text,
    language_of,
    plain,
    relation_of,
    vocabulary_of,
)
from aggregator.read.kinds.encoding import to_utf8
from aggregator.read.kinds.entries import Channel, author_of, item_of
from aggregator.read.kinds.identity import distinct
from aggregator.read.links import absolute_url
from aggregator.read.polling import DAYS, Hints
from aggregator.read.xmltree import XmlDocument, local_name, parse_xml

_MAX_ITEMS = 10_000
_ROOTS = ("rss", "rdf", "feed", "channel", "entry", "item")
_END_OF_ROOT = re.compile(rb"</(?:[\w.-]{1,40}:)?(?:rss|feed|rdf|channel)[\s>]", re.I)
_END_OF_ITEM = re.compile(rb"</(?:[\w.-]{1,40}:)?(?:item|entry)[\s>]", re.I)
_TAIL = 4_000  # bytes at the end of a document in which its root is closed

# RSS 1.0 syndication module: the feed changes `updateFrequency` times in each period.
_PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000,
            "yearly": 31_536_000}  # fmt: skip


def parse(document: Document) -> Parsed:
    """The entries of a feed in any format. Raises BadDocument where it is not a feed."""
    body = to_utf8(document.body, document.content_type)
    start = body[:65_536].lstrip(b" \t\r\n\x0b\x0c\0\xef\xbb\xbf")[:1]
    if not start:
        raise BadDocument("empty: no content at all, not a feed")
    if start in (b"{", b"["):
        return jsonfeed.parse(body, document.url)
    tree = parse_xml(body)
    name = local_name(tree.root)
    if name not in _ROOTS and next(tree.root.iter("{*}channel", "{*}feed"), None) is None:
        if name in ("html", "head", "body"):
            raise BadDocument("an HTML page, not a feed", kind="page")
        raise BadDocument("not a feed: no feed format is recognised")
    return _parsed(tree, body, document.url)


def _parsed(tree: XmlDocument, body: bytes, url: str) -> Parsed:
    root = tree.root
    vocabulary = vocabulary_of(root)
    outer = _channel_element(root, vocabulary)
    fields = vocabulary.fields(outer)
    channel = _channel(outer, fields, vocabulary, body, url)
    entries = _entries(root, vocabulary)
    if not tree.well_formed:
        entries = _whole(entries, body)
    items = (item_of(entry, channel, order) for order, entry in enumerate(entries[:_MAX_ITEMS]))
    return Parsed(
        distinct(items),
        channel.title,
        next_page=_link(fields, channel, "next", "prev-archive"),
        hints=_hints(fields, vocabulary),
        hub=_link(fields, channel, "hub"),
        self_url=_link(fields, channel, "self"),
    )


def _channel_element(root: Any, vocabulary: Vocabulary) -> Any:
    """The element that holds what is said of the whole feed."""
    for child in root:
        if vocabulary.name(child.tag) == "channel":
            return child
    return root


def _entries(root: Any, vocabulary: Vocabulary) -> list[Any]:
    """The entries wherever they stand: RDF has them beside the channel, RSS in it."""
    names = ("item", "atom:entry", "entry", "atom:item")
    entries = [
        element
        for element in root.iter("{*}item", "{*}entry", "{*}Item", "{*}Entry", "{*}ITEM")
        if vocabulary.name(element.tag) in names
    ]
    return entries or [e for e in root.iter() if vocabulary.name(e.tag) in names]


def _whole(entries: list[Any], body: bytes) -> list[Any]:
    """Without the half of an entry at which a document was cut off: it would be stored half."""
    if _END_OF_ROOT.search(body[-_TAIL:]):
        return entries
    return entries[: len(_END_OF_ITEM.findall(body))]


def _channel(
    element: Any, fields: Fields, vocabulary: Vocabulary, body: bytes, url: str
) -> Channel:
    based, tagged = b"xml:base" in body, b"xml:lang" in body
    near = base_of(element, url) if based else url
    link = first_plain(fields, "link")
    home = http_url(absolute_url(near, link)) if link else ""
    alternate = next((a for a in _hrefs(fields, url, based, ("", "alternate")) if a), "")
    self_url = next((a for a in _hrefs(fields, url, based, ("self",)) if a), "")
    # Atom's links are relative to the document (RFC 3986, 5.1.3); RSS says nothing, and its
    # publishers mean their site. A file has no address: what the feed calls itself stands in.
    is_atom = not home and first(fields, "atom:title", "atom:entry", "atom:id") is not None
    near = near if is_http_url(near) else self_url or alternate
    author = author_of(fields, vocabulary) or author_of(
        {"author": fields.get("managingeditor", [])}, vocabulary
    )
    return Channel(
        vocabulary=vocabulary,
        base=near if is_atom else (home or alternate or near),
        home=home or alternate,
        url=url,
        title=first_text(fields, "atom:title", "title", "dc:title") or NO_TEXT,
        author=author,
        lang=(language_of(element) if tagged else "")
        or first_plain(fields, "language", "dc:language"),
        based=based,
        tagged=tagged,
    )


def _hrefs(fields: Fields, base: str, based: bool, relations: tuple[str, ...]) -> list[str]:
    return [
        http_url(absolute_url(base_of(element, base) if based else base, element.get("href") or ""))
        for element in elements(fields, "atom:link", "link")
        if relation_of(element) in relations and element.get("href")
    ]


def _link(fields: Fields, channel: Channel, *relations: str) -> str:
    """The first link of these relations. ``next`` and ``prev-archive`` are RFC 5005's: the next
    page of a paged feed, the previous archive of an archived one."""
    addresses = _hrefs(fields, channel.url or channel.base, channel.based, relations)
    return next((address for address in addresses if address), "")


def _hints(fields: Fields, vocabulary: Vocabulary) -> Hints:
    """When to ask again: ``ttl`` in minutes, ``sy:updatePeriod``, skipHours in GMT, skipDays."""
    often = max(_whole_number(first_plain(fields, "sy:updatefrequency")), 1)
    period = _PERIODS.get(first_plain(fields, "sy:updateperiod").lower(), 0) // often
    fresh = max(_whole_number(first_plain(fields, "ttl")) * 60, period)
    hours = {_whole_number(text) % 24 for text in _inner(fields, vocabulary, "skiphours")}
    names = {text.lower() for text in _inner(fields, vocabulary, "skipdays")}
    days = {number for number, day in enumerate(DAYS) if day in names}
    return Hints(fresh_for=fresh, skip_hours=frozenset(hours), skip_days=frozenset(days))


def _inner(fields: Fields, vocabulary: Vocabulary, name: str) -> list[str]:
    holder = first(fields, name)
    if holder is None:
        return []
    children = vocabulary.fields(holder)
    return [text for e in elements(children, "hour", "day") if (text := plain(e))]


def _whole_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
