"""OPML 2.0 as other readers export it: nested outlines are topics; broken ones are read anyway."""

from __future__ import annotations

from aggregator.errors import BadDocument
from aggregator.model import MAX_DOCUMENT_BYTES, MAX_NAME, CleanText, Outline, Text, TextKind
from aggregator.read.addresses import http_url
from aggregator.read.cleaning import clean
from aggregator.read.kinds.encoding import to_utf8
from aggregator.read.xmltree import Element, local_name, parse_xml

MAX_DEPTH = 32


def read_opml(body: bytes) -> list[Outline]:
    """The feeds of a subscription list, each URL once. Raises BadDocument.

    Outlines that are comments (``isComment="true"``) or have no http(s) ``xmlUrl`` are passed
    over; entities are not expanded and nothing is fetched.
    """
    if len(body) > MAX_DOCUMENT_BYTES:
        raise BadDocument("too large for a subscription list")
    root = parse_xml(to_utf8(body)).root
    if local_name(root) != "opml":
        raise BadDocument("not OPML: the root element is not <opml>")
    outlines: dict[str, Outline] = {}
    stack: list[tuple[Element, tuple[str, ...]]]
    stack = [(outline, ()) for outline in reversed(root.findall("{*}body/{*}outline"))]
    while stack:
        element, topics = stack.pop()
        attributes = {str(name).lower(): str(value) for name, value in element.attrib.items()}
        if attributes.get("iscomment", "").lower() == "true":
            continue
        label = attributes.get("title") or attributes.get("text") or ""
        name = clean(Text(label, TextKind.LABEL), MAX_NAME)
        if url := feed_url(attributes.get("xmlurl", "")):
            outlines.setdefault(url, Outline(name or url, url, topics))
        elif len(topics) < MAX_DEPTH:
            inner = (*topics, name) if name else topics
            stack += [(child, inner) for child in reversed(element.findall("{*}outline"))]
    return list(outlines.values())


def feed_url(address: str) -> CleanText:
    """The http(s) URI of a feed, ``feed:`` forms included: ``feed://host/path`` is http,
    ``feed:https://host/path`` what follows the colon."""
    address = address.strip()
    if address[:5].lower() == "feed:":
        rest = address[5:]
        address = f"http:{rest}" if rest.startswith("//") else rest
    return http_url(address)
