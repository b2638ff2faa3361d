"""The fields of a few documents, compared with those that feedparser reads.

The whole one is ``benchmarks/feedparser_suite.py``.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.oracle import compare, same
from tests.properties.test_spellings import read_back, written
from tests.spellings import spelled

REAL = Path(__file__).parents[3] / "shared/data/feeds/real"
DOCUMENTS = sorted(REAL.glob("*")) if REAL.is_dir() else []
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.skipif(not DOCUMENTS, reason=f"no real feeds in {REAL}")
@pytest.mark.parametrize("path", DOCUMENTS[::4], ids=lambda path: path.name)
def test_a_real_feed_is_read_as_feedparser_reads_it(path: Path) -> None:
    comparison = compare(path.read_bytes(), path.name)
    assert not [(d.field, d.theirs, d.ours) for d in comparison.faults]


@pytest.mark.parametrize("seed", range(40))
def test_where_we_differ_we_read_what_was_written(seed: int) -> None:
    document = spelled(random.Random(seed))
    comparison = compare(document.body, url=document.url)
    assert not comparison.faults or read_back(document) == written(document)


FEED = (
    b'<rss version="2.0"><channel><title>F</title><item><title>One &amp;amp; two</title>'
    b"<link>https://e.com/1?a=1&amp;b=2</link><guid>g1</guid><category>x</category>"
    b"<pubDate>Mon, 09 Mar 2026 10:00:00 +0100</pubDate><author>a@e.com (Ada)</author>"
    b'<description>d</description><enclosure url="https://e.com/e.mp3" type="audio/mpeg"/>'
    b"</item></channel></rss>"
)


def test_the_oracle_compares_each_field() -> None:
    comparison = compare(FEED)
    assert set(comparison.fields) == {
        "id",
        "link",
        "title",
        "text",
        "date",
        "author",
        "topics",
        "enclosure",
    }
    assert not comparison.faults


def test_a_difference_is_a_fault_unless_it_has_a_reason() -> None:
    assert not same("One", "Two")
    assert same("One  & two", "One & two")
    comparison = compare(FEED.replace(b"<guid>g1</guid>", b"<guid>HTTP://e.com/g</guid>"))
    assert [(d.field, d.ours, bool(d.reason)) for d in comparison.differences] == [
        ("id", "HTTP://e.com/g", True)
    ]
