"""OPML 2.0 (http://opml.org/spec2.opml): lists of feeds to subscribe to."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from aggregator.model import Outline


def render(title: str, outlines: Iterable[Outline]) -> bytes:
    """The outlines as an OPML document in UTF-8. Feeds with topics are in the outlines of these."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    parents: dict[tuple[str, ...], etree._Element] = {}
    for outline in outlines:
        parent = body
        for depth, name in enumerate(outline.topics, 1):
            path = outline.topics[:depth]
            if path not in parents:
                parents[path] = etree.SubElement(parent, "outline", text=name, title=name)
            parent = parents[path]
        # `type` is "rss" for every format (OPML 2.0, "Subscription lists")
        element = etree.SubElement(parent, "outline", type="rss", text=outline.name)
        element.set("title", outline.name)
        element.set("xmlUrl", outline.url)
        if outline.page:
            element.set("htmlUrl", outline.page)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
