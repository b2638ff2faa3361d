"""Text from outside is cleaned before anything else uses it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from aggregator.model import Item, Source, Text, TextKind, clean_text
from aggregator.read.addresses import http_url
from aggregator.read.cleaning import clean
from aggregator.read.item_articles import UNADDRESSED_PREFIX, articles_of
from tests.conftest import NOW

SOURCE = Source("s", "feed", "https://e.com/feed", quality=80, topics=("News",))


def test_control_characters_go_and_emoji_stay() -> None:
    assert clean_text("a\x1b[31m\x00b\u202e \ud800👩\u200d🚀\n c", 50) == "a[31mb 👩\u200d🚀 c"


def test_a_stray_byte_order_mark_goes() -> None:
    assert clean_text("\ufeffa\ufeffb", 50) == "ab"


def test_long_text_is_cut() -> None:
    assert clean_text("word " * 100, 20) == "word word word word…"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>Two</p>", "One Two"),
        ("a<script>alert(1)</script>b", "ab"),
        ("Q&amp;A &lt;tips&gt;", "Q&A <tips>"),
        ("It&#8217;s", "It’s"),
        ("5 < 6 & 7", "5 < 6 & 7"),
        ("&amp;amp; twice", "&amp; twice"),
    ],
)
def test_words_of_html(markup: str, text: str) -> None:
    assert clean(Text(markup, TextKind.HTML), 100) == text


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://e.com/a b", "https://e.com/a%20b"),
        (" https://e.com/ ", "https://e.com/"),
        ("hTTps://e.com/", "https://e.com/"),
        ("javascript:alert(1)", ""),
        ("https://user:pw@e.com/", ""),
        ("//e.com/", ""),
        ("https://e.com:x/", ""),
    ],
)
def test_only_http_links(url: str, expected: str) -> None:
    assert http_url(url) == expected


def make_item(title: str = "T", **fields: object) -> Item:
    return Item(**{"ref": "r", "url": "https://e.com/1", "title": Text(title), **fields})  # type: ignore[arg-type]


def test_the_source_s_defaults_hold_where_the_item_says_nothing() -> None:
    (article,) = articles_of(make_item(), SOURCE, NOW)
    assert (article.quality, article.topics, article.publisher.name) == (80, ("News",), "e.com")


def test_a_date_without_a_zone_is_utc_and_one_in_the_future_is_now() -> None:
    (naive,) = articles_of(make_item(published=datetime(2026, 1, 2)), SOURCE, NOW)  # noqa: DTZ001
    (future,) = articles_of(make_item(published=NOW + timedelta(days=9)), SOURCE, NOW)
    (none,) = articles_of(make_item(), SOURCE, NOW)
    assert naive.published.isoformat() == "2026-01-02T00:00:00+00:00"
    assert (future.published, future.dated) == (NOW, False)
    assert (none.published, none.dated) == (NOW, False)


def test_a_front_page_is_no_alias_of_an_article() -> None:
    (article,) = articles_of(
        make_item(addresses=("https://e.com/", "https://e.com/1/amp/2")), SOURCE, NOW
    )
    assert article.aliases == ("https://e.com/1/amp/2",)


def test_coverage_follows_its_article_once() -> None:
    related = (
        make_item(url="https://e.com/2"),
        make_item(url="https://e.com/2?utm_source=x"),
        make_item(url=""),
    )
    articles = articles_of(make_item(related=related), SOURCE, NOW)
    assert [a.key for a in articles] == ["https://e.com/1", "https://e.com/2"]
    assert articles[0].related[0] == "https://e.com/2"


def test_coverage_without_an_address_is_counted_but_is_no_article() -> None:
    related = (
        make_item(url="", title="A video"),
        make_item(url="", title="Another"),
        make_item(url="javascript:x"),
    )
    articles = articles_of(make_item(related=related), SOURCE, NOW)
    assert len(articles) == 1
    assert [key.startswith(UNADDRESSED_PREFIX) for key in articles[0].related] == [True, True]
