"""News sitemaps and their indexes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator.errors import BadDocument
from aggregator.model import Document
from aggregator.read.cleaning import clean
from aggregator.read.kinds import KINDS, Parsed

SPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    ' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)
PUBLICATION = (
    "<news:publication><news:name>Tea &amp;amp; Co</news:name><news:language>en</news:language>"
    "</news:publication>"
)


def parse(body: str) -> Parsed:
    return KINDS["sitemap"].parse(Document("d", body.encode(), url="https://e.com/news.xml"))


def url(inner: str, address: str = "/a?x=1&amp;y=2", more: str = "") -> str:
    """A url element with news."""
    return f"<url><loc>{address}</loc>{more}<news:news>{PUBLICATION}{inner}</news:news></url>"


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Choir&amp;#8217;s long night &amp;amp; day", "Choir’s long night & day"),
        ("<![CDATA[Flour & water]]>", "Flour & water"),
        ("<![CDATA[Kids&#8217; corner]]>", "Kids’ corner"),
        ("Use &lt;b&gt; &amp;lt;i&amp;gt;", "Use <b> <i>"),
    ],
)
def test_titles_are_decoded_once_and_keep_their_brackets(title: str, words: str) -> None:
    (item,) = parse(f"<urlset {SPACES}>{url(f'<news:title>{title}</news:title>')}</urlset>").items
    assert clean(item.title) == words
    assert clean(item.publisher) == "Tea & Co"


def test_the_fields_of_an_article() -> None:
    inner = (
        "<news:title>T</news:title><news:publication_date>2026-03-09T10:00:00+0100"
        "</news:publication_date><news:keywords>Arts &amp;amp; Life, , R&amp;amp;D</news:keywords>"
    )
    image = "<image:image><image:loc>/i.jpg?a=1&amp;amp;b=2</image:loc></image:image>"
    (item,) = parse(f"<urlset {SPACES}>{url(inner, more=image)}</urlset>").items
    assert (item.ref, item.url) == ("https://e.com/a?x=1&y=2",) * 2
    assert item.published is not None
    assert item.published.astimezone(UTC) == datetime(2026, 3, 9, 9, tzinfo=UTC)
    assert [clean(topic) for topic in item.topics] == ["Arts & Life", "R&D"]
    assert item.image is not None
    assert item.image.url == "https://e.com/i.jpg?a=1&b=2"


def test_a_date_that_is_missing_is_that_of_the_page() -> None:
    more = "<lastmod>2026-03-09T10:00:00Z</lastmod>"
    (item,) = parse(
        f"<urlset {SPACES}>{url('<news:title>T</news:title>', more=more)}</urlset>"
    ).items
    assert item.published == datetime(2026, 3, 9, 10, tzinfo=UTC)


def test_an_undeclared_prefix_has_its_usual_meaning() -> None:
    body = f"<urlset>{url('<news:title>T</news:title>')}</urlset>"
    assert [clean(item.title) for item in parse(body).items] == ["T"]


def test_the_articles_of_one_page_stay_distinct() -> None:
    urls = "".join(url(f"<news:title>Part {n}</news:title>", f"/live#{n}") for n in range(3))
    items = parse(f"<urlset {SPACES}>{urls}</urlset>").items
    assert [(item.part, item.order) for item in items] == [("0", 0), ("1", 1), ("2", 2)]


def test_an_index_leads_to_the_sitemap_of_news() -> None:
    body = (
        f"<sitemapindex {SPACES}><sitemap><loc>/pages.xml</loc></sitemap>"
        "<sitemap><loc>\n /news.xml.gz?a=1&amp;b=2\n</loc></sitemap></sitemapindex>"
    )
    assert parse(body).next_page == "https://e.com/news.xml.gz?a=1&b=2"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (f"<urlset {SPACES}><url><loc>https://e.com/a</loc></url></urlset>", "without news"),
        ("<rss/>", "not a sitemap"),
        ("<!doctype html>", "HTML page"),
        ("", "empty"),
    ],
)
def test_a_document_that_is_no_news_sitemap_is_refused_with_a_reason(body: str, words: str) -> None:
    with pytest.raises(BadDocument, match=words):
        parse(body)
