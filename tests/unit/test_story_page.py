"""The page of a story: its timeline, its pulse and what search engines read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from lxml import html

from aggregator.model import CleanText, Entry, Link, Site
from aggregator.publish.page_context import PageContext
from aggregator.publish.story_page import (
    SHOWN,
    StoryView,
    Why,
    days_of,
    pulse_of,
    story_page,
    timeline,
)
from tests.unit.test_front_page import entry

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SITE = Site(CleanText("The Site"), "https://news.example/", timezone="Europe/Berlin")
CONTEXT = PageContext(SITE, [], "../", live=True, now=NOW)


def link(number: int, publisher: str = "", minutes: int | None = None) -> Link:
    return Link(
        CleanText(f"https://other.example/{number}"),
        CleanText(f"Article {number}"),
        CleanText(publisher or f"Paper {number}"),
        NOW - timedelta(minutes=number if minutes is None else minutes),
    )


def story(*links: Link) -> Entry:
    lead = entry(0, "Lead", hours=2, publishers=1 + len({other.publisher for other in links}))
    return replace(lead, related=links, articles=1 + len(links), lead_published=lead.published)


def test_the_timeline_has_every_article_with_the_lead_in_its_place() -> None:
    articles = timeline(story(link(1), link(300)))
    assert [a.title for a in articles] == ["Article 300", "Story 0", "Article 1"]


def test_days_are_those_of_the_site() -> None:
    late = link(1, minutes=13 * 60 - 30)  # 23:30 UTC of the day before: half past midnight
    days = list(days_of(CONTEXT, timeline(story(late)), newest_first=True))
    assert [(day.day, day.number) for day in days] == [(date(2026, 11, 25), 2)]


def test_more_than_forty_articles_are_folded_and_none_is_lost() -> None:
    articles = timeline(story(*(link(n, minutes=n * 30) for n in range(1, 80))))
    days = list(days_of(CONTEXT, articles, newest_first=True))
    assert sum(len(day.shown) for day in days) == SHOWN == 40
    assert sum(len(day.shown) + len(day.folded) for day in days) == 80
    assert days[0].day > days[-1].day
    first = next(iter(days_of(CONTEXT, articles, newest_first=False)))
    assert first.shown[0] == articles[0]


def test_a_very_large_story_has_a_row_for_each_publisher_and_day() -> None:
    busy = [link(n, "Busy", n) for n in range(1, 200)]
    articles = timeline(story(*busy, *(link(n) for n in range(201, 410))))
    days = list(days_of(CONTEXT, articles, newest_first=True))
    rows = [row for day in days for row in (*day.shown, *day.folded)]
    assert sum(row.publisher == "Busy" for row in rows) == 1
    assert next(row for row in rows if row.publisher == "Busy").title == "Article 1"
    assert sum(day.number for day in days) == len(articles), "the head of a day counts all"


def test_the_pulse_counts_every_article_and_fills_the_height() -> None:
    articles = timeline(story(*(link(n, minutes=0) for n in range(1, 4)), link(9, minutes=600)))
    pulse = pulse_of(articles)
    assert pulse
    assert (pulse.first, pulse.last) == (NOW - timedelta(minutes=600), NOW)
    assert pulse.most == 3
    assert max(height for _, height in pulse.bars) == pulse.height
    assert pulse.bars[-1][0] <= pulse.width - 5
    assert pulse_of(timeline(story())) is None


def test_no_title_can_end_the_block_of_structured_data() -> None:
    evil = replace(story(link(1)), title=CleanText("</script><script>alert(1)</script>"))
    page = story_page(CONTEXT, evil, StoryView()).decode()
    scripts = list(html.fromstring(page).iter("script"))
    (block,) = [script for script in scripts if script.get("type")]
    data = json.loads(block.text or "")
    assert data["name"] == evil.title
    assert data["@type"] == "CollectionPage"
    assert data["mainEntity"]["numberOfItems"] == 2
    assert [script.get("src") for script in scripts if script is not block] == ["../page.js"]


def test_why_a_story_is_here_is_shown_in_shares_of_the_largest_term() -> None:
    why = Why(3, 40, 62.5, [("quality", 50.0, "q"), ("coverage", 12.5, "c")])
    assert [why.share(points) for _, points, _ in why.terms] == [100, 25]
    page = story_page(CONTEXT, story(link(1)), StoryView(why=why)).decode()
    assert "Place 3 of 40 stories, with 62.5 points" in page
    assert "Why is this story here?" not in story_page(CONTEXT, story(), StoryView()).decode()


def test_the_words_of_a_page_are_those_of_its_site() -> None:
    german = replace(CONTEXT, site=replace(SITE, language="de-AT"))
    page = html.fromstring(story_page(german, story(link(1)), StoryView()).decode())
    assert (page.get("lang"), page.get("dir")) == ("de", "ltr")
    assert "2 Artikel von 2 Medien" in "".join(map(str, page.itertext()))
    arabic = replace(CONTEXT, site=replace(SITE, language="ar"))
    page = html.fromstring(story_page(arabic, story(), StoryView()).decode())
    assert (page.get("lang"), page.get("dir")) == ("en", "rtl")
