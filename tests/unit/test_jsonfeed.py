"""JSON Feed: plain text and HTML, and deviations of generators."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from aggregator.errors import BadDocument
from aggregator.model import Document, Item
from aggregator.read.cleaning import clean
from aggregator.read.item_articles import articles_of
from aggregator.read.kinds import KINDS, Parsed
from tests.conftest import NOW
from tests.feeds import SOURCE

VERSION = "https://jsonfeed.org/version/1.1"


def parse(items: list[Any], **feed: Any) -> Parsed:
    value = {"version": VERSION, "title": "F", "home_page_url": "https://e.com/", **feed}
    body = json.dumps({**value, "items": items}).encode()
    return KINDS["feed"].parse(Document("d", body, url="https://e.com/feed.json"))


def item(**fields: Any) -> Item:
    (parsed_item,) = parse([{"id": "1", "url": "https://e.com/1", "title": "T", **fields}]).items
    return parsed_item


@pytest.mark.parametrize(
    ("fields", "title", "summary"),
    [
        ({"title": "Using <template> &amp; more"}, "Using <template> &amp; more", ""),
        ({"content_html": "<p>A <code>&lt;title&gt;</code> here</p>"}, "T", "A <title> here"),
        ({"content_text": "Vec<String> and not <ul> &lt;"}, "T", "Vec<String> and not <ul> &lt;"),
        (
            {"title": None, "content_text": "if a<b then c>d\nfi"},
            "if a<b then c>d fi",
            "if a<b then c>d fi",
        ),
        ({"summary": "<b>", "content_html": "x"}, "T", "<b>"),
        ({"title": 7}, "7", ""),
    ],
)
def test_the_kind_of_each_text(fields: dict[str, Any], title: str, summary: str) -> None:
    parsed_item = item(**fields)
    assert (clean(parsed_item.title), clean(parsed_item.summary)) == (title, summary)


@pytest.mark.parametrize(
    ("fields", "author"),
    [
        ({"authors": {"name": "Olga"}}, "Olga"),
        ({"authors": [{"name": "A"}, {"name": "B"}]}, "A, B"),
        ({"authors": ["A", "B"]}, "A, B"),
        ({"authors": "Olga"}, "Olga"),
        ({"author": {"name": "Old"}}, "Old"),
        ({"authors": [], "author": {"name": "Old"}}, "Old"),
        ({"authors": [{"name": "o@e.com"}]}, "Feed"),
        ({"authors": None}, "Feed"),
        ({"authors": 5}, "5"),
    ],
)
def test_authors(fields: dict[str, Any], author: str) -> None:
    entry = {"id": "1", "url": "https://e.com/1", "title": "T", **fields}
    (parsed_item,) = parse([entry], authors=[{"name": "Feed"}]).items
    assert clean(parsed_item.author) == author


@pytest.mark.parametrize(
    ("fields", "address"),
    [
        ({"url": "/a?x=1"}, "https://e.com/a?x=1"),
        ({"url": None, "external_url": "https://o.com/x"}, "https://o.com/x"),
        ({"url": "", "id": "https://e.com/id"}, "https://e.com/id"),
        ({"url": None, "attachments": [{"url": "/e.mp3"}]}, "https://e.com/e.mp3"),
        ({"url": None}, ""),
    ],
)
def test_addresses(fields: dict[str, Any], address: str) -> None:
    parsed_item = item(**fields)
    assert (parsed_item.url if parsed_item.linked else "") == address


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-03-09T08:00:00-05:00", datetime(2026, 3, 9, 13, tzinfo=UTC)),
        ("Mon, 09 Mar 2026 08:00:00 GMT", datetime(2026, 3, 9, 8, tzinfo=UTC)),
        ("not a date", None),
        (1772000000, None),
        ({}, None),
    ],
)
def test_dates(value: Any, moment: datetime | None) -> None:
    assert item(date_published=value).published == moment


def test_attachments_and_images() -> None:
    parsed_item = item(
        attachments=[
            {"url": "/a.png", "mime_type": "image/png"},
            {"url": "/e.m4a", "mime_type": "", "size_in_bytes": 10**30},
        ],
        image="data:image/png;base64,x",
        banner_image="/b.jpg?a=1&b=2",
    )
    (article,) = articles_of(parsed_item, SOURCE, NOW)
    assert article.enclosure is not None
    assert (article.enclosure.url, article.enclosure.media_type) == (
        "https://e.com/e.m4a",
        "audio/mp4",
    )
    assert article.image is not None
    assert article.image.url == "https://e.com/b.jpg?a=1&b=2"


def test_line_breaks_in_strings_and_byte_order_marks() -> None:
    body = (
        b'\xef\xbb\xbf\xef\xbb\xbf{"version": "%s", "items": [{"id": 1, "title": "a\nb\tc"}]}'
        % (VERSION.encode())
    )
    (parsed_item,) = KINDS["feed"].parse(Document("d", body, url="https://e.com/")).items
    assert (clean(parsed_item.title), parsed_item.ref) == ("a b c", "1")


def test_utf_16() -> None:
    body = json.dumps({"version": VERSION, "items": [{"title": "Café"}]}, ensure_ascii=False)
    (parsed_item,) = (
        KINDS["feed"].parse(Document("d", body.encode("utf-16"), url="https://e.com/")).items
    )
    assert clean(parsed_item.title) == "Café"


def test_impossible_numbers_do_not_stop_the_reader() -> None:
    digits = "9" * 5_000
    body = (
        f'{{"version": "{VERSION}", "items": [{{"id": {digits}, "title": NaN}}, {{"id": 1e999}}]}}'
    )
    items = KINDS["feed"].parse(Document("d", body.encode(), url="https://e.com/")).items
    assert [len(parsed_item.ref) for parsed_item in items] == [5_000, 3]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{}", "no version"),
        (b'{"version": true, "items": []}', "no version"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": {}}', "not a list"),
        (b'{"version"', "not JSON"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_a_document_that_is_no_json_feed_is_refused_with_a_reason(body: bytes, words: str) -> None:
    with pytest.raises(BadDocument, match=words):
        KINDS["feed"].parse(Document("d", body))


def test_an_invalid_item_is_dropped_alone() -> None:
    parsed = parse([{"id": "1", "title": "T"}, 5, None])
    assert (len(parsed.items), len(parsed.bad)) == (1, 2)


def test_relative_addresses_are_of_the_site_wherever_the_feed_is_served() -> None:
    body = json.dumps(
        {
            "version": VERSION,
            "home_page_url": "https://site.e.com/blog/",
            "items": [
                {
                    "id": 1,
                    "title": "T",
                    "url": "/p/1",
                    "image": "img/x.png",
                    "attachments": [{"url": "ep.mp3", "mime_type": "audio/mpeg"}],
                }
            ],
        }
    ).encode()
    (parsed_item,) = (
        KINDS["feed"].parse(Document("d", body, url="https://cdn.e.net/feed.json")).items
    )
    assert parsed_item.url == "https://site.e.com/p/1"
    assert parsed_item.image is not None
    assert parsed_item.image.url == "https://site.e.com/blog/img/x.png"
    assert parsed_item.enclosure is not None
    assert parsed_item.enclosure.url == "https://site.e.com/blog/ep.mp3"
