"""Web feeds: RSS 0.9x, 1.0 (RDF) and 2.0, Atom 0.3 and 1.0, JSON Feed.

Two parsers: a fast one that reads nearly everything, and a tolerant one for what it cannot read.
Where a field comes from:

    title      Atom title, RSS title, dc:title (as HTML unless it says that it is text)
    url        Atom link rel=alternate, RSS link, guid isPermaLink, else the feed's own link
    ref        Atom id, RSS guid, else the link, else the title
    summary    Atom summary, RSS description, else content
    published  Atom published, RSS pubDate, dc:date, else updated
    publisher  the feed's title; atom:source or RSS source where an entry comes from another feed
    image      media:thumbnail, media:content, an image enclosure, else the first <img>
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import feedparser_rs

from aggregator.errors import BadDocument
from aggregator.model import Document, Enclosure, Item, ItemImage
from aggregator.read.clean import MAX_TITLE, http_url, text_of_html
from aggregator.read.kinds import jsonfeed
from aggregator.read.kinds.access import get as _get
from aggregator.read.kinds.access import many as _many
from aggregator.read.kinds.access import text as _text
from aggregator.read.kinds.encoding import to_utf8
from aggregator.read.kinds.feed_hints import feed_hints
from aggregator.read.kinds.parsed import Parsed
from aggregator.read.kinds.titles import title_from
from aggregator.read.kinds.tolerant import parse_tolerantly
from aggregator.read.links import joined

_MAX_ITEMS = 10_000
_IMG = re.compile(r"<img\b[^>]*?\bsrc\s*=\s*[\"']?([^\"'\s>]+)", re.I)
_HTML_START = re.compile(rb"(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_ENTITY = re.compile(rb"<!ENTITY\s+(?:%\s+)?\S+\s+[\"']([^\"']*)", re.I)
_FEED_ROOT = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf|channel)\b", re.I)
# What the fast parser is known not to read, as its namesakes in feedparser's own tests show:
# base64 content, entities of the document's own, old RSS extensions, Atom's links inside RSS.
_BEYOND_FAST = re.compile(
    rb"""mode=["']base64|application/octet-stream|<!ENTITY|<(?:xhtml:)?(?:fullitem|body)[\s>]"""
    rb"""|<dcterms:|<dc:author""",
    re.I,
)
_ATOM_LINK_IN_RSS = re.compile(rb"<link\s[^>]*?href=", re.I)
_CLOSED_ROOT = re.compile(rb"</(?:\w+:)?(?:rss|feed|rdf|channel)\s*>", re.I)
_CLOSED_ITEM = re.compile(rb"</(?:\w+:)?(?:item|entry)\s*>", re.I)


def parse(document: Document) -> Parsed:
    """The entries of a feed in any format. Raises BadDocument where it is not a feed.

    Where the tolerant parser is needed, this waits for its process.
    """
    quick = parse_quickly(document)
    if quick is not None:
        return quick
    body = to_utf8(document.body, document.content_type).lstrip()
    parsed = _whole(body, _better(body, document.url))
    if not parsed.items and not _FEED_ROOT.search(body[:65_536]):
        raise BadDocument("not a feed: no feed format is recognised")
    return parsed


