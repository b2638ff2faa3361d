"""OPML 2.0 (http://opml.org/spec2.opml): lists of feeds to subscribe to."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree


def render(title: str, outlines: Iterable[tuple[str, str, str]]) -> bytes:
    """A subscription list: (title, feed URL, page URL) each. `type` is rss for every format."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    for name, feed, page in outlines:
        made = etree.SubElement(body, "outline", type="rss", text=name, title=name, xmlUrl=feed)
        if page:
            made.set("htmlUrl", page)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
