"""Feeds over time: dates of promotion, digests, pinned and blocked stories."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from aggregator.merge import MergeOptions
from aggregator.model import Article, CleanText, Publisher, Site, Topic, Verdict
from aggregator.pipeline import Plan, PlanOptions, plan
from aggregator.publish import periods_before
from aggregator.rank import RankingOptions
from aggregator.store import StoredWindow, open_store
from tests.conftest import NOW, article
from tests.windows import window_after

OPTIONS = PlanOptions(
    Site(CleanText("Test"), "https://news.example.org/"),
    topics=(Topic("space", "Space", keywords=("space",)),),
    ranking=RankingOptions(window=None),
    merging=MergeOptions(text=False),
)


def space_story(number: int, quality: int, hours: float = 1) -> Article:
    base = article(
        f"e{number}.com",
        title=f"Space story {number}",
        quality=quality,
        published=NOW - timedelta(hours=hours),
        verdict=Verdict.NONE,
    )
    return replace(
        base, publisher=Publisher(CleanText(f"e{number}.com"), CleanText(f"e{number}.com"))
    )


def dates(result: Plan, slug: str) -> dict[str, datetime]:
    (feed,) = (feed for feed in result.feeds if feed.slug == slug)
    return {entry.title: entry.published for entry in feed.entries}


def test_a_story_is_dated_when_it_enters_the_top() -> None:
    options = replace(OPTIONS, promoted=frozenset({"space"}))
    low = space_story(0, 50, hours=2)
    result = plan(
        [low, *(space_story(n, 100 + n) for n in range(1, 12))], StoredWindow(), options, NOW
    )
    assert "Space story 0" not in dates(result, "space")
    assert len(dates(result, "space")) == 10
    assert len(dates(result, "all")) == 12
    later = NOW + timedelta(hours=3)
    remembered = window_after(StoredWindow(), result)
    raised = plan([replace(low, quality=160)], remembered, options, later)
    assert dates(raised, "space")["Space story 0"] == later
    again = plan((), window_after(remembered, raised), options, later + timedelta(hours=1))
    assert again.changes.promotions == ()
    assert dates(again, "space")["Space story 0"] == later
    assert dates(again, "all")["Space story 0"] == low.published


def test_promotions_are_stored() -> None:
    options = replace(OPTIONS, promoted=frozenset({"space"}))
    result = plan([space_story(1, 90)], StoredWindow(), options, NOW)
    store = open_store("sqlite://")
    store.save(story_promotions=result.changes.promotions)
    assert store.window(None).promotions == result.changes.promotions
    store.close()


def test_a_digest_has_an_entry_for_each_day_that_is_over() -> None:
    options = replace(OPTIONS, digests={"space": "daily"})
    articles = [
        space_story(1, 90, hours=14),
        space_story(2, 120, hours=15),
        space_story(3, 90, hours=40),
        space_story(4, 99),
    ]
    result = plan(articles, StoredWindow(), options, NOW)
    (digest,) = (feed for feed in result.feeds if feed.slug == "space-daily")
    assert [entry.title for entry in digest.entries] == [
        "Space: Saturday, 21 November 2026",
        "Space: Friday, 20 November 2026",
    ]
    first = digest.entries[0]
    assert first.published == datetime(2026, 11, 22, tzinfo=UTC)
    assert [link.title for link in first.related] == ["Space story 2", "Space story 1"]
    again = plan(articles, StoredWindow(), options, NOW + timedelta(hours=3))
    assert [feed for feed in again.feeds if feed.slug == "space-daily"] == [digest]


def test_a_digest_of_a_feed_that_is_dated_by_promotion_has_its_dates() -> None:
    options = replace(
        OPTIONS, promoted=frozenset({"space", "all"}), digests={"space": "daily", "all": "daily"}
    )
    slow = space_story(0, 50, hours=30)
    others = (space_story(n, 100 + n, hours=29) for n in range(1, 12))
    first = plan([slow, *others], StoredWindow(), options, NOW - timedelta(days=1))
    window = window_after(StoredWindow(), first)
    second = plan([replace(slow, quality=160)], window, options, NOW)
    window = window_after(window, second)
    last = plan((), window, options, NOW + timedelta(days=1))
    for slug in ("space", "all"):
        (digest,) = (feed for feed in last.feeds if feed.slug == f"{slug}-daily")
        titles = [[link.title for link in entry.related] for entry in digest.entries]
        assert titles[0] == ["Space story 0"], "it entered the top a day after the others"
        assert len(titles[1]) == 10


def test_days_and_weeks_are_those_of_a_zone() -> None:
    (start, end), *others = periods_before(
        datetime(2026, 10, 26, 12, tzinfo=UTC), "daily", "Europe/Berlin"
    )
    assert (start, end - start) == (datetime(2026, 10, 24, 22, tzinfo=UTC), timedelta(hours=25))
    assert [period[1] for period in others] == [start, *(period[0] for period in others[:-1])]


def test_weeks_begin_on_monday() -> None:
    (start, end), *others = periods_before(NOW, "weekly")
    assert (start.weekday(), end.weekday()) == (0, 0)
    assert end <= NOW < end + timedelta(days=7)
    assert len(others) == 7


def test_blocked_and_pinned_by_query() -> None:
    ranking = RankingOptions(
        window=None, blocked=("publisher:e1.com", "horoscope"), pinned=('"story 3"',)
    )
    signs = replace(space_story(9, 150), title=CleanText("Your horoscope for today"))
    articles = [space_story(1, 150), space_story(2, 120), space_story(3, 60), signs]
    result = plan(articles, StoredWindow(), replace(OPTIONS, ranking=ranking), NOW)
    assert list(dates(result, "all")) == ["Space story 3", "Space story 2"]
