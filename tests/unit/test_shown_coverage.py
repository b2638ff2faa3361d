"""Rules of bounded entries, by values: which coverage is shown, and when that is an update."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b

import pytest

from aggregator.identify import unify
from aggregator.merge import Merged, merge
from aggregator.model import (
    Article,
    CleanText,
    Publisher,
    Site,
    Story,
    StoryRecord,
    Verdict,
    shown_coverage,
)
from aggregator.publish import compose_entry, compose_feed, render
from aggregator.publish.front_page import front_page
from aggregator.publish.page_context import PageContext
from aggregator.publish.pages import Paging, topic_page
from aggregator.publish.story_page import StoryView, story_page
from tests.conftest import NOW, article

SITE = Site(CleanText("Site"), "https://news.example.org/")
LATER = NOW + timedelta(hours=2)
ID = "urn:uuid:00000000-0000-5000-8000-000000000001"


def coverage(
    name: str, publisher: str, quality: int = 80, hour: int = 0, **more: object
) -> Article:
    published = NOW - timedelta(hours=20) + timedelta(hours=hour)
    return article(
        name,
        publisher=Publisher(CleanText(publisher)),
        quality=quality,
        published=published,
        **{"verdict": Verdict.NONE, **more},
    )


LEAD = coverage("lead", "Lead", 120)


def story(
    *others: Article, lead: Article = LEAD, copies: tuple[tuple[str, str], ...] = ()
) -> Story:
    pairs = tuple((f"https://{copy}", f"https://{original}") for copy, original in copies)
    return Story(ID, lead.title, NOW, NOW, lead, others, copies=pairs)


def listed(of: Story) -> list[str]:
    return [row.article.key.removeprefix("https://") for row in shown_coverage(of).listed]


def of_many_publishers(count: int) -> tuple[Article, ...]:
    return tuple(coverage(f"p{number:02}", f"P{number:02}") for number in range(count))


def test_the_best_of_each_publisher_is_listed_before_the_second_of_any() -> None:
    others = (
        coverage("a1", "A", 99),
        coverage("a2", "A", 98),
        coverage("a3", "A", 97),
        coverage("b1", "B", 70),
        coverage("b2", "B", 60),
        coverage("c1", "C", 50),
    )
    assert listed(story(*others)) == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_the_lead_counts_as_the_best_of_its_publisher() -> None:
    others = (coverage("own", "Lead", 119), coverage("a1", "A", 50), coverage("a2", "A", 40))
    assert listed(story(*others)) == ["a1", "own", "a2"]


def test_of_equal_quality_the_newest_comes_first_then_the_key_decides() -> None:
    others = (
        coverage("old", "A", hour=1),
        coverage("y", "B", hour=2),
        coverage("x", "C", hour=2),
        coverage("better", "D", 81),
    )
    assert listed(story(*others)) == ["better", "x", "y", "old"]
    assert listed(story(*others[::-1])) == listed(story(*others))


def test_ten_articles_are_listed_and_the_rest_is_counted_in_the_same_order() -> None:
    shown = shown_coverage(story(*of_many_publishers(13)))
    assert len(shown.listed) == 10
    assert [a.key for a in shown.rest] == ["https://p10", "https://p11", "https://p12"]
    assert not shown_coverage(story(*of_many_publishers(10))).rest


def test_three_copies_are_named_beside_each_article_and_further_ones_are_counted() -> None:
    others = of_many_publishers(11)
    copies = [(f"p{n:02}", "lead") for n in range(5)] + [(f"p{n:02}", "p05") for n in range(6, 11)]
    shown = shown_coverage(story(*others, copies=tuple(copies)))
    assert [a.key for a in shown.lead_copies] == ["https://p00", "https://p01", "https://p02"]
    ((row),) = shown.listed
    assert row.article.key == "https://p05", "copies have no row of their own"
    assert [a.key for a in row.copies] == ["https://p06", "https://p07", "https://p08"]
    assert [a.key[-3:] for a in shown.rest] == ["p03", "p04", "p09", "p10"]
    assert len([*shown.articles, *shown.rest]) == 11


def test_the_original_of_a_lead_that_is_a_copy_is_named_beside_it() -> None:
    shown = shown_coverage(story(coverage("a", "A"), coverage("b", "B"), copies=(("lead", "a"),)))
    assert [a.key for a in shown.lead_copies] == ["https://a"]
    assert [row.article.key for row in shown.listed] == ["https://b"]


def test_an_entry_of_300_articles_lists_ten_in_every_format() -> None:
    large = story(*(coverage(f"n{n:03}", f"P{n % 20:02}") for n in range(300)))
    feed = compose_feed("all", "All", SITE, [large], {})
    (entry,) = feed.entries
    assert len(entry.related) == 10
    assert entry.content.count("<a ") == 11, "the lead and ten more"
    assert render(feed, "atom").count(b'rel="related"') == 10
    assert render(feed, "rss").count(b'rel="related"') == 10
    (item,) = json.loads(render(feed, "json"))["items"]
    assert len(item["_related"]) == 10
    assert item["_more"] == {"articles": 290}
    assert "Covered by 21 publishers" in entry.content, "all are counted"
    assert (entry.publishers, entry.articles) == (21, 301)
    page = topic_page(PageContext(SITE, [feed]), feed, feed.entries, Paging()).decode()
    assert '<p class="n"><b>21</b> publishers' in page, "the count is of all"
    assert page.count("<bdi>P") == 5, "names"
    assert '<span class="rest">+15 more</span>' in page
    assert "<b>21</b> publishers" in front_page(PageContext(SITE, [feed])).decode()


def test_without_a_page_of_the_story_the_rest_is_named_by_its_best_publishers() -> None:
    def last_words(*others: Article) -> str:
        content = compose_entry(story(*of_many_publishers(10), *others), {}, SITE).content
        assert content.endswith("</p>")
        return content.rpartition("<p>")[2].removesuffix("</p>")

    worse = [coverage(f"w{n}", f"<W{n}>", 70 - n) for n in range(4)]
    assert last_words(worse[0]) == "… and 1 more article by &lt;W0&gt;"
    assert last_words(*worse[:2]) == "… and 2 more articles by &lt;W0&gt; and &lt;W1&gt;"
    names = "&lt;W0&gt;, &lt;W1&gt; and &lt;W2&gt;"
    assert last_words(*worse[:3]) == f"… and 3 more articles by {names}"
    names = "&lt;W0&gt;, &lt;W1&gt;, &lt;W2&gt; and others"
    assert last_words(*worse) == f"… and 4 more articles by {names}"
    assert "more article" not in compose_entry(story(*of_many_publishers(10)), {}, SITE).content


def test_publishers_of_which_nothing_is_shown_are_named_first() -> None:
    copies = [coverage(f"copy{n}", f"C{n}", 100 - n) for n in range(4)]
    others = [coverage("listed", "C3", 95), *of_many_publishers(10)]
    large = story(*copies, *others, copies=tuple((f"copy{n}", "lead") for n in range(4)))
    more = compose_entry(large, {}, SITE).more
    assert (more.number, more.publishers) == (2, ("P09", "C3"))


def test_where_stories_have_pages_the_rest_is_a_link_to_the_page() -> None:
    site, large = replace(SITE, story_pages=True), story(*of_many_publishers(12))
    feed = compose_feed("all", "All", site, [large], {})
    page = f"https://news.example.org/stories/{ID[9:]}"
    assert feed.entries[0].content.endswith(f'<p><a href="{page}">… and 2 more</a></p>')
    link = f'<a class="rest" href="{page}">+7 more</a>'
    context = PageContext(site, [feed])
    assert link in topic_page(context, feed, feed.entries, Paging()).decode()
    (item,) = json.loads(render(feed, "json"))["items"]
    assert item["_more"] == {"articles": 2, "url": page}
    context = PageContext(site, [feed], "../", live=True)
    live = topic_page(context, feed, feed.entries, Paging()).decode()
    assert f'<a class="rest" href="../stories/{ID[9:]}">+7 more</a>' in live


def test_the_entry_of_the_page_of_a_story_has_everything() -> None:
    others = of_many_publishers(40)
    copies = tuple((f"p{number:02}", "p00") for number in range(1, 20))
    entry = compose_entry(story(*others, copies=copies), {}, SITE, whole=True)
    shown = {link.url for link in entry.related}
    shown |= {copy.url for link in entry.related for copy in link.copies}
    assert shown == {article.url for article in others}
    page = story_page(PageContext(SITE, [], "../", live=True), entry, StoryView()).decode()
    assert all(f'"{article.url}"' in page for article in others)
    assert entry.more.number == 0


# ------------------------------------------------ what moves `updated`


def group(*others: Article) -> list[Article]:
    lead = replace(LEAD, verdict=Verdict.STORY, related=tuple(a.key for a in others))
    related = [replace(a, ref=lead.ref, verdict=Verdict.RELATED_ONLY) for a in others]
    return [lead, *related]


def merged(articles: list[Article], records: tuple[StoryRecord, ...], now: datetime) -> Merged:
    return merge(unify(articles), records, now)


def updated_at(first: list[Article], second: list[Article]) -> datetime:
    """When the one story is said to be updated after the second merge."""
    records = merged(first, (), NOW).story_records
    (story,) = merged(second, records, LATER).stories
    return story.updated


def test_an_article_that_is_not_shown_does_not_update_the_story() -> None:
    ten = [coverage(f"p{n:02}", f"P{n:02}", 90) for n in range(10)]
    second_of_p0 = coverage("second", "P00", 89)
    assert updated_at(group(*ten), group(*ten, second_of_p0)) < NOW, "P00 is shown already"
    assert updated_at(group(*ten), group(*ten, coverage("worse", "W", 80))) < NOW
    assert updated_at(group(*ten), group(*ten, coverage("second", "P00", 99, hour=-1))) == LATER
    many = [*ten, coverage("worse", "W", 80)]
    assert updated_at(group(*many), group(*ten)) < NOW, "the number that is not shown fell"


def test_an_article_that_takes_the_place_of_a_shown_one_updates_the_story() -> None:
    ten = [coverage(f"p{n:02}", f"P{n:02}", 90) for n in range(10)]
    assert updated_at(group(*ten), group(*ten, coverage("better", "B", 95))) == LATER
    assert updated_at(group(*ten[:9]), group(*ten)) == LATER
    corrected = replace(ten[0], title=CleanText("Corrected"))
    assert updated_at(group(*ten), group(corrected, *ten[1:])) == LATER


def _digest(*parts: str) -> str:
    return blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


def _of_all_coverage(story: Story) -> str:
    """As it was stored while an entry listed all the coverage."""
    words = sorted((a.title, a.publisher.name) for a in story.coverage)
    lead = story.lead
    return _digest(story.title, lead.excerpt, lead.publisher.name, *(w for ws in words for w in ws))


def _with_addresses(story: Story) -> str:
    """As 0.1.0 stored it."""
    lead, parts = story.lead, []
    for other in sorted(story.coverage, key=lambda a: a.key):
        parts += [other.key, other.title, other.publisher.name]
    return _digest(lead.key, story.title, lead.excerpt, lead.publisher.name, *parts)


@pytest.mark.parametrize("earlier", [_of_all_coverage, _with_addresses])
def test_an_upgrade_marks_no_story_as_updated_and_stores_the_new_digest(
    earlier: Callable[[Story], str],
) -> None:
    articles = group(*of_many_publishers(15))
    first = merged(articles, (), NOW)
    ((story,), (record,)) = (first.stories, first.story_records)
    stored = replace(record, content_digest=earlier(story))
    assert stored.content_digest != record.content_digest
    second = merged(articles, (stored,), LATER)
    assert second.stories[0].updated == story.updated
    assert second.story_records == first.story_records
    every = frozenset(article.key for article in articles)
    same = merge(unify(articles), (stored,), LATER, reworded=every)
    assert same.stories[0].updated == story.updated, "what was stored is known by itself"
    renamed = [replace(articles[0], excerpt=CleanText("Other words")), *articles[1:]]
    changed = merge(unify(renamed), (stored,), LATER, reworded=frozenset({LEAD.key}))
    assert changed.stories[0].updated == LATER


def test_another_name_of_a_publisher_is_no_update_also_by_an_upgrade() -> None:
    def group_of(name: str, *more: Article) -> list[Article]:
        publisher = Publisher(CleanText(name), CleanText("a.example"))
        return group(replace(coverage("a", "A"), publisher=publisher), *more)

    ((story,), (record,)) = _values(merged(group_of("Recent content on A"), (), NOW))
    for stored in (record, replace(record, content_digest=_of_all_coverage(story))):
        assert merged(group_of("A"), (stored,), LATER).stories[0].updated == story.updated
        more = group_of("A", coverage("b", "B"))
        assert merged(more, (stored,), LATER).stories[0].updated == LATER


def _values(of: Merged) -> tuple[tuple[Story, ...], tuple[StoryRecord, ...]]:
    return of.stories, of.story_records
