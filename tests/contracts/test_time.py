"""Every document can be read in time that is linear in its length, whatever it contains.

Documents are made of the pieces in which parsers and regular expressions are known to lose
themselves, repeated and nested, and each is read and cleaned within a bound of CPU time. A reading
whose time were quadratic would take hundreds of times as long as the bound at these lengths.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import BadDocument
from aggregator.identify import canonical_url
from aggregator.model import Document, Source
from aggregator.read.discover import feeds_of_page
from aggregator.read.documents import articles_in, read_document
from aggregator.read.headers import hints_of
from aggregator.read.kinds import KINDS
from aggregator.read.kinds.dates import date_of
from aggregator.read.opml_lists import read_opml
from tests.conftest import NOW

LENGTH = 400_000  # bytes of a document
SECONDS = 3.0  # of CPU time; they take a tenth of it on a slow machine
RSS = b'<rss xmlns:media="http://search.yahoo.com/mrss/"><channel>'
ITEM = b"<item><title>T</title><link>https://e.com/a</link><description>"

REPEATED = {
    "comments": b"<!---->",
    "open comments": b"<!--",
    "ampersands": b"&",
    "brackets": b"<",
    "elements": b"<a>",
    "ends": b"</a>",
    "mixed": b"<a></b>",
    "items": b"<item>",
    "cdata": b"<![CDATA[",
    "closed cdata": b"<![CDATA[]]>",
    "images": b"&lt;img ",
    "raw images": b"<img ",
    "spaces": b" ",
    "links": b"<link href=",
    "atom links": b"<link href='x' rel='alternate'/>",
    "declarations": b"<?x?>",
    "references": b"&#xD83D;&#xDE09;",
    "names": b"&abc;",
    "nbsp": b"&nbsp;",
    "tags": b"&lt;p&gt;",
    "fonts": b"&lt;font a=1&gt;&lt;b&gt;",
    "doctypes": b"<!DOCTYPE a [",
    "entities": b'<!ENTITY a "b">',
    "categories": b"<category>x</category>",
    "groups": b"<media:group>",
    "prefixes": b"<x:y>",
    "whole items": b"<item><title>x</title></item>",
    "guids": b"<item><guid>1</guid><title>y</title></item>",
    "undated": b"<item><title>a b c</title><link>https://e.com/p</link></item>",
    "scripts": b"&lt;script&gt;",
    "quotes": b"\"'",
    "nul": b"\0",
    "bom": b"\xef\xbb\xbf",
    "brace": b"{",
    "list": b"[",
    "json items": b'{"id":"1"},',
    "dashes": b"- ",
    "colons": b"a: ",
    "rules": b"---\n",
    "new lines": b"\n",
    "digits": b"9",
    "dates": b"<pubDate>1 </pubDate>",
    "nested": b"<item><description>",
    "percent": b"%",
    "addresses": b"https://a.b/?",
    "equals": b"=",
}
STARTS = (
    b"",
    b"<title>",
    b"<rss ",
    b"<!DOCTYPE rss [",
    b"<feed><entry><content type='xhtml'>",
    b'{"version":"https://jsonfeed.org/version/1","items":[',
    b"---\ntitle: x\n",
    b'{"value":[',
    b"<urlset><url><loc>",
    b"<opml><body>",
    b'<rss a="',
)


def read_by_everything(body: bytes) -> Iterator[str]:
    """Read a document by every reader of documents; gives the name of each when it has ended."""
    for name, kind in KINDS.items():
        source = Source("s", name, "https://e.com/")
        with suppress(BadDocument):
            content = read_document(kind, Document("d", body, url="https://e.com/feed"))
            articles_in(source, content, NOW)
        yield name
    with suppress(BadDocument):
        read_opml(body)
    yield "opml"
    feeds_of_page(body, "https://e.com/")
    yield "page"


def assert_each_ends(body: bytes) -> None:
    """Each reader ends within the bound."""
    start = time.process_time()
    for name in read_by_everything(body):
        now = time.process_time()
        assert now - start < SECONDS, f"{name}: {now - start:.1f} s for {len(body)} bytes"
        start = now


@pytest.mark.parametrize("piece", REPEATED.values(), ids=REPEATED)
def test_repeated_pieces_take_linear_time(piece: bytes) -> None:
    for start in STARTS:
        assert_each_ends(
            start + piece * (LENGTH // len(piece) // (1 if start in (b"", RSS) else 4))
        )


def test_nested_entries_around_many_elements_take_linear_time() -> None:
    for field in (b"description", b"link", b"category"):
        start, end = b"<item><%b>" % field, b"</%b></item>" % field
        inside = start * 120 + b"x<b/>" * 300_000 + end * 120
        assert_each_ends(RSS + inside + b"</channel></rss>")


@given(
    st.sampled_from(STARTS),
    st.lists(st.sampled_from(list(REPEATED.values())), min_size=1, max_size=6).map(b"".join),
)
@settings(max_examples=25, deadline=None)
def test_mixed_pieces_take_linear_time(start: bytes, piece: bytes) -> None:
    assert_each_ends(start + piece * (LENGTH // 4 // len(piece)))


@pytest.mark.parametrize("piece", ["1 ", "9", "Mon, ", "+1:", "T0", "a.", "2026-", "年", "Z"])
def test_dates_take_linear_time(piece: str) -> None:
    start = time.process_time()
    date_of(piece * 100_000)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    "piece", ["a/", "../", "%", "?a=1&", "x.cdn.ampproject.org/c/", ".", "é", "#"]
)
def test_canonical_urls_take_linear_time(piece: str) -> None:
    start = time.process_time()
    canonical_url("https://" + piece * 100_000)
    canonical_url("https://e.com/" + piece * (2_000 // len(piece)))
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize("piece", ["max-age=", ",", "no-cache=", '"', " "])
def test_headers_take_linear_time(piece: str) -> None:
    start = time.process_time()
    hints_of({"cache-control": piece * 100_000, "date": piece * 1_000, "expires": piece * 1_000})
    assert time.process_time() - start < 0.5
