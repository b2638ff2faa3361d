"""feedparser as an oracle: each field of each entry as feedparser reads it and as we do.

A difference is either listed in ``REASONS`` with its reason, or a fault. Used by the tests on a few
documents and by ``benchmarks/feedparser_suite.py`` on all.
"""

from __future__ import annotations

import io
from calendar import timegm
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser

from aggregator.errors import BadDocument
from aggregator.identify import canonical_url
from aggregator.model import Document, Item, Text, TextKind
from aggregator.model.languages import language_tag
from aggregator.read.addresses import http_url
from aggregator.read.cleaning import clean
from aggregator.read.kinds import KINDS
from aggregator.read.kinds.media import media_type
from aggregator.read.kinds.people import person
from aggregator.read.links import absolute_url

URL = "http://127.0.0.1:8097/feed.xml"
FIELDS = (
    "entries",
    "id",
    "link",
    "title",
    "text",
    "date",
    "author",
    "topics",
    "enclosure",
    "image",
    "content",
    "language",
)
_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of an entry that the two read differently. `name` is that of the document, `entry`
    and `feed` are feedparser's; `reason` is empty for a fault."""

    name: str
    field: str
    theirs: Any
    ours: Any
    entry: Any
    feed: Any
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
    """Compare every field that feedparser reads in a document with ours."""
    kind = "application/json" if name.endswith(".json") else "application/xml"
    headers = {"content-type": kind, "content-location": url}
    theirs = feedparser.parse(io.BytesIO(body), response_headers=headers)
    fields: list[str] = []
    differences: list[Difference] = []
    for field, expected, ours, entry in _rows(theirs, body, url):
        fields.append(field)
        if not same(expected, ours):
            difference = Difference(name, field, expected, ours, entry, theirs.feed)
            differences.append(replace(difference, reason=_reason(difference)))
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
        return
    language = theirs.feed.get("language", "")
    is_atom = theirs.version.startswith("atom")
    for entry, item in zip(theirs.entries, items, strict=True):
        ours = our_fields(item)
        expected = expected_of(entry, url, language, theirs.feed, is_atom=is_atom)
        for field, value in expected.items():
            if value:
                yield field, value, ours[field], entry


def expected_of(
    entry: Any, url: str, feed_language: str, feed: Any, *, is_atom: bool
) -> dict[str, Any]:
    """What feedparser reads, in our terms."""
    contents = [c for c in entry.get("content", []) if c.get("value")]
    content = contents[0].get("value", "") if contents else ""
    dates = (entry.get(f"{n}_parsed") for n in ("published", "updated", "created"))
    date = next((d for d in dates if d), None)
    summary, detail = entry.get("summary", ""), entry.get("summary_detail")
    if not summary:
        summary, detail = content, contents[0] if contents else None
    author = person(entry.get("author", "") or feed.get("author", ""))
    return {
        "id": entry.get("id", ""),
        "link": _url(url, entry.get("feedburner_origlink") or entry.get("link", "")),
        "title": _words(entry.get("title", ""), entry.get("title_detail"), is_atom),
        "text": _words(summary, detail, is_atom),
        "date": datetime.fromtimestamp(timegm(date), UTC) if date else None,
        "author": clean(Text(author, TextKind.LABEL)),
        "topics": _topics(t.get("term") or t.get("label") or "" for t in entry.get("tags", [])),
        "enclosure": _enclosure(entry, url),
        "image": next((_url(url, m.get("url", "")) for m in entry.get("media_thumbnail", [])), ""),
        "content": _words(content, contents[0] if contents else None, is_atom),
        "language": language_tag(
            (entry.get("title_detail") or {}).get("language") or feed_language or ""
        ),
    }


def _topics(names: Iterable[str]) -> tuple[str, ...]:
    words = (clean(Text(name, TextKind.LABEL)) for name in names)
    return tuple(dict.fromkeys(word for word in words if word))


def _enclosure(entry: Any, url: str) -> str:
    for enclosure in entry.get("enclosures", []):
        address = enclosure.get("href", "")
        if address and not media_type(enclosure.get("type", ""), address).startswith("image"):
            return _url(url, address)
    return ""


def _words(value: str, detail: Any, is_atom: bool) -> str:
    """Text with the type that feedparser gives; in RSS, its plain text may still be HTML."""
    kind = TextKind.HTML
    if (detail or {}).get("type") == "text/plain":
        kind = TextKind.PLAIN if is_atom else TextKind.UNSTATED
    return clean(Text(value, kind), _LENGTH)


def _url(base: str, link: str) -> str:
    return http_url(absolute_url(base, link)) if link else ""


