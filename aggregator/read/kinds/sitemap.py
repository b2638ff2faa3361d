"""News sitemaps: the sitemap protocol with the news extension of Google News.

https://www.sitemaps.org/protocol.html; a publisher without a feed often has one of these. Of an
index the first sitemap that names news is followed.
"""

from __future__ import annotations

from typing import Any

from aggregator.errors import BadDocument
from aggregator.model import Document, Item, ItemImage
from aggregator.read.kinds.dates import date_of
from aggregator.read.kinds.encoding import to_utf8
from aggregator.read.kinds.parsed import Parsed
from aggregator.read.links import joined

_NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
_IMAGE = "{http://www.google.com/schemas/sitemap-image/1.1}"
_MAX_URLS = 10_000


def parse(document: Document) -> Parsed:
    """The articles of a news sitemap. Raises BadDocument where it is none."""
    from lxml import etree

    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, remove_comments=True
    )
    try:
        root = etree.fromstring(to_utf8(document.body, document.content_type), parser)
    except etree.XMLSyntaxError as error:
        raise BadDocument(f"not XML: {error.msg}", error.lineno or 0) from None
    name = "" if root is None else etree.QName(root).localname
    if name == "sitemapindex":
        return Parsed((), next_page=_news_of_index(root, document.url))
    if name != "urlset":
        raise BadDocument("not a sitemap: the root element is neither urlset nor sitemapindex")
    items = [_item(url, document.url) for url in root.findall("{*}url")[:_MAX_URLS]]
    found = tuple(item for item in items if item is not None)
    if items and not found:
        raise BadDocument("a sitemap without news: no url has a news:news element")
    return Parsed(found)


def _item(url: Any, base: str) -> Item | None:
    news = url.find(f"{_NEWS}news")
    address = joined(base, url.findtext("{*}loc") or "")
    if news is None or not address:
        return None
    image = url.findtext(f"{_IMAGE}image/{_IMAGE}loc")
    keywords = news.findtext(f"{_NEWS}keywords") or ""
    return Item(
        ref=address,
        url=address,
        title=news.findtext(f"{_NEWS}title") or "",
        published=date_of((news.findtext(f"{_NEWS}publication_date") or "").strip()),
        publisher=news.findtext(f"{_NEWS}publication/{_NEWS}name") or "",
        lang=news.findtext(f"{_NEWS}publication/{_NEWS}language") or "",
        image=ItemImage(joined(base, image)) if image else None,
        topics=tuple(word.strip() for word in keywords.split(",") if word.strip()),
    )


def _news_of_index(root: Any, base: str) -> str:
    addresses = [joined(base, loc.text or "") for loc in root.findall("{*}sitemap/{*}loc")]
    return next((a for a in addresses if "news" in a.lower()), next(iter(addresses), ""))
