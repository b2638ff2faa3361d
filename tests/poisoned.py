"""Bad strings, and documents of every source type with a bad string in each field."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

BAD = [
    # not characters of any text
    "\ud800",
    "\udfff",
    "a\ud83d",
    "\udc80\udcff",
    "\ud800\udc00",
    "\0",
    "a\0b",
    "\ufffe",
    "\uffff",
    "\ufdd0",
    "\U0001ffff",
    "\U0010fffe",
    "\x01\x02\x03",
    "\x0b\x0c",
    "\x7f",
    "\x85",
    "\x9b31m",
    # control sequences of terminals
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "\x1b[2J\x1b[H",
    "\b\b\bgone",
    "line\rover",
    "\a",
    # marks that reverse or hide text
    "\u202egnp.exe",
    "\u202a\u202b\u202c\u202d",
    "\u2066\u2067\u2068",
    "\u200e\u200f\u061c",
    "\u200b\u200c\u200d\u2060",
    "\ufeff",
    "\u00ad",
    "\u2028\u2029",
    "a" + "\u0301" * 500,
    # sizes
    "",
    " ",
    "\n\n\t",
    "x" * 1_000_000,
    "w " * 200_000,
    "é" * 70_000,
    "𐍈" * 300,
    # special in shells, templates, paths or databases
    "${HOME}",
    "$(id)",
    "`id`",
    "%s%n%x",
    "{{ 7*7 }}",
    "{% raw %}",
    "../../../etc/passwd",
    "/etc/passwd",
    "C:\\con",
    "nul",
    "-rf",
    "index",
    "all",
    ".htaccess",
    "'; DROP TABLE articles; --",
    '" OR 1=1 --',
    "a' 'b' | c & !d:*",
    # markup
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "]]><x/>",
    "<!--",
    "&#0;&#xFFFE;&amp",
    "<!ENTITY x SYSTEM 'file:///etc/passwd'>",
    "javascript:alert(1)",
    "http://[fe80::1%\u202e\x1b[31m]/",
    "https://e.com/\u202e\x9b\ud800",
    # numbers and dates
    "9" * 400,
    "-1e999",
    "NaN",
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-14:00",
    "292277026596-12-04T15:30:08Z",
    "Sat, 99 Nov 99999999 25:61:61 +9999",
]
assert len(set(BAD)) >= 60

UNTOUCHED = "Nothing wrong here"
"""The title of the item without a bad string; the kind and the number of the document follow."""


def written(text: str) -> bytes:
    """The bytes of a document; a lone surrogate as the three bytes that no UTF-8 has."""
    return text.encode("utf-8", "surrogatepass")


def url(kind: str, number: int, name: str) -> str:
    """The address of an item, one per kind, bad string and field."""
    return f"https://{kind}-{number}.example.com/{name}"


def title(kind: str, number: int, field: str) -> str:
    """The title of an item, by its field that is bad ("" for none)."""
    return f"{kind} {number} {field}" if field else f"{UNTOUCHED}: {kind} {number}"


def story_fields(bad: str, field: str, kind: str, number: int) -> dict[str, Any]:
    """A story as story files and the story API have it."""
    fields: dict[str, Any] = {
        "title": title(kind, number, field),
        "webUrl": url(kind, number, field),
        "publishedDateTime": "2026-11-20T08:00:00Z",
        "published": True,
        "excerpt": "What happened.",
        "provider": {"name": "Pub", "domain": "a.example.com"},
        "topics": ["Science"],
    }
    if field == "provider":
        fields["provider"] = {"name": bad, "domain": bad}
    elif field in ("topics", "images", "related"):
        fields[field] = [bad if field == "topics" else {"url": bad, "webUrl": bad, "title": bad}]
    elif field:
        fields[field] = bad
    return fields


STORY_FIELDS = (
    "",
    "title",
    "webUrl",
    "originalUrl",
    "ampWebUrl",
    "excerpt",
    "publishedDateTime",
    "published",
    "provider",
    "topics",
    "images",
    "related",
    "quality",
    "type",
    "category",
    "author",
    "lang",
)


def story_file(bad: str, field: str, number: int) -> str:
    """A story file whose front matter has the bad string in one field."""
    fields = story_fields(bad, field, "stories", number)
    lines = [f"{key}: {json.dumps(value)}" for key, value in fields.items()]
    return "\n".join(["---", *lines, "---", ""])


def json_lines(bad: str, number: int) -> str:
    def line(field: str) -> str:
        item = {"url": url("jsonl", number, field), "title": title("jsonl", number, field)}
        value = [bad] if field == "topics" else bad
        return json.dumps({**item, field: value} if field else item)

    return "\n".join(map(line, LINE_FIELDS))


LINE_FIELDS = (
    "",
    "id",
    "title",
    "url",
    "excerpt",
    "published",
    "publisher",
    "domain",
    "lang",
    "author",
    "topics",
)


def story_api(bad: str, number: int) -> str:
    values = [
        {"_id": f"{number}-{field}", **story_fields(bad, field, "story-api", number)}
        for field in STORY_FIELDS
    ]
    return json.dumps({"page": 1, "value": [*values, {"_id": bad, "title": bad}, bad]})


def _elements(fields: Iterable[str], kind: str, bad: str, number: int, usual: str) -> str:
    """An item per field; `usual` is a template of its usual elements, in which the bad one takes
    the place of the one of its name."""
    items = []
    for field in fields:
        values = dict(
            line.split("=", 1)
            for line in usual.format(
                title=title(kind, number, field), url=url(kind, number, field)
            ).splitlines()
        )
        if field:
            values[field] = escape(bad)
        items.append("".join(_element(name, value) for name, value in values.items()))
    tag = {"atom": "entry", "sitemap": "url"}.get(kind, "item")
    return "".join(f"<{tag}>{item}</{tag}>" for item in items)


def _element(name: str, value: str) -> str:
    """``link@href`` is the attribute of an element."""
    tag, _, attribute = name.partition("@")
    if attribute:
        return f'<{tag} {attribute}="{value}"/>'
    inner = tag.split("/")
    return f"{''.join(f'<{t}>' for t in inner)}{value}{''.join(f'</{t}>' for t in inner[::-1])}"


RSS_FIELDS = (
    "",
    "title",
    "link",
    "guid",
    "description",
    "content:encoded",
    "pubDate",
    "author",
    "dc:creator",
    "dc:date",
    "category",
    "source@url",
    "enclosure@url",
    "enclosure@type",
    "media:thumbnail@url",
    "comments",
)
ATOM_FIELDS = (
    "",
    "title",
    "id",
    "link@href",
    "summary",
    "content",
    "published",
    "updated",
    "author/name",
    "author/uri",
    "category@term",
    "category@label",
)
SITEMAP_FIELDS = (
    "",
    "loc",
    "lastmod",
    "news:news/news:title",
    "news:news/news:publication_date",
    "news:news/news:keywords",
    "news:news/news:publication/news:name",
    "news:news/news:publication/news:language",
    "image:image/image:loc",
)


def rss(bad: str, number: int) -> str:
    text = escape(bad)
    items = _elements(RSS_FIELDS, "rss", bad, number, "title={title}\nlink={url}\nguid={url}")
    return (
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">'
        f"<channel>{items}<title>{text}</title><link>{text}</link><ttl>{text}</ttl>"
        f'<atom:link rel="hub" href="{text}"/><atom:link rel="self" href="{text}"/>'
        f"<language>{text}</language></channel></rss>"
    )


def atom(bad: str, number: int) -> str:
    text = escape(bad)
    usual = "title={title}\nid={url}\nlink@href={url}\nupdated=2026-11-20T08:00:00Z"
    entries = _elements(ATOM_FIELDS, "atom", bad, number, usual)
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom">'
        f"{entries}<title>{text}</title><id>{text}</id><updated>{text}</updated>"
        f'<link rel="hub" href="{text}"/><link rel="self" href="{text}"/>'
        f"<author><name>{text}</name></author></feed>"
    )


def sitemap(bad: str, number: int) -> str:
    usual = "loc={url}\nnews:news/news:title={title}"
    urls = _elements(SITEMAP_FIELDS, "sitemap", bad, number, usual)
    urls = urls.replace("</news:news><news:news>", "")
    return (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
        f' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">{urls}</urlset>'
    )


JSON_FIELDS = (
    "",
    "id",
    "url",
    "external_url",
    "title",
    "content_html",
    "content_text",
    "summary",
    "image",
    "language",
    "date_published",
    "date_modified",
    "tags",
    "authors",
    "attachments",
)


def json_feed(bad: str, number: int) -> str:
    def item(field: str) -> dict[str, Any]:
        address = url("json", number, field)
        values: dict[str, Any] = {
            "id": address,
            "url": address,
            "title": title("json", number, field),
        }
        lists = {
            "tags": [bad],
            "authors": [{"name": bad}],
            "attachments": [{"url": bad, "mime_type": bad, "size_in_bytes": bad}],
        }
        return {**values, field: lists.get(field, bad)} if field else values

    version = "https://jsonfeed.org/version/1.1"
    around = {"home_page_url": bad, "feed_url": bad, "hubs": [{"type": "WebSub", "url": bad}]}
    return json.dumps(
        {
            "version": version,
            "title": bad,
            **around,
            "items": [item(field) for field in JSON_FIELDS],
        }
    )


def opml(bad: str, number: int) -> str:
    text, place = escape(bad), f"https://opml-{number}.example.com"
    return (
        f'<opml version="2.0"><head><title>{text}</title></head><body>'
        f'<outline text="{UNTOUCHED} {number}" xmlUrl="{place}/untouched"/>'
        f'<outline text="{text}" xmlUrl="{place}/text"/><outline text="x" xmlUrl="{text}"/>'
        f'<outline text="{text}"><outline text="in" title="{text}" xmlUrl="{place}/in"/></outline>'
        f"</body></opml>"
    )


DOCUMENTS: dict[str, tuple[str, str, Callable[[str, int], str], tuple[str, ...]]] = {
    "jsonl": ("jsonl", "x.jsonl", json_lines, LINE_FIELDS),
    "rss": ("feed", "x.rss", rss, RSS_FIELDS),
    "atom": ("feed", "x.atom", atom, ATOM_FIELDS),
    "json": ("feed", "x.json", json_feed, JSON_FIELDS),
    "sitemap": ("sitemap", "x.xml", sitemap, SITEMAP_FIELDS),
    "story-api": ("story-api", "x.json", story_api, STORY_FIELDS),
}
"""By a name of the documents: the type of the source, a file name, the document with a
bad string in each of its fields, and these fields."""
