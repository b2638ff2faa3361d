"""The content of entries: what feed readers show of a story."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from lxml import etree

from aggregator.identify import canonical_url, without_tracking
from aggregator.model import Article, CleanText, Image, Publisher, Site, Story
from aggregator.publish import compose_entry, compose_feed, icon_files, render
from aggregator.publish.icons import feed_icons
from tests.conftest import article

SITE = Site(CleanText("News"), "https://news.example/", "en", story_pages=True)
MORNING = datetime(2026, 11, 25, 7, 2, tzinfo=UTC)
ID = "urn:uuid:5f0c1a52-6c1e-5b8e-9d57-2f6f1f7a0c11"
PAGE = "https://news.example/stories/5f0c1a52-6c1e-5b8e-9d57-2f6f1f7a0c11"
LEAD = article(
    "wire.example/1",
    url="https://wire.example/1?id=7&utm_source=rss",
    title="Kestrel Islands lift tsunami warning",
    excerpt="Sirens fell silent at 07:50.",
    publisher=Publisher(CleanText("Northern Wire")),
    published=MORNING,
    lang="en",
    image=Image(CleanText("https://wire.example/a.jpg?utm_x=1"), 640, 360),
)


def other(name: str, title: str, lang: str = "en", day: int = 25) -> Article:
    when = datetime(2026, 11, day, 6, 56, tzinfo=UTC)
    publisher = Publisher(CleanText(name))
    return article(f"{len(title)}.example", title=title, publisher=publisher, published=when,
                   lang=lang)  # fmt: skip


def story(*coverage: Article, lead: Article = LEAD, topics: tuple[str, ...] = ()) -> Story:
    return Story(ID, lead.title, MORNING, MORNING, lead, coverage, topics)


def test_an_entry_is_picture_excerpt_links_coverage_and_topics() -> None:
    whole = story(
        other("Tagblatt", "Kestrel-Inseln heben Warnung auf", "de"),
        other("بريد", "جزر كستريل ترفع الإنذار", "ar"),
        topics=("world", "sea"),
    )
    names = {"world": "World", "sea": "The sea"}
    content = compose_entry(whole, names, SITE, pages={"world"}).content
    picture = '<p><img src="https://wire.example/a.jpg?utm_x=1" alt="" width="640" height="360"'
    assert content == (
        f'{picture} style="max-width:100%;height:auto"></p>'
        '<p dir="auto">Sirens fell silent at 07:50.</p>'
        '<p><a href="https://wire.example/1?id=7">Read at Northern Wire</a> · '
        f'<a href="{PAGE}">The whole story</a></p>'
        "<p><strong>Covered by 3 publishers</strong></p><ul>"
        '<li><b><bdi>بريد</bdi></b>: <a href="https://23.example" dir="rtl" lang="ar">'
        "جزر كستريل ترفع الإنذار</a> <small>25 Nov, 06:56 UTC</small></li>"
        '<li><b>Tagblatt</b>: <a href="https://32.example" dir="auto" lang="de">'
        "Kestrel-Inseln heben Warnung auf</a> <small>25 Nov, 06:56 UTC</small></li></ul>"
        '<p><small>In <a href="https://news.example/feeds/world.html">World</a>, '
        "The sea.</small></p>"
    )


def test_an_entry_is_written_in_the_language_and_the_time_zone_of_the_site() -> None:
    site = replace(SITE, language="de", timezone="Europe/Berlin", story_pages=False)
    content = compose_entry(story(other("B", "Titel", "de")), {}, site).content
    assert "<strong>2 Medien berichten</strong>" in content
    assert "25. Nov., 07:56 CET" in content
    assert '<p dir="auto" lang="en">Sirens' in content, "the language of the text, if another one"
    assert "Das ganze Thema" not in content, "there is no page"
    described = render(compose_feed("all", "Alle", site, [], {}), "rss").decode()
    assert "Alle: jedes Thema einmal" in described


def test_articles_of_one_publisher_are_counted_as_articles() -> None:
    content = compose_entry(story(other("Northern Wire", "Second")), {}, SITE).content
    assert "<strong>2 articles</strong>" in content
    assert "publisher" not in content


def test_the_time_of_an_article_has_its_year_where_it_is_not_that_of_the_entry() -> None:
    old = replace(other("B", "Old"), published=datetime(2024, 1, 2, 3, 4, tzinfo=UTC))
    assert "<small>2 Jan 2024, 03:04 UTC</small>" in compose_entry(story(old), {}, SITE).content


@pytest.mark.parametrize("excerpt", [LEAD.title, "Kestrel Islands lift…", "KESTREL ISLANDS"])
def test_an_excerpt_that_repeats_the_title_is_left_out(excerpt: str) -> None:
    lead = replace(LEAD, excerpt=CleanText(excerpt))
    entry = compose_entry(story(lead=lead), {}, SITE)
    assert (entry.summary, entry.content.count("<p")) == ("", 2), "picture and link"


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://a.example/?utm_source=x", "https://a.example/"),
        ("https://a.example/x?b=2&fbclid=1&a=%C3%BC&gclid=4#top", "https://a.example/x?b=2&a=%C3%BC#top"),
        ("https://a.example/x?UTM_Medium=1&mc_cid=2&mc_eid=3", "https://a.example/x"),
        ("https://a.example/x#xtor=RSS-1", "https://a.example/x"),
        ("https://a.example/x?mod=rss_markets&feed=rss2&mod2=1", "https://a.example/x?feed=rss2&mod2=1"),
        ("https://a.example/x?cid=7&source=rss-1&from=page", "https://a.example/x?cid=7&from=page"),
        ("https://a.example/x?a=&b&c=utm_source", "https://a.example/x?a=&b&c=utm_source"),
        ("https://a.example/x?u=https://b.example/?utm_source=x", "https://a.example/x?u=https://b.example/?utm_source=x"),
        ("https://a.example/x?utm_source=x&X-Amz-Signature=7", "https://a.example/x?utm_source=x&X-Amz-Signature=7"),
        ("https://a.example/x?utm_source=x&token=7", "https://a.example/x?utm_source=x&token=7"),
        ("https://a.example/x?", "https://a.example/x?"),
    ],
)  # fmt: skip
def test_links_lose_their_tracking_parameters_and_nothing_else(link: str, shown: str) -> None:
    assert without_tracking(link) == shown
    assert canonical_url(link) == canonical_url(shown), "the article stays the same"


def test_a_feed_has_an_icon_and_a_logo() -> None:
    feed = compose_feed("all", "All", SITE, [story()], {})
    atom, rss = render(feed, "atom").decode(), render(feed, "rss").decode()
    assert "<icon>https://news.example/favicon.ico</icon>" in atom
    assert "<logo>https://news.example/icon-192.png</logo>" in atom
    (image,) = etree.fromstring(rss.encode()).iterfind("channel/image")
    assert [child.text for child in image] == [
        "https://news.example/icon-192.png",
        "All",
        "https://news.example/feeds/all.html",
    ]
    head = json.loads(render(feed, "json"))
    assert (head["icon"], head["favicon"]) == (
        "https://news.example/icon-192.png",
        "https://news.example/favicon.ico",
    )


def test_the_icon_of_a_feed_in_a_folder_of_files_is_one_of_the_files() -> None:
    files = {file.name for file in icon_files(SITE)}
    icons = feed_icons(replace(SITE, story_pages=False))
    assert icons.image == "", "RSS takes no SVG"
    for url in (icons.icon, icons.logo):
        assert url.removeprefix("https://news.example/feeds/") in files
