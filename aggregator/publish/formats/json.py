"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json

from aggregator.model import Entry, Feed, Json
from aggregator.model.times import rfc3339
from aggregator.publish.compose import feed_description
from aggregator.publish.fragments import Fragments, Parts
from aggregator.publish.icons import feed_icons


def render(feed: Feed, fragments: Fragments | None = None) -> bytes:
    """The feed as a JSON Feed document in UTF-8, without empty fields. Its extensions are
    ``_related`` (the coverage of a story), ``_more`` (the number of further articles, and the page
    that shows all of them) and ``_rank`` (the position of an item). `fragments` of this format are
    not written again."""
    icons = feed_icons(feed.site)
    document: dict[str, Json] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.page_url,
        "feed_url": feed.address("json"),
        "description": feed_description(feed),
        "icon": icons.logo,
        "favicon": icons.icon,
        "authors": [{"name": feed.site.title}],
        "language": feed.site.language,
    }
    if not feed.site.language:
        del document["language"]
    if feed.site.hub:
        document["hubs"] = [{"type": "WebSub", "url": feed.site.hub}]
    fragments = fragments or Fragments()
    new = map(_parts, fragments.missing(feed.entries))
    items = fragments.put_together(feed.entries, new)
    head = f'{_line(document)[:-1]}, "items": [\n'.encode()
    return head + b",\n".join(items) + b"\n]}\n"


def _parts(entry: Entry) -> Parts:
    """The item, with its position as the last field."""
    return f'{_line(_item(entry))[:-1]}, "_rank": {{"place": '.encode(), b"}}"


def _line(value: dict[str, Json]) -> str:
    """The JSON in one line. With one line per item people can read the file; indenting would take
    ten times as long."""
    return json.dumps(value, ensure_ascii=False)


def _item(entry: Entry) -> dict[str, Json]:
    item: dict[str, Json] = {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "content_html": entry.content,
        "summary": entry.summary,
        "image": entry.image.url if entry.image else "",
        "date_published": rfc3339(entry.published),
        "date_modified": rfc3339(entry.updated),
        "authors": [{"name": entry.author}],
        "attachments": _attachments(entry),
        "tags": [category.label for category in entry.categories],
        "language": entry.lang,
        "_related": [
            {
                "url": link.url,
                "title": link.title,
                "publisher": link.publisher,
                "date_published": rfc3339(link.published),
            }
            for link in entry.related
        ],
        "_more": _more(entry),
    }
    return {name: value for name, value in item.items() if value}


def _more(entry: Entry) -> dict[str, Json]:
    more: dict[str, Json] = {"articles": entry.more.number, "url": entry.more.page}
    return {name: value for name, value in more.items() if value}


def _attachments(entry: Entry) -> list[Json]:
    enclosure = entry.enclosure
    if enclosure is None:
        return []
    attachment: dict[str, Json] = {"url": enclosure.url, "mime_type": enclosure.media_type}
    if enclosure.length:
        attachment["size_in_bytes"] = enclosure.length
    return [attachment]
