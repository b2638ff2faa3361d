"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
import re
from typing import Any

from aggregator.errors import BadDocument, BadItem
from aggregator.model import Document, Enclosure, Item, ItemImage
from aggregator.read.kinds.dates import date_of
from aggregator.read.kinds.parsed import Parsed
from aggregator.read.kinds.titles import title_from
from aggregator.read.links import joined

# The address that the specification asks for, or the bare number that some publishers write.
_VERSION = re.compile(r"https?://(www\.)?jsonfeed\.org/version/1|1(\.\d)?$")


def parse(document: Document) -> Parsed:
    """The items of a JSON Feed. Raises BadDocument where it is none."""
    try:
        feed = json.loads(document.body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadDocument(f"not JSON: {str(error)[:120]}") from None
    if not isinstance(feed, dict) or not _VERSION.match(str(feed.get("version", ""))):
        raise BadDocument("JSON, but not a JSON Feed: no version of jsonfeed.org")
    found = feed.get("items")
    if not isinstance(found, list):
        raise BadDocument('not a valid JSON Feed: "items" is not a list')
    items, bad = [], []
    for number, fields in enumerate(found, 1):
        if isinstance(fields, dict):
            items.append(_item(fields, feed, document.url))
        else:
            bad.append(BadItem(f"item {number} is not an object"))
    return Parsed(
        tuple(items), _text(feed.get("title")), tuple(bad), _text(feed.get("next_url")),
        hub=_hub(feed.get("hubs")), own=_text(feed.get("feed_url")),
    )  # fmt: skip


def _hub(hubs: Any) -> str:
    """The first hub that speaks WebSub."""
    found = hubs if isinstance(hubs, list) else []
    kinds = ("websub", "pubsubhubbub")
    return next(
        (
            _text(hub.get("url"))
            for hub in found
            if isinstance(hub, dict) and _text(hub.get("type")).lower() in kinds
        ),
        "",
    )


def _item(fields: dict[str, Any], feed: dict[str, Any], base: str) -> Item:
    content = _text(fields.get("content_html"))
    text = _text(fields.get("content_text"))
    link = _text(fields.get("url")) or _text(fields.get("external_url"))
    ref = _text(fields.get("id")) or link
    if not link and ref.startswith(("http://", "https://")):
        link = ref
    image = _text(fields.get("image")) or _text(fields.get("banner_image"))
    home = _text(feed.get("home_page_url")) or base
    return Item(
        ref=ref,
        url=joined(base, link or home),
        title=_text(fields.get("title")) or title_from(content or text, link or home),
        summary=_text(fields.get("summary")) or content or text,
        content=content or text,
        published=date_of(fields.get("date_published")) or date_of(fields.get("date_modified")),
        publisher=_text(feed.get("title")),
        author=_author(fields) or _author(feed),
        lang=_text(fields.get("language")) or _text(feed.get("language")),
        image=ItemImage(joined(base, image)) if image else None,
        topics=_tags(fields.get("tags")),
        linked=bool(link),
        enclosure=_attachment(fields, base),
    )


def _tags(value: Any) -> tuple[str, ...]:
    """A single tag is a tag, not a list of its letters."""
    found = value if isinstance(value, list) else [value]
    return tuple(tag for tag in found if isinstance(tag, str))


def _attachment(fields: dict[str, Any], base: str) -> Enclosure | None:
    """The first attachment that is not a picture."""
    found = fields.get("attachments")
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict) and (url := _text(one.get("url"))):
            kind, size = _text(one.get("mime_type")), one.get("size_in_bytes")
            if not kind.startswith("image"):
                return Enclosure(joined(base, url), kind, size if isinstance(size, int) else 0)
    return None


def _author(fields: dict[str, Any]) -> str:
    """Version 1.1 has `authors`, 1.0 a single `author`."""
    found = fields.get("authors")
    authors = found if isinstance(found, list) else [fields.get("author")]
    names = (_text(a.get("name")) for a in authors if isinstance(a, dict))
    return ", ".join(name for name in names if name)


def _text(value: Any) -> str:
    """Numbers are taken as the text they are: real feeds have numeric ids."""
    return str(value) if isinstance(value, str | int | float) and value is not True else ""
