"""Every source type raises BadDocument for documents that it cannot read, and no other error."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import BadDocument, BadItem
from aggregator.model import Document, Source
from aggregator.read.item_articles import articles_of
from aggregator.read.kinds import KINDS
from tests.conftest import NOW

PIECES = [
    b"---\n",
    b"title: a\n",
    b"url: https://e.com/1\n",
    b"related:\n  - ",
    b"{",
    b"}",
    b"[",
    b"]",
    b'"title":"x",',
    b'"url":"https://e.com"',
    b"\n",
    b"<rss><channel>",
    b"<item>",
    b"<title>",
    b"</item>",
    b"<feed xmlns='http://www.w3.org/2005/Atom'>",
    b"<entry>",
    b"&amp;",
    b"<![CDATA[",
    b"\xff\xfe",
    b"\x00",
    b'{"version":"https://jsonfeed.org/version/1.1","items":[',
    b'"value":[',
    b"quality: 1e999\n",
    b"published: false\n",
    b"date: 0000\n",
    b"!!x ",
    b"&a *a",
    b"\xe2\x80\xae",
]


@pytest.mark.parametrize("kind", KINDS)
@given(body=st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(PIECES)).map(b"".join)))
@settings(max_examples=150, deadline=None)
def test_nothing_but_our_own_errors_comes_out(kind: str, body: bytes) -> None:
    source = Source("s", kind, "https://e.com/")
    try:
        items = KINDS[kind].parse(Document("d", body, url="https://e.com/")).items
    except BadDocument:
        return
    for item in items:
        try:
            for article in articles_of(item, source, NOW):
                assert article.title
                categories = {unicodedata.category(character) for character in article.title}
                assert not categories & {"Cc", "Cs", "Zl", "Zp"}
                assert article.key.startswith("https://")
                assert article.published <= NOW
        except BadItem:
            continue