def our_fields(item: Item) -> dict[str, Any]:
    """What we read, in the same terms."""
    return {
        "id": item.ref,
        "link": item.url if item.linked else "",
        "title": clean(item.title, _LENGTH),
        "text": clean(item.summary, _LENGTH),
        "date": item.published,
        "author": clean(item.author),
        "topics": _topics(clean(topic) for topic in item.topics),
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


Rule = Callable[[Difference], bool]


def _is_relative_id(d: Difference) -> bool:
    resolved = absolute_url(URL, str(d.ours))
    return d.field == "id" and str(d.theirs).lower() in (resolved.lower(), str(d.ours).lower())


def _is_id_as_link(d: Difference) -> bool:
    stated = d.entry.get("id", "")
    is_relative = stated.startswith(URL[: URL.rindex("/")])  # feedparser has resolved it
    return d.field == "link" and not d.ours and is_relative and d.theirs == _url(URL, stated)


def _is_front_page(d: Difference) -> bool:
    home = canonical_url(_url(URL, d.feed.get("link", "")))
    return d.field == "link" and not d.ours and canonical_url(str(d.theirs)) == home


def _is_repeated(d: Difference) -> bool:
    if d.field != "entries" or not isinstance(d.ours, int):
        return False
    keys = {(e.get("id"), e.get("link"), e.get("title")) for e in d.entry.entries}
    return d.ours == len(keys)


def _is_second_summary(d: Difference) -> bool:
    """feedparser takes a second summary, next to the description, for content."""
    names = (
        "rss/item_description_and_summary",
        "rss/item_summary_and_description",
        "feed-rs--rss_2.0_",
    )
    value = "".join(str(d.theirs).split())
    first = "".join(d.entry.get("summary", "").split()).rstrip(".")
    is_it = d.field == "content" and not d.ours and d.name.startswith(names)
    return is_it and (value.startswith(first) or not d.name.startswith("feed-rs"))


def _is_zero(d: Difference) -> bool:
    return d.field == "date" and d.ours is None and d.theirs.year <= 1900


def _has_meridian(d: Difference) -> bool:
    return d.field == "date" and d.entry.get("published", "").upper().endswith((" PM", " AM"))


def _is_one_of_authors(d: Difference) -> bool:
    return d.field == "author" and d.theirs in str(d.ours).split(", ")


def _has_email(d: Difference) -> bool:
    email = d.entry.get("author_detail", {}).get("email", "")
    return d.field == "author" and bool(email) and d.theirs == f"{d.ours} ({email})"


def _is_json(d: Difference) -> bool:
    return d.field == "entries" and d.name.endswith(".json") and not d.theirs


def _in(*starts: str) -> Rule:
    return lambda d: d.name.startswith(starts)


# Why we mean to differ, and when that holds.
REASONS: tuple[tuple[str, Rule], ...] = (
    ("ids are compared as they are written (RFC 4287, 4.2.6.1), not resolved", _is_relative_id),
    ("a relative id is no address", _is_id_as_link),
    ("a link to the feed's front page is none of the entry's own", _is_front_page),
    ("an entry that is written twice is one entry", _is_repeated),
    ("a second summary (itunes:summary, summary) is no content", _is_second_summary),
    ("year 1 is a program's zero", _is_zero),
    ("a clock of twelve hours has two halves of the day", _has_meridian),
    ("all of the authors, not the last one", _is_one_of_authors),
    ("the author's name goes without what is said to be an e-mail address", _has_email),
    (
        "the text of a picture is not that of its entry",
        _in("feed-rs--atom_mediarss_newscred", "live--feeds-feedburner-com-ndtvnews"),
    ),
    ("words of scripts and frames are dropped with their tags", _in("sanitize/")),
    ("feedparser 6 reads no JSON Feed; its values are in tests/unit/test_jsonfeed.py", _is_json),
    ("one id without another title is one entry", _in("node_precedence/atom10_id")),
    (
        "one entry without an id that is written twice is one entry",
        _in("atom/entry_link_rel_enclosure_no_h", "atom10/entry_link_rel_enclosure_no_h"),
    ),
    (
        "base64 of no stated type is HTML where it looks like it",
        _in(
            "atom/entry_content_mode_base64",
            "atom/entry_summary_base64",
            "atom/entry_title_base64",
            "atom/entry_summary_content_mode_base64",
            "atom/entry_title_content_mode_base64",
        ),
    ),
    ("Microsoft's CDF of 1997 is not read", _in("cdf/", "base/cdf_")),
    ("of two dates the first one", _in("atom/entry_created_mult", "atom/entry_updated_mult")),
    ("a link without href is no enclosure", _in("atom/entry_link_no_href", "atom10/entry_link_no")),
    (
        "text is text (RFC 4287, 3.1.1), whatever looks like markup in it",
        _in("atom10/entry_content_div_escaped", "atom10/entry_content_text_plain_br"),
    ),
    (
        "the label of a category is what is shown (Media RSS)",
        _in("media-rss/item_media_category_label"),
    ),
    ("elements of no format are not read", _in("rss/item_madeup_tags", "rss/item_category_image")),
    ("the shorter summary is the summary", _in("rss/item_description_and_summary")),
    ("a browser takes `<!'` for a comment, too", _in("rss/item_description_not_a_doctype")),
    ("undeclared Shift JIS is not guessed", _in("chardet/shiftjis")),
    ("the half of an entry at which a document was cut off is not kept", _in("rss_incomplete_")),
    ("bytes that were encoded twice stay so", _in("bozo_double", "double-encoded", "bozo_lineno")),
)


def _reason(difference: Difference) -> str:
    return next((reason for reason, holds in REASONS if holds(difference)), "")
