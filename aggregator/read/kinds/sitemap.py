"""News sitemaps: the sitemap protocol with the news extension of Google News.

See https://www.sitemaps.org/protocol.html. Publishers without a feed often have a news sitemap. Of
an index, the first sitemap with "news" in its address is followed.
"""

from __future__ import annotations

from aggregator.errors import BadDocument
from aggregator.model import Document, Item, ItemImage, Text, TextKind
from aggregator.read.kinds.base import MAX_ITEMS, Parsed
from aggregator.read.kinds.dates import date_of
from aggregator.read.kinds.elements import Fields, Vocabulary, elements, first, first_plain
from aggregator.read.kinds.encoding import to_utf8
from aggregator.read.kinds.identity import distinct
from aggregator.read.links import absolute_url
from aggregator.read.xmltree import local_name, namespace_of, parse_xml


def parse(document: Document) -> Parsed:
    """The articles of a news sitemap. Raises BadDocument for other documents."""
    root = parse_xml(to_utf8(document.body, document.content_type)).root
    name, vocabulary = local_name(root), Vocabulary(namespace_of(root), "")
    fields = vocabulary.fields(root)
    if name == "sitemapindex":
        return Parsed((), next_page=_news_of_index(fields, vocabulary, document.url))
    if name != "urlset":
        raise BadDocument("not a sitemap: the root element is neither urlset nor sitemapindex")
    urls = fields.get("url", [])[:MAX_ITEMS]
    items = [
        _item(vocabulary.fields(url), vocabulary, document.url, order)
        for order, url in enumerate(urls)
    ]
    news = distinct(item for item in items if item is not None)
    if items and not news:
        raise BadDocument("a sitemap without news: no url has a news:news element")
    return Parsed(news)


def _item(fields: Fields, vocabulary: Vocabulary, base: str, order: int) -> Item | None:
    element = first(fields, "news:news")
    address = absolute_url(base, first_plain(fields, "loc"))
    if element is None or not address:
        return None
    news = vocabulary.fields(element)
    publication_element = first(news, "news:publication")
    publication = vocabulary.fields(publication_element) if publication_element is not None else {}
    image = _image(fields, vocabulary, base)
    keywords = first_plain(news, "news:keywords").split(",")
    return Item(
        ref="",
        url=address,
        title=_label(first_plain(news, "news:title")),
        published=date_of(first_plain(news, "news:publication_date"))
        or date_of(first_plain(fields, "lastmod")),
        publisher=_label(first_plain(publication, "news:name")),
        lang=first_plain(publication, "news:language"),
        image=ItemImage(image) if image else None,
        topics=tuple(_label(keyword.strip()) for keyword in keywords if keyword.strip()),
        order=order,
    )


def _label(text: str) -> Text:
    """A text without markup, in which publishers write character references of HTML."""
    return Text(text, TextKind.LABEL)


def _image(fields: Fields, vocabulary: Vocabulary, base: str) -> str:
    for element in elements(fields, "image:image"):
        if address := first_plain(vocabulary.fields(element), "image:loc"):
            return absolute_url(base, address)
    return ""


def _news_of_index(fields: Fields, vocabulary: Vocabulary, base: str) -> str:
    """The first sitemap whose address names news, else the first one."""
    addresses = [
        absolute_url(base, first_plain(vocabulary.fields(sitemap), "loc"))
        for sitemap in fields.get("sitemap", [])[:MAX_ITEMS]
    ]
    return next((a for a in addresses if "news" in a.lower()), next(iter(addresses), ""))