def parse_quickly(document: Document) -> Parsed | None:
    """The same, or None where it takes the tolerant parser."""
    start = document.body[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise BadDocument("empty: no content at all, not a feed")
    if start[:1] in (b"{", b"["):
        return jsonfeed.parse(document)
    body = to_utf8(document.body, document.content_type).lstrip()
    if not body.startswith(b"<"):  # also keeps from the parser what it would take for a URL
        raise BadDocument("not a feed: neither XML nor JSON")
    if _HTML_START.match(body):
        raise BadDocument("an HTML page, not a feed", kind="page")
    _check_entities(body)
    fast, fault = _fast(body, document.url)
    if fast is None or fault:
        return None
    if fast.items or not _CLOSED_ITEM.search(body):
        return _whole(body, fast)
    return None


def _check_entities(body: bytes) -> None:
    """Refuse what only an attack has: entities made of entities, or very many of them."""
    declared = _ENTITY.findall(body[:1_000_000])
    if len(declared) > 300 or any(value.count(b"&") > 3 for value in declared):
        raise BadDocument("entities made of entities are not expanded (an entity bomb?)")


def _better(body: bytes, url: str) -> Parsed:
    """What the fast parser reads in spite of a fault, or the tolerant one, whichever is more."""
    fast, fault = _fast(body, url)
    try:
        found = parse_tolerantly(body, url)
    except BadDocument:
        if fast is not None and fast.items:
            return fast
        raise
    tolerant = _parsed(found, url) if found["version"] or found["entries"] else None
    if tolerant is not None and (fast is None or len(tolerant.items) >= len(fast.items)):
        return tolerant
    if fast is None or (fault and not fast.items):
        raise BadDocument(f"cannot parse the feed: {fault or 'no feed format is recognised'}")
    return fast


def _is_beyond_fast(body: bytes) -> bool:
    rss = b"<rss" in body[:2_000]
    return bool(_BEYOND_FAST.search(body) or (rss and _ATOM_LINK_IN_RSS.search(body)))


def _fast(body: bytes, url: str) -> tuple[Parsed | None, str]:
    """What the fast parser reads, and what it found wrong."""
    try:
        found = feedparser_rs.parse(body, sanitize_html=False)  # `clean` does
    except (RuntimeError, ValueError, TypeError, OverflowError) as error:
        return None, _short(str(error))
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # a panic of the Rust library
            raise
        return None, "the fast parser gave up"
    fault = _short(str(found.bozo_exception or "not well-formed")) if found.bozo else ""
    if not fault and _is_beyond_fast(body):
        fault = "beyond the fast parser"
    if not found.version:
        return None, fault or "no feed format is recognised"
    return _parsed(found, url), fault


def _whole(body: bytes, parsed: Parsed) -> Parsed:
    """Without the half of an entry at which a document was cut off."""
    if _CLOSED_ROOT.search(body[-2_000:]):
        return parsed
    closed = len(_CLOSED_ITEM.findall(body))
    return replace(parsed, items=parsed.items[:closed]) if closed < len(parsed.items) else parsed


def _parsed(found: Any, url: str) -> Parsed:
    """Either parser's findings; both have the same names."""
    feed = _get(found, "feed")
    home = _home(feed, url)
    title = text_of_html(_text(feed, "title"), MAX_TITLE)
    items = tuple(_item(entry, feed, home, title) for entry in _get(found, "entries")[:_MAX_ITEMS])
    return Parsed(
        items, title, next_page=_linked(feed, url, "next", "prev-archive"), hints=feed_hints(feed),
        hub=_linked(feed, url, "hub"), own=_linked(feed, url, "self"),
    )  # fmt: skip


def _item(entry: Any, feed: Any, home: str, feed_title: str) -> Item:
    guid = _text(entry, "id")
    link = http_url(joined(home, _link(entry) or "urn:")) or _permalink(entry, guid)
    content = _content(entry)
    summary = _text(entry, "summary") or content
    origin = _origin(entry)
    url = link or home
    title = _title(entry)
    return Item(
        ref=guid or link or title or summary,
        url=url,
        title=title or title_from(summary, url),
        summary=summary,
        content=content,
        published=_date(entry, "published") or _date(entry, "updated") or _date(entry, "created"),
        publisher=origin or feed_title,
        author=_text(entry, "author") or _text(feed, "author"),
        lang=_text(entry, "language") or _text(feed, "language"),
        image=_image(entry, content or summary, url),
        topics=tuple(_text(tag, "term") or _text(tag, "label") for tag in _many(entry, "tags")),
        linked=bool(link),
        enclosure=_enclosure(entry, url),
    )


def _home(feed: Any, url: str) -> str:
    """What relative links are relative to: the feed's own link, itself resolved."""
    return joined(url, _link(feed) or url)


def _link(holder: Any) -> str:
    for link in _many(holder, "links"):
        if _text(link, "rel") in ("", "alternate") and _text(link, "href"):
            return _text(link, "href").strip()
    return _text(holder, "link").strip()


def _permalink(entry: Any, guid: str) -> str:
    """A guid is a link unless the feed says that it is none (RSS 2.0, isPermaLink)."""
    return "" if _get(entry, "guidislink") is False else http_url(guid)


def _title(entry: Any) -> str:
    """The title as plain text: markup in it is taken for markup unless the feed says text."""
    value = _text(entry, "title")
    kind = _text(_get(entry, "title_detail"), "type")
    return value if kind == "text/plain" else text_of_html(value, MAX_TITLE)


def _content(entry: Any) -> str:
    return next((text for c in _many(entry, "content") if (text := _text(c, "value"))), "")


def _date(entry: Any, name: str) -> datetime | None:
    """Both parsers give the parsed date as a struct_time in UTC."""
    parsed = _get(entry, f"{name}_parsed")
    if parsed is None:
        return None
    try:
        year, month, day, hour, minute, second = parsed[:6]
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _origin(entry: Any) -> str:
    """The feed that an entry was taken from (RFC 4287, section 4.2.11; RSS 2.0 ``source``)."""
    source = _get(entry, "source")
    return _text(source, "title") if source is not None else ""


def _image(entry: Any, markup: str, base: str) -> ItemImage | None:
    for name in ("media_thumbnail", "media_content", "enclosures"):
        for media in _many(entry, name):
            url = _text(media, "url") or _text(media, "href")
            kind = _text(media, "type") or _text(media, "medium")
            if url and (name == "media_thumbnail" or kind.startswith("image")):
                return ItemImage(joined(base, url), _size(media, "width"), _size(media, "height"))
    found = _IMG.search(markup) if "<" in markup and "img" in markup.lower() else None
    return ItemImage(joined(base, found[1])) if found else None


def _enclosure(entry: Any, base: str) -> Enclosure | None:
    """The first enclosure that is not a mere picture of the article."""
    for media in _many(entry, "enclosures"):
        url = _text(media, "href") or _text(media, "url")
        kind = _text(media, "type")
        if url and not kind.startswith("image"):
            length = str(_get(media, "length") or "")
            size = int(length) if length.isascii() and length.isdecimal() else 0
            return Enclosure(joined(base, url), kind, size)
    return None


def _size(media: Any, name: str) -> int | None:
    value = str(_get(media, name) or "")
    return int(value) if value.isdecimal() and len(value) < 7 else None


def _linked(feed: Any, url: str, *rels: str) -> str:
    """The first link of these relations. ``next`` and ``prev-archive`` are RFC 5005's: the next
    page of a paged feed, the previous archive of an archived one."""
    for link in _many(feed, "links"):
        if _text(link, "rel") in rels and _text(link, "href"):
            return joined(url, _text(link, "href"))
    return ""


def _short(text: str) -> str:
    return " ".join(text.split())[:160]
