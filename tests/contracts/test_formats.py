"""Every format follows its specification, and two parsers read back what was written."""

from __future__ import annotations

from calendar import timegm
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fastfeedparser
import feedparser
import pytest
from lxml import etree

from aggregator.model import (
    CleanText,
    Enclosure,
    Image,
    Publisher,
    Site,
    Story,
    Tombstone,
    Verdict,
)
from aggregator.publish import FORMATS, compose_feed, render
from tests.conftest import article
from tests.contracts.check_feeds import CHECKS

WHEN = datetime(2026, 11, 20, 8, tzinfo=UTC)
ODD = [
    "AT&T <b>",
    "🚀 Emoji 👩‍🚀 & ünïcödé",
    "“Quotes” 'and' \"more\" ]]> &amp;",
    "שלום עולם",
    "人工知能の最新ニュース",
    "<script>alert(1)</script>",
]


def stories() -> list[Story]:
    entries = []
    for number, title in enumerate(ODD):
        when = WHEN + timedelta(hours=number)
        lead = article(
            f"e.com/{number}",
            title=title,
            excerpt=f"{title} – the excerpt",
            published=when,
            url=f"https://e.com/{number}?a=1&b=%22",
            publisher=Publisher(CleanText("P & <Q>"), CleanText("e.com")),
            enclosure=Enclosure(
                CleanText("https://e.com/a.mp3?x=1&y=2"), CleanText("audio/mpeg"), 123
            ),
            image=Image(CleanText("https://e.com/i.png?a=1&b=2"), 640, 480),
            video=number == 1,
            lang="en",
        )
        more = article(
            f"o.com/{number}", title=f"Other {title}", verdict=Verdict.RELATED_ONLY, published=when
        )
        ident = f"urn:uuid:00000000-0000-5000-8000-00000000000{number}"
        entries.append(
            Story(ident, CleanText(title), when, when, lead, (more,), ("ai", "all-of-it"))
        )
    return entries


FEED = compose_feed(
    "ai",
    "AI & <more>",
    Site(CleanText("Site & Co"), "https://news.example.org/", "en"),
    stories(),
    {"ai": "AI & <more>"},
)
EMPTY = compose_feed("none", "None", Site(CleanText("Site"), "https://news.example.org/"), [], {})


@pytest.mark.parametrize("ext", FORMATS)
def test_each_format_follows_its_specification(ext: str) -> None:
    rows = CHECKS[ext](render(FEED, ext))
    expected = [(e.id, e.title, e.url, e.published) for e in FEED.entries]
    assert rows == expected
    assert CHECKS[ext](render(EMPTY, ext)) == []


@pytest.mark.parametrize("ext", FORMATS)
def test_the_same_value_gives_the_same_bytes(ext: str) -> None:
    assert render(FEED, ext) == render(FEED, ext)


@pytest.mark.parametrize("ext", ["rss", "atom"])
def test_two_parsers_read_the_same(ext: str) -> None:
    data = render(FEED, ext)
    ours = [(e.id, e.url) for e in FEED.entries]
    parsed = feedparser.parse(data)
    assert not parsed.bozo
    assert [(e.id, e.link) for e in parsed.entries] == ours
    assert [timegm(e.published_parsed) for e in parsed.entries] == [
        int(e.published.timestamp()) for e in FEED.entries
    ]
    fast = fastfeedparser.parse(data)
    assert [(e.id, e.link) for e in fast.entries] == ours
    assert [fast.entries[n].title for n in (3, 4)] == [ODD[3], ODD[4]]
    related = [link.href for link in parsed.entries[0].links if link.rel == "related"]
    assert related == ["https://o.com/0"]
    (enclosure,) = parsed.entries[0].enclosures
    assert (enclosure.href, enclosure.type, enclosure.length) == (
        "https://e.com/a.mp3?x=1&y=2",
        "audio/mpeg",
        "123",
    )
    assert parsed.entries[0].media_content[0]["url"] == "https://e.com/i.png?a=1&b=2"


def test_merged_entries_have_tombstones() -> None:
    """RFC 6721, section 3, in Atom alone."""
    ended = Tombstone("urn:uuid:0a7ab32f-1f6d-5a0e-8f2e-6d6f5b6a1c11", WHEN)
    site = Site(CleanText("Test"), "https://news.example.org/")
    atom = render(compose_feed("all", "All", site, stories(), {}, [ended]), "atom")
    CHECKS["atom"](atom)
    name = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
    (tombstone,) = etree.fromstring(atom).findall(name)
    assert {str(k): str(v) for k, v in tombstone.items()} == {
        "ref": ended.id,
        "when": "2026-11-20T08:00:00Z",
    }


def test_every_format_is_checked_and_has_its_module() -> None:
    assert set(CHECKS) == set(FORMATS)
    folder = Path(__file__).parents[2] / "aggregator/publish/formats"
    assert all((folder / f"{ext}.py").is_file() for ext in FORMATS)
