"""feedparser as the oracle of our reading of feeds: each field of each entry, one beside the other.

A difference is either listed in ``REASONS`` with its reason, or a fault. Used by the tests on a few
documents and by ``benchmarks/feedparser_suite.py`` on all.
"""

from __future__ import annotations

import html
from calendar import timegm
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser

from aggregator.errors import BadDocument
from aggregator.model import Document, Item, Text, TextKind
from aggregator.read.addresses import http_url
from aggregator.read.kinds import KINDS
from aggregator.read.kinds.media import media_type
from aggregator.read.kinds.people import person
from aggregator.read.languages import language_tag
from aggregator.read.links import absolute_url
from aggregator.read.text import clean, clean_text

URL = "http://127.0.0.1:8097/feed.xml"
FIELDS = (
    "entries", "id", "link", "title", "text", "date", "author", "topics", "enclosure", "image",
    "content", "language",
)  # fmt: skip
_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of an entry that the two read differently; `reason` is empty for a fault."""

    field: str
    theirs: Any
    ours: Any
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The fields that were compared, by name, and where they differ."""

    fields: tuple[str, ...]
    differences: tuple[Difference, ...]

    @property
    def faults(self) -> tuple[Difference, ...]:
        """The differences without a reason."""
        return tuple(d for d in self.differences if not d.reason)


def compare(body: bytes, name: str = "", url: str = URL) -> Comparison:
    """Every field that feedparser finds in a document, beside ours."""
    theirs = feedparser.parse(
        body, response_headers={"content-type": "application/xml", "content-location": url}
    )
    fields: list[str] = []
    differences: list[Difference] = []
    for field, expected, ours, entry in _rows(theirs, body, url):
        fields.append(field)
        if not same(expected, ours):
            reason = _reason(name, field, expected, ours, entry)
            differences.append(Difference(field, expected, ours, reason))
    return Comparison(tuple(fields), tuple(differences))


def _rows(theirs: Any, body: bytes, url: str) -> Iterator[tuple[str, Any, Any, Any]]:
    try:
        items = KINDS["feed"].parse(Document("d", body, "application/xml", url)).items
    except BadDocument as error:
        if theirs.entries:
            yield "entries", len(theirs.entries), f"refused: {error.reason}", theirs
        return
    if len(items) != len(theirs.entries):
        yield "entries", len(theirs.entries), len(items), theirs
        if len({repr(e) for e in theirs.entries}) != len(items):
            return
    feed_language = theirs.feed.get("language", "")
    for entry, item in zip(theirs.entries, items, strict=False):
        ours = given(item)
        for field, expected in expected_of(entry, url, feed_language, theirs.feed).items():
            if expected:
                yield field, expected, ours[field], entry


def expected_of(entry: Any, url: str, feed_language: str, feed: Any) -> dict[str, Any]:
    """What feedparser reads, in our terms."""
    contents = [c for c in entry.get("content", []) if c.get("value")]
    content = contents[0].get("value", "") if contents else ""
    dates = (entry.get(f"{n}_parsed") for n in ("published", "updated", "created"))
    date = next((d for d in dates if d), None)
    summary = entry.get("summary", "") or content
    return {
        "id": entry.get("id", ""),
        "link": _url(url, entry.get("feedburner_origlink") or entry.get("link", "")),
        "title": _words(entry.get("title", ""), entry.get("title_detail")),
        "text": _words(summary, entry.get("summary_detail")),
        "date": datetime.fromtimestamp(timegm(date), UTC) if date else None,
        "author": clean_text(person(entry.get("author", "") or feed.get("author", ""))),
        "topics": tuple(
            clean_text(html.unescape(t.get("term") or t.get("label") or ""))
            for t in entry.get("tags", []) if t.get("term") or t.get("label")
        ),
        "enclosure": _enclosure(entry, url),
        "image": next((_url(url, m.get("url", "")) for m in entry.get("media_thumbnail", [])), ""),
        "content": _words(content, contents[0] if contents else None),
        "language": language_tag(
            (entry.get("title_detail") or {}).get("language") or feed_language or ""
        ),
    }  # fmt: skip


def _enclosure(entry: Any, url: str) -> str:
    for enclosure in entry.get("enclosures", []):
        address = enclosure.get("href", "")
        if address and not media_type(enclosure.get("type", ""), address).startswith("image"):
            return _url(url, address)
    return ""


def _words(value: str, detail: Any) -> str:
    plain = (detail or {}).get("type") == "text/plain"
    kind = TextKind.UNSTATED if plain else TextKind.HTML
    return clean(Text(value, kind), _LENGTH)


def _url(base: str, link: str) -> str:
    return http_url(absolute_url(base, link)) if link else ""


def given(item: Item) -> dict[str, Any]:
    """What we read, in the same terms."""
    return {
        "id": item.ref,
        "link": item.url if item.linked else "",
        "title": clean(item.title, _LENGTH),
        "text": clean(item.summary, _LENGTH),
        "date": item.published,
        "author": clean(item.author),
        "topics": tuple(clean(topic) for topic in item.topics),
        "enclosure": item.enclosure.url if item.enclosure else "",
        "image": item.image.url if item.image else "",
        "content": clean(item.content, _LENGTH),
        "language": language_tag(item.lang),
    }


def same(theirs: Any, ours: Any) -> bool:
    """Equal: dates to the second, texts but for white space."""
    if isinstance(theirs, datetime):
        aware = ours if ours is None or ours.tzinfo else ours.replace(tzinfo=UTC)
        return aware is not None and abs(theirs - aware) < timedelta(seconds=1)
    return "".join(str(theirs).split()) == "".join(str(ours).split())


Rule = Callable[[str, str, Any, Any, Any], bool]
# Why we mean to differ: the reason, and when it holds (name of the document, field, theirs, ours,
# feedparser's entry).
REASONS: tuple[tuple[str, Rule], ...] = ()


def _reason(name: str, field: str, theirs: Any, ours: Any, entry: Any) -> str:
    for reason, holds in REASONS:
        if holds(name, field, theirs, ours, entry):
            return reason
    return ""
