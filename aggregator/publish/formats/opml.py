"""OPML 2.0 (http://opml.org/spec2.opml): lists of feeds to subscribe to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lxml import etree

from aggregator.model import Outline


def render(title: str, outlines: Iterable[Outline]) -> bytes:
    """A subscription list, feeds of a topic inside the topic's outline."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    parents: dict[tuple[str, ...], Any] = {}
    for outline in outlines:
        parent: Any = body
        for depth, name in enumerate(outline.topics, 1):
            path = outline.topics[:depth]
            if path not in parents:
                parents[path] = etree.SubElement(parent, "outline", text=name, title=name)
            parent = parents[path]
        # `type` is rss for every format of feed (OPML 2.0, "Subscription lists")
        made = etree.SubElement(parent, "outline", type="rss", text=outline.name)
        made.set("title", outline.name)
        made.set("xmlUrl", outline.url)
        if outline.page:
            made.set("htmlUrl", outline.page)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
