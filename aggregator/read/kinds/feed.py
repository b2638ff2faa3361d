"""Web feeds: RSS 0.9x, 1.0 (RDF) and 2.0, Atom 0.3 and 1.0, JSON Feed.

All formats but JSON are read from libxml2's tree; ``entries`` lists the elements of each field.
Documents that are not well-formed are repaired first (``xmltree``). Everything here takes time
linear in the length of the document.
"""

from __future__ import annotations

import re

from aggregator.errors import BadDocument
from aggregator.model import NO_TEXT, Document
from aggregator.model.urls import is_http_url
from aggregator.read.addresses import http_url
from aggregator.read.kinds import jsonfeed
from aggregator.read.kinds.base import MAX_ITEMS, Parsed
from aggregator.read.kinds.channel import Channel
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
from aggregator.read.kinds.entries import author_of, item_of
from aggregator.read.kinds.identity import distinct
from aggregator.read.links import absolute_url
from aggregator.read.polling import DAYS, Hints
from aggregator.read.xmltree import Element, XmlDocument, local_name, parse_xml

_ROOTS = ("rss", "rdf", "feed", "channel", "entry", "item")
_END_OF_ROOT = re.compile(rb"</(?:[\w.-]{1,40}:)?(?:rss|feed|rdf|channel)[\s>]", re.I)
_END_OF_ITEM = re.compile(rb"</(?:[\w.-]{1,40}:)?(?:item|entry)[\s>]", re.I)
_TAIL = 4_000  # bytes at the end of a document that are searched for the end tag of its root

# RSS 1.0 syndication module: the feed changes `updateFrequency` times in each period.
_PERIODS = {
    "hourly": 3600,
    "daily": 86_400,
    "weekly": 604_800,
    "monthly": 2_592_000,
    "yearly": 31_536_000,
}


def parse(document: Document) -> Parsed:
    """The entries of a feed in any format. Raises BadDocument where it is not a feed."""
    body = to_utf8(document.body, document.content_type)
    first_byte = body[:65_536].lstrip(b" \t\r\n\x0b\x0c\0\xef\xbb\xbf")[:1]
    if not first_byte:
        raise BadDocument("empty: no content at all, not a feed")
    if first_byte in (b"{", b"["):
        return jsonfeed.parse(body, document.url)
    tree = parse_xml(body)
    name = local_name(tree.root)
    if name not in _ROOTS and next(tree.root.iter("{*}channel", "{*}feed"), None) is None:
        if name in ("html", "head", "body"):
            raise BadDocument("an HTML page, not a feed", kind="page")
        raise BadDocument("not a feed: no feed format is recognised")
    return _parse_tree(tree, body, document.url)


def _parse_tree(tree: XmlDocument, body: bytes, url: str) -> Parsed:
    root = tree.root
    vocabulary = vocabulary_of(root)
    channel_element = _channel_element(root, vocabulary)
    fields = vocabulary.fields(channel_element)
    channel = _channel(channel_element, fields, vocabulary, body, url)
    entries = _entries(root, vocabulary)
    if not tree.well_formed:
        entries = _without_truncated_entry(entries, body)
    items = (item_of(entry, channel, order) for order, entry in enumerate(entries[:MAX_ITEMS]))
    return Parsed(
        distinct(items),
        channel.title,
        next_page=_link(fields, channel, "next", "prev-archive"),
        hints=_hints(fields, vocabulary),
        hub=_link(fields, channel, "hub"),
        self_url=_link(fields, channel, "self"),
    )


def _channel_element(root: Element, vocabulary: Vocabulary) -> Element:
    """The element that contains the fields of the whole feed."""
    for child in root:
        if vocabulary.name(child.tag) == "channel":
            return child
    return root


def _entries(root: Element, vocabulary: Vocabulary) -> list[Element]:
    """All entries: in RDF they are siblings of the channel, in RSS its children."""
    entry_names = ("item", "atom:entry", "entry", "atom:item")
    entries = [
        element
        for element in root.iter("{*}item", "{*}entry", "{*}Item", "{*}Entry", "{*}ITEM")
        if vocabulary.name(element.tag) in entry_names
    ]
    return entries or [
        element for element in root.iter() if vocabulary.name(element.tag) in entry_names
    ]


def _without_truncated_entry(entries: list[Element], body: bytes) -> list[Element]:
    """The entries without the last one if the document was cut off inside it."""
    if _END_OF_ROOT.search(body[-_TAIL:]):
        return entries
    return entries[: len(_END_OF_ITEM.findall(body))]


def _channel(
    element: Element, fields: Fields, vocabulary: Vocabulary, body: bytes, url: str
) -> Channel:
    based, tagged = b"xml:base" in body, b"xml:lang" in body
    document_base = base_of(element, url) if based else url
    link = first_plain(fields, "link")
    home = http_url(absolute_url(document_base, link)) if link else ""
    alternate = next(
        (address for address in _hrefs(fields, url, based, ("", "alternate")) if address), ""
    )
    self_url = next((address for address in _hrefs(fields, url, based, ("self",)) if address), "")
    # Atom's links are relative to the document (RFC 3986, 5.1.3); RSS does not say, and its
    # publishers mean their site. For a file, the feed's own URL (rel=self) is the base.
    is_atom = not home and first(fields, "atom:title", "atom:entry", "atom:id") is not None
    if not is_http_url(document_base):
        document_base = self_url or alternate
    author = author_of(fields, vocabulary) or author_of(
        {"author": fields.get("managingeditor", [])}, vocabulary
    )
    return Channel(
        vocabulary=vocabulary,
        base=document_base if is_atom else (home or alternate or document_base),
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
    """When to poll again: ``ttl`` in minutes, ``sy:updatePeriod``, skipHours in GMT, skipDays."""
    frequency = max(_whole_number(first_plain(fields, "sy:updatefrequency")), 1)
    period = _PERIODS.get(first_plain(fields, "sy:updateperiod").lower(), 0) // frequency
    fresh_for = max(_whole_number(first_plain(fields, "ttl")) * 60, period)
    hours = {_whole_number(text) % 24 for text in _inner_texts(fields, vocabulary, "skiphours")}
    day_names = {text.lower() for text in _inner_texts(fields, vocabulary, "skipdays")}
    days = {number for number, day in enumerate(DAYS) if day in day_names}
    return Hints(fresh_for=fresh_for, skip_hours=frozenset(hours), skip_days=frozenset(days))


def _inner_texts(fields: Fields, vocabulary: Vocabulary, name: str) -> list[str]:
    parent = first(fields, name)
    if parent is None:
        return []
    children = vocabulary.fields(parent)
    return [text for element in elements(children, "hour", "day") if (text := plain(element))]


def _whole_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
