"""Who published an article that does not say it: what a reader expects to be named."""
# ruff: noqa: E501 -- one case per line

from __future__ import annotations

import pytest

from aggregator.model import CleanText, Publisher, Source, Verdict
from aggregator.pipeline.publisher_names import with_publisher
from tests.conftest import article

DOMAIN = "a.example"


@pytest.mark.parametrize(
    ("title", "name", "configured", "shown"),
    [
        ("World News: Breaking news, politics", "Boston Globe", "", "Boston Globe"),
        ("NDTV News Search Records Found 1000", "ndtv-world", "NDTV", "NDTV"),
        ("NDTV News Search Records Found 1000", "NDTV", "", "NDTV"),
        ("NDTV News Search Records Found 1000", "ndtv-world", "", "NDTV News Search Records Found 1000"),
        ("ndtv world news", "ndtv", "", "ndtv"),
        ("ndtvworld news", "ndtv", "", "ndtvworld news"),
        ("ab news", "ab", "", "ab news"),
        ("", "Example", "", "Example"),
        ("", "example", "", DOMAIN),
        ("kottke.org", "feed7", "", "kottke.org"),
        ("Title", "https://a.example/feed.xml", "", "Title"),
        ("بي بي سي", "بي بي سي عربي", "", "بي بي سي عربي"),
        ("Recent content in Posts on zhubert", "z", "", "zhubert"),
        ("Home on zhubert", "z", "", "zhubert"),
        ("Posts on X", "z", "", "X"),
        ("Gatsby Starter Blog RSS Feed", "z", "", "Gatsby Starter Blog"),
        ("The Blog » Feed", "z", "", "The Blog"),
        ("Reports on Atomic Energy", "z", "", "Reports on Atomic Energy"),
        ("Blog &#8211; Site", "z", "", "Blog – Site"),
        ("RSS Feed", "z", "", "RSS Feed"),
    ],
)  # fmt: skip
def test_the_publisher_of_articles_that_name_none(
    title: str, name: str, configured: str, shown: str
) -> None:
    source = Source(name, "feed", "https://a.example/feed", publisher=configured)
    publisher = Publisher(CleanText(title or DOMAIN), CleanText(DOMAIN))
    read = article("a.example/1", publisher=publisher, verdict=Verdict.NONE)
    assert with_publisher(read, source, title).publisher == Publisher(
        CleanText(shown), CleanText(DOMAIN)
    )


def test_the_publisher_that_an_article_names_stays() -> None:
    source = Source("Search", "feed", "https://a.example/feed", publisher="Configured")
    own = Publisher(CleanText("The Wire"), CleanText("wire.example"))
    read = article("wire.example/1", publisher=own, verdict=Verdict.NONE)
    assert with_publisher(read, source, "Search results").publisher == own


def test_the_name_of_a_file_with_articles_of_many_sites_is_no_publisher() -> None:
    source = Source("My Links", "jsonl", "/links.jsonl")
    own = Publisher(CleanText(DOMAIN), CleanText(DOMAIN))
    read = article("a.example/1", publisher=own, verdict=Verdict.NONE)
    assert with_publisher(read, source, "").publisher == own
