"""OPML 2.0 as other readers export it: nested outlines are topics; broken ones are read anyway."""

from __future__ import annotations

from typing import Any

from aggregator.errors import BadDocument
from aggregator.model import Outline
from aggregator.read.clean import MAX_NAME, http_url, plain_text

MAX_BYTES = 15_000_000
MAX_DEPTH = 32


def read_opml(body: bytes) -> list[Outline]:
    """The feeds of a subscription list, each URL once. Raises BadDocument.

    Outlines that are comments (``isComment="true"``) or have no http(s) ``xmlUrl`` are passed
    over; entities are not expanded and nothing is fetched.
    """
    if len(body) > MAX_BYTES:
        raise BadDocument("too large for a subscription list")
    from lxml import etree

    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, huge_tree=False, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise BadDocument(f"not XML: {error.msg}", error.lineno or 0) from None
    if root is None or etree.QName(root).localname.lower() != "opml":
        raise BadDocument("not OPML: the root element is not <opml>")
    found: dict[str, Outline] = {}
    waiting: list[tuple[Any, tuple[str, ...]]]
    waiting = [(outline, ()) for outline in root.iterfind("body/outline")]
    while waiting:
        outline, topics = waiting.pop(0)
        attributes = {name.lower(): value for name, value in outline.attrib.items()}
        if attributes.get("iscomment", "").lower() == "true":
            continue
        name = plain_text(attributes.get("title") or attributes.get("text") or "", MAX_NAME)
        url = http_url(attributes.get("xmlurl", ""))
        if url:
            found.setdefault(url, Outline(name or url, url, topics))
        elif len(topics) < MAX_DEPTH:
            inner = (*topics, name) if name else topics
            waiting[:0] = [(child, inner) for child in outline.iterfind("outline")]
    return list(found.values())
