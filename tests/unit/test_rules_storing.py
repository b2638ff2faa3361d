"""Rules of the pipeline from readings to feeds, by values."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from aggregator.identify import unify
from aggregator.merge import MergeOptions, merge
from aggregator.model import (
    Article,
    CleanText,
    FeedRecord,
    PollDay,
    Reading,
    Site,
    Source,
    SourceState,
    StoryRecord,
    Topic,
    Verdict,
)
from aggregator.pipeline import Output, PlanOptions, plan, publish_feeds, update_stories
from aggregator.pipeline.intake import sanitised
from aggregator.pipeline.records import load_since, poll_days_of
from aggregator.rank import RankingOptions
from aggregator.store import Store, StoredWindow
from tests.conftest import NOW, article
from tests.windows import window_after

OPTIONS = PlanOptions(
    Site(CleanText("Test"), "https://news.example.org/"),
    topics=(Topic("space", "Space", keywords=("space",)),),
    ranking=RankingOptions(window=None, max_entries=None),
    merging=MergeOptions(text=False),
)
WEEK = timedelta(days=7)


def space_article(name: str, hours: float = 1, **changes: Any) -> Article:
    values = {
        "title": f"Space {name}",
        "published": NOW - timedelta(hours=hours),
        "verdict": Verdict.NONE,
        **changes,
    }
    return article(name, **values)


def test_postponed_sources_are_not_counted_as_polled() -> None:
    source = Source("s", "feed", "https://e.com/f")
    good = Reading(source, SourceState("s"))
    failed = Reading(source, SourceState("s", error=CleanText("broken")))
    day = int(NOW.timestamp()) // 86_400
    assert poll_days_of([replace(good, postponed=True)], NOW) == []
    assert poll_days_of([good], NOW, [space_article("a"), space_article("b")]) == [
        PollDay("s", day, 1, 0, 2)
    ]
    assert poll_days_of([failed], NOW) == [PollDay("s", day, 1, 1, 0)]


def test_articles_are_loaded_for_a_month_longer_than_the_longest_window_of_a_feed() -> None:
    days = replace(OPTIONS, ranking=RankingOptions(window=timedelta(days=14)))
    month = timedelta(days=30)
    assert load_since(days, NOW) == NOW - timedelta(days=14) - month
    longer = {"space": RankingOptions(window=timedelta(days=90))}
    assert load_since(replace(days, ranking_of=longer), NOW) == NOW - timedelta(days=90) - month
    unlimited = {"space": RankingOptions(window=None)}
    assert load_since(replace(days, ranking_of=unlimited), NOW) is None


def test_merged_ids_are_tombstones_of_the_story_that_continues_them() -> None:
    """The latest twenty of a story, including those that were merged by way of another story."""
    names = [f"e{number:02}.com" for number in range(24)]
    stories = [space_article(n, quality=50 + k, verdict=Verdict.STORY) for k, n in enumerate(names)]
    first_plan = plan(stories, StoredWindow(), OPTIONS, NOW)
    window = window_after(StoredWindow(), first_plan)
    ids = {story.lead.key: story.id for story in first_plan.stories}
    for step, (name, better) in enumerate(pairwise(names), 1):
        superseded = replace(
            next(a for a in stories if a.ref == name),
            verdict=Verdict.SUPERSEDED,
            related=tuple(map(CleanText, (f"https://{better}",))),
        )
        first_plan = plan([superseded], window, OPTIONS, NOW + timedelta(hours=step))
        window = window_after(window, first_plan)
    (story,) = first_plan.stories
    feed = next(feed for feed in first_plan.feeds if feed.slug == "all")
    ended_ids = {i for i in ids.values() if i != story.id}
    assert len(feed.ended) == 20
    assert {tombstone.id for tombstone in feed.ended} <= ended_ids
    records = {r.id: r for r in window.stories}
    latest = sorted((records[i].updated for i in ended_ids), reverse=True)[:20]
    assert [tombstone.when for tombstone in feed.ended] == latest
    assert all(records[i].merged_into == story.id for i in ended_ids)


def test_a_digest_has_the_twenty_best_of_its_day_as_they_stood_at_its_end() -> None:
    options = replace(OPTIONS, digests={"space": "daily"})
    yesterday = NOW.replace(hour=0) - timedelta(hours=4)
    stories = [
        replace(
            space_article(f"e{n}.com", quality=60 + n), published=yesterday - timedelta(minutes=n)
        )
        for n in range(22)
    ]
    early = replace(
        space_article("early.com", quality=140), published=yesterday - timedelta(hours=19)
    )
    first_plan = plan([*stories, early], StoredWindow(), options, NOW)
    digest = next(feed for feed in first_plan.feeds if feed.slug == "space-daily")
    titles = [link.title for link in digest.entries[0].related]
    assert len(titles) == 20
    assert "Space e0.com" not in titles


def test_a_digest_is_the_same_whenever_it_is_made() -> None:
    options = replace(OPTIONS, digests={"space": "daily"}, ranking=RankingOptions(window=None))
    end = NOW.replace(hour=0)
    lead = space_article(
        "old.com", quality=60, verdict=Verdict.STORY, related=("https://more.com",)
    )
    lead = replace(lead, published=end - timedelta(hours=20))
    coverage = space_article(
        "more.com",
        ref="old.com",
        quality=50,
        source="o",
        verdict=Verdict.RELATED_ONLY,
        published=end - timedelta(hours=1),
    )
    new = replace(space_article("new.com", quality=170), published=end - timedelta(hours=20))

    def titles(now_after_end: timedelta) -> list[str]:
        first_plan = plan([lead, coverage, new], StoredWindow(), options, end + now_after_end)
        digest = next(feed for feed in first_plan.feeds if feed.slug == "space-daily")
        return [link.title for entry in digest.entries for link in entry.related]

    # As of the end: 0.5·60·0.56 + 20·0.99 + 10·0.89 = 45.5 against 0.5·170·0.56 = 47.7; two weeks
    # later only the coverage would count.
    assert titles(timedelta(minutes=1)) == ["Space new.com", "Space old.com"]
    assert titles(timedelta(days=13)) == titles(timedelta(minutes=1))


def test_a_promoted_feed_has_what_reached_its_first_ten_with_a_date_that_stays() -> None:
    options = replace(OPTIONS, promoted=frozenset({"space"}))
    stories = [space_article(f"e{n}.com", quality=60 + n) for n in range(14)]
    first_plan = plan(stories, StoredWindow(), options, NOW)
    assert len(first_plan.changes.promotions) == 10
    window = window_after(StoredWindow(), first_plan)
    again = plan((), window, options, NOW + timedelta(hours=1))
    assert again.changes.promotions == ()
    feed = next(feed for feed in again.feeds if feed.slug == "space")
    assert {entry.published for entry in feed.entries} == {NOW}
    assert len(feed.entries) == 10


def test_a_feed_without_entries_is_dated_when_it_began() -> None:
    began = FeedRecord("space", NOW - WEEK)
    first_plan = plan((), StoredWindow(feeds={"space": began}), OPTIONS, NOW)
    assert {feed.slug: feed.updated for feed in first_plan.feeds} == {
        "all": NOW,
        "space": NOW - WEEK,
    }


def test_withheld_articles_are_published_only_if_configured() -> None:
    held = space_article("a.com", verdict=Verdict.UNPUBLISHED)
    assert plan([held], StoredWindow(), OPTIONS, NOW).stories == ()
    (story,) = plan([held], StoredWindow(), replace(OPTIONS, include_withheld=True), NOW).stories
    assert story.lead.key == "https://a.com"


def test_an_undated_article_keeps_the_time_and_position_of_its_first_reading() -> None:
    first = space_article("a.com", 5, dated=False, position=3)
    window = window_after(StoredWindow(), plan([first], StoredWindow(), OPTIONS, NOW))
    later = replace(first, published=NOW + WEEK, position=9, excerpt=CleanText("More words"))
    (story,) = plan([later], window, OPTIONS, NOW + WEEK).stories
    assert (story.lead.published, story.lead.position) == (first.published, 3)
    assert story.lead.excerpt == "More words"


def test_a_story_follows_its_file_to_a_new_url_unless_another_source_has_the_old_one() -> None:
    file = space_article("old.com/a", verdict=Verdict.STORY, ref="a.md")
    first_plan = plan([file], StoredWindow(), OPTIONS, NOW)
    window = window_after(StoredWindow(), first_plan)
    moved = replace(file, key=CleanText("https://new.com/a"), url=CleanText("https://new.com/a"))
    (story,) = plan([moved], window, OPTIONS, NOW).stories
    assert (story.id, story.lead.key) == (first_plan.stories[0].id, "https://new.com/a")
    other_source = space_article("old.com/a", verdict=Verdict.STORY, ref="b.md", source="t")
    stories = plan([moved, other_source], window, OPTIONS, NOW).stories
    ids: dict[str, str] = {plan_story.lead.key: plan_story.id for plan_story in stories}
    assert ids["https://old.com/a"] == first_plan.stories[0].id
    assert ids["https://new.com/a"] != first_plan.stories[0].id


def test_the_same_text_at_another_url_is_one_article_only_if_unambiguous() -> None:
    def addresses(stored: list[Article], read: list[Article]) -> set[str]:
        window = window_after(StoredWindow(), plan(stored, StoredWindow(), OPTIONS, NOW))
        first_plan = plan(read, window, OPTIONS, NOW)
        return {article.key for story in first_plan.stories for article in story.articles}

    def at(name: str, **changes: Any) -> Article:
        return space_article(
            name, title="The same words", publisher=space_article("p").publisher, **changes
        )

    assert addresses([at("one.com")], [at("two.com")]) == {"https://two.com"}
    two_articles = {"https://one.com", "https://two.com"}
    assert addresses([at("one.com")], [at("two.com", dated=False)]) == two_articles
    assert (
        addresses([at("one.com", verdict=Verdict.STORY)], [at("two.com", verdict=Verdict.STORY)])
        == two_articles
    )
    assert addresses([at("one.com")], [at("two.com", hours=2)]) == two_articles
    three_articles = {*two_articles, "https://three.com"}
    assert addresses([at("one.com"), at("two.com")], [at("three.com")]) == three_articles
    assert addresses([at("one.com")], [at("two.com"), at("three.com")]) == three_articles


def test_a_plan_whose_new_id_is_taken_is_made_again_with_that_story_loaded(store: Store) -> None:
    """The story is older than the window, so the first plan does not have it."""
    options = replace(OPTIONS, ranking=RankingOptions(window=timedelta(days=1)))
    (first,) = merge(unify([space_article("a.com")]), (), NOW).stories
    old = StoryRecord(
        first.id,
        "https://elsewhere.com",
        "https://elsewhere.com",
        CleanText("Old"),
        NOW - 50 * WEEK,
        NOW - 50 * WEEK,
        "d",
        frozenset({"https://elsewhere.com"}),
    )
    store.save(story_records=[old], new_stories=[old.id])
    source = Source("s", "feed", "https://e.com/f")
    reading = Reading(source, SourceState("s"), (space_article("a.com"),))
    updated = update_stories([reading], store, options, NOW)
    (story,) = updated.plan.stories
    assert story.id != first.id
    assert updated.set_aside == {}
    assert {r.id: r.title for r in store.window(None).stories}[first.id] == "Old"


def test_long_keys_and_refs_are_shortened_and_stay_distinct() -> None:
    """PostgreSQL cannot index longer ones."""
    source = Source("s", "feed", "https://e.com/f")
    start = f"https://e.com/{'x' * 2_000}"
    pair = tuple(
        space_article(
            "a", ref=f"{'r' * 900}{end}", key=f"{start}{end}", related=(f"{start}-other{end}",)
        )
        for end in "12"
    )
    short = space_article("b")
    articles = sanitised(Reading(source, SourceState("s"), (*pair, short))).articles
    for values in zip(*((a.key, a.ref, *a.related) for a in articles[:2]), strict=True):
        assert len(set(values)) == 2
    assert all(len(a.key) <= 900 and len(a.ref) <= 600 for a in articles)
    assert (articles[2].key, articles[2].ref) == (short.key, short.ref)


def test_a_feed_ends_when_its_topic_is_removed_and_resumes_with_it(
    store: Store, tmp_path: Path
) -> None:
    """Without configured topics, feeds come and go, and their end is not stored."""
    output = Output(tmp_path / "feeds", ("rss",))

    def records(options: PlanOptions, now: datetime) -> dict[str, datetime | None]:
        first_plan = update_stories((), store, options, now).plan
        publish_feeds(first_plan.feed_set, store, options, output, now)
        return {slug: record.removed for slug, record in store.feeds().items()}

    sea_only = replace(OPTIONS, topics=(Topic("sea", "Sea", keywords=("ship",)),))
    assert records(OPTIONS, NOW) == {"all": None, "space": None}
    assert records(sea_only, NOW + WEEK) == {"all": None, "sea": None, "space": NOW + WEEK}
    assert records(OPTIONS, NOW + 2 * WEEK) == {"all": None, "sea": NOW + 2 * WEEK, "space": None}
    assert store.feeds()["space"].created == NOW
    without_topics = replace(OPTIONS, topics=())
    assert records(without_topics, NOW + 3 * WEEK)["space"] is None
