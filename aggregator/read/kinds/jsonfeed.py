"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/).

Titles, summaries and content_text are plain text, even if they look like markup; content_html is
HTML.
"""

from __future__ import annotations

import re

from aggregator.errors import BadDocument, BadItem
from aggregator.model import Item, ItemEnclosure, ItemImage, Json, Text, TextKind
from aggregator.read.addresses import http_url
from aggregator.read.kinds.base import MAX_ITEMS, Parsed
from aggregator.read.kinds.dates import date_of
from aggregator.read.kinds.identity import distinct
from aggregator.read.kinds.jsontext import load_json
from aggregator.read.kinds.media import image_in, media_type
from aggregator.read.kinds.people import people
from aggregator.read.kinds.titles import title_from
from aggregator.read.links import absolute_url
from aggregator.read.markup import is_ornament

# The URL that the specification requires, or the bare number that some publishers write.
_VERSION = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/1|1(?:\.\d)?$")
_HUBS = ("websub", "pubsubhubbub")


def parse(body: bytes, url: str) -> Parsed:
    """The items of a JSON Feed in UTF-8. Raises BadDocument where it is none."""
    feed = load_json(body)
    if not isinstance(feed, dict) or not _VERSION.match(_text(feed.get("version"))):
        raise BadDocument("JSON, but not a JSON Feed: no version of jsonfeed.org")
    entries = feed.get("items")
    if not isinstance(entries, list):
        raise BadDocument('not a valid JSON Feed: "items" is not a list')
    items, bad = [], []
    for number, fields in enumerate(entries[:MAX_ITEMS]):
        if isinstance(fields, dict):
            items.append(_item(fields, feed, url, number))
        else:
            bad.append(BadItem(f"item {number + 1} is not an object"))
    return Parsed(
        distinct(items),
        Text(_text(feed.get("title"))),
        tuple(bad),
        absolute_url(url, _text(feed.get("next_url"))) if feed.get("next_url") else "",
        hub=_hub(feed.get("hubs")),
        self_url=_text(feed.get("feed_url")),
    )


def _hub(hubs: Json) -> str:
    """The first hub that speaks WebSub."""
    for hub in hubs if isinstance(hubs, list) else ():
        if isinstance(hub, dict) and _text(hub.get("type")).lower() in _HUBS:
            return _text(hub.get("url"))
    return ""


def _item(fields: dict[str, Json], feed: dict[str, Json], url: str, order: int) -> Item:
    home = absolute_url(url, _text(feed.get("home_page_url"))) or url
    base = (
        http_url(home) or url
    )  # addresses must be absolute; relative ones are relative to the site
    content = Text(_text(fields.get("content_html")), TextKind.HTML)
    content = content or Text(_text(fields.get("content_text")))
    summary = Text(_text(fields.get("summary"))) or content
    enclosure = _attachment(fields, base)
    link = _address(fields, base) or (http_url(enclosure.url) if enclosure else "")
    title = Text(_text(fields.get("title")))
    return Item(
        ref=_text(fields.get("id")).strip(),
        url=link or home,
        title=title if title.value.strip() else title_from(summary, link or home),
        summary=summary,
        content=content,
        published=date_of(fields.get("date_published")) or date_of(fields.get("date_modified")),
        publisher=Text(_text(feed.get("title"))),
        author=_author(fields) or _author(feed),
        lang=_text(fields.get("language")) or _text(feed.get("language")),
        image=_image(fields, base) or image_in((content,), link or home),
        topics=_tags(fields.get("tags")),
        linked=bool(link),
        enclosure=enclosure,
        order=order,
    )


def _address(fields: dict[str, Json], base: str) -> str:
    """`url`, `external_url`, or an `id` that is an address."""
    for name in ("url", "external_url"):
        value = _text(fields.get(name)).strip()
        if value and (address := http_url(absolute_url(base, value))):
            return address
    return http_url(_text(fields.get("id")).strip())


def _image(fields: dict[str, Json], base: str) -> ItemImage | None:
    for name in ("image", "banner_image"):
        if value := _text(fields.get(name)).strip():
            address = http_url(absolute_url(base, value))
            if address and not is_ornament(address, None, None):
                return ItemImage(address)
    return None


def _tags(value: Json) -> tuple[Text, ...]:
    """The tags of a list, or a single tag that is not in a list."""
    tags = value if isinstance(value, list) else [value]
    return tuple(Text(tag, TextKind.LABEL) for tag in tags if isinstance(tag, str))


def _attachment(fields: dict[str, Json], base: str) -> ItemEnclosure | None:
    """The first attachment that is not a picture."""
    attachments = fields.get("attachments")
    if isinstance(attachments, dict):
        attachments = [attachments]
    for attachment in attachments if isinstance(attachments, list) else ():
        if isinstance(attachment, dict) and (url := _text(attachment.get("url")).strip()):
            kind = media_type(_text(attachment.get("mime_type")), url)
            size = attachment.get("size_in_bytes")
            if not kind.startswith("image/"):
                length = size if isinstance(size, int) and not isinstance(size, bool) else 0
                return ItemEnclosure(absolute_url(base, url), kind, length)
    return None


def _author(fields: dict[str, Json]) -> Text:
    """Version 1.1 has `authors`, a list, 1.0 a single `author`; either may be an object, a list
    of objects, or names alone."""
    for name in ("authors", "author"):
        value = fields.get(name)
        authors = value if isinstance(value, list) else [value]
        if names := people(_name(author) for author in authors):
            return names
    return Text()


def _name(author: Json) -> str:
    return _text(author.get("name") if isinstance(author, dict) else author)


def _text(value: Json) -> str:
    """The value as text; "" for other types than text and numbers. Real feeds have numeric ids."""
    return (
        str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    )
