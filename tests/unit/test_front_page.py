"""The front page: what is on it, and in which place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from aggregator.model import CleanText, Entry, Feed, Image, Link, Publisher, Site
from aggregator.publish.front_page import (
    SECTION,
    SUBSECTION,
    TOP,
    front_page,
    gaining,
    is_lead,
    just_in,
    sections_of,
)
from aggregator.publish.page_context import PageContext
from aggregator.publish.picture_urls import NO_PICTURES, LocalPicture

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SITE = Site(CleanText("The Site"), "https://news.example/")


def entry(number: int, publisher: str = "", *, hours: float = 1, publishers: int = 1) -> Entry:
    time = NOW - timedelta(hours=hours)
    name = CleanText(publisher or f"Paper {number}")
    return Entry(
        id=f"urn:uuid:00000000-0000-5000-8000-{number:012}",
        url=CleanText(f"https://paper.example/{number}"),
        title=CleanText(f"Story {number}"),
        published=time,
        updated=time,
        author=name,
        publisher=Publisher(name),
        summary=CleanText(""),
        content="",
        publishers=publishers,
    )


def feed(slug: str, entries: Sequence[Entry]) -> Feed:
    return Feed(slug, slug, slug.title(), SITE, NOW, tuple(entries))


STORIES = [entry(number, hours=number) for number in range(1, 61)]


class TestSections:
    def context(self, **topics: Sequence[int]) -> PageContext:
        feeds = [feed(slug, [STORIES[n] for n in numbers]) for slug, numbers in topics.items()]
        return PageContext(SITE, [feed("all", STORIES[:TOP]), *feeds], parents={"child": "parent"})

    def test_a_story_is_shown_once_where_it_ranks_best(self) -> None:
        context = self.context(one=[20, 30, 40], two=[30, 20, 41])
        shown = {s.feed.slug: [e.title for e in s.entries] for s in sections_of(context, ())}
        assert shown == {"one": ["Story 21", "Story 41"], "two": ["Story 31", "Story 42"]}

    def test_what_is_above_is_not_repeated(self) -> None:
        context = self.context(one=[0, 1, 20])
        (section,) = sections_of(context, STORIES[:TOP])
        assert [e.title for e in section.entries] == ["Story 21"]

    def test_subtopics_are_under_their_parents_and_empty_ones_are_left_out(self) -> None:
        context = self.context(parent=range(20, 30), child=range(30, 40), empty=[], solo=[50])
        sections = list(sections_of(context, ()))
        assert [s.feed.slug for s in sections] == ["parent", "solo"]
        assert len(sections[0].entries) == SECTION
        (child,) = sections[0].below
        assert (child.feed.slug, len(child.entries)) == ("child", SUBSECTION)
        assert [f.slug for f in context.menu] == ["parent", "empty", "solo"]
        assert [f.slug for f in replace(context, empty={"empty"}).menu] == ["parent", "solo"]

    def test_a_parent_without_stories_of_its_own_has_those_of_its_subtopics(self) -> None:
        (section,) = sections_of(self.context(parent=[], child=[30]), ())
        assert [s.feed.slug for s in section.below] == ["child"]


class _OnePicture:
    version = 1

    def of(self, url: str) -> LocalPicture | None:
        return LocalPicture("pictures/a.jpg", 640, 360) if url == "https://p.example/1" else None

    small_of = of

    def icon_of(self, domain: str) -> LocalPicture | None:
        del domain
        return None


def test_the_first_story_leads_with_three_publishers_and_a_picture_that_is_there() -> None:
    image = Image(CleanText("https://p.example/1"))
    context = PageContext(SITE, [], pictures=_OnePicture())
    story = replace(entry(1, publishers=3), image=image)
    assert is_lead(context, story)
    assert not is_lead(replace(context, pictures=NO_PICTURES), story)
    assert not is_lead(context, replace(story, publishers=2))
    assert not is_lead(context, replace(story, image=Image(CleanText("https://p.example/2"))))
    html = front_page(replace(context, feeds=[feed("all", [story])], live=True, now=NOW)).decode()
    assert 'class="s lead big"' in html
    assert 'src="pictures/a.jpg"' in html
    assert "p.example" not in html, "no page loads from a publisher's server"


def test_just_in_has_two_stories_of_a_publisher_at_most_the_newest_first() -> None:
    many = [entry(n, "Busy", hours=n / 10) for n in range(1, 10)]
    context = PageContext(SITE, [feed("all", [*reversed(many), entry(20, hours=3)])])
    assert [e.title for e in just_in(context)] == ["Story 1", "Story 2", "Story 20"]


def test_gaining_counts_the_articles_of_the_last_hour() -> None:
    def with_articles(number: int, *minutes: int) -> Entry:
        links = [
            Link(CleanText("https://x.example/"), CleanText("x"), CleanText(f"P{m}"), at)
            for m in minutes
            for at in [NOW - timedelta(minutes=m)]
        ]
        return replace(entry(number), related=tuple(links))

    stories = [with_articles(1, 5, 61), with_articles(2, 5, 59), with_articles(3, 1, 2, 3)]
    context = PageContext(SITE, [feed("all", stories)], live=True, now=NOW)
    assert [(e.title, n) for e, n in gaining(context)] == [("Story 3", 3), ("Story 2", 2)]
    assert gaining(replace(context, now=None)) == []


def test_a_live_page_has_ages_and_links_to_stories_and_a_file_has_dates() -> None:
    context = PageContext(SITE, [feed("all", [entry(1, hours=3, publishers=2)])], formats=["atom"])
    static = front_page(context).decode()
    live = front_page(replace(context, live=True, now=NOW)).decode()
    path = "stories/00000000-0000-5000-8000-000000000001"
    assert f'href="{path}"' in live
    assert ">3 hr ago<" in live
    assert ">09:00</time>" in live
    assert (
        ">25 Nov</time>"
        in front_page(replace(context, live=True, now=NOW + timedelta(days=1))).decode()
    )
    assert ">25 Nov</time>" in static
    assert 'href="feeds/all.atom"' in live
    assert path not in static
    assert "25 Nov, 09:00 UTC" in static
    assert 'href="all.atom"' in static
    assert 'role="search"' in live
    assert 'role="search"' not in static


def test_an_empty_site_says_so() -> None:
    assert "No stories yet." in front_page(PageContext(SITE, [feed("all", [])])).decode()
