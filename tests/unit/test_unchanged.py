"""Builds that read nothing new publish what the store shows, and plan in every other case."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from aggregator.errors import surviving
from aggregator.merge import MergeOptions
from aggregator.model import (
    Article,
    CleanText,
    FailureKind,
    Reading,
    Site,
    Source,
    SourceState,
    Topic,
    Verdict,
)
from aggregator.pipeline import Output, PlanOptions, plan_of_store, publish_feeds, update_stories
from aggregator.pipeline.unchanged import are_unchanged, update_unchanged
from aggregator.queries import Selection, StoryQueries
from aggregator.queries.planned_stories import PlannedStories
from aggregator.queries.stored_stories import StoredStories, stored_feeds
from aggregator.store import ShownChanges, Store
from tests.conftest import NOW, article, tree

OPTIONS = PlanOptions(
    Site(CleanText("Test"), "https://news.example.org/"),
    topics=(Topic("space", "Space", keywords=("space",)),),
    merging=MergeOptions(text=False),
    promoted=frozenset({"all"}),
    digests={"space": "daily"},
)
SOURCE = Source("s", "feed", "https://e.com/f")
LATER = NOW + timedelta(hours=3)
ARTICLES = [
    article(
        f"{name}.com",
        title=CleanText(f"{title} {name}"),
        published=NOW - timedelta(hours=hours),
        verdict=Verdict.NONE,
    )
    for name, title, hours in (("a", "Space", 30), ("b", "Space", 2), ("c", "Sea", 1))
]


def reading(*articles: Article) -> Reading:
    return Reading(SOURCE, SourceState("s", title=CleanText("T")), articles)


@pytest.fixture
def updated(store: Store) -> Store:
    """A store that has read three articles."""
    update_stories([reading(*ARTICLES)], store, OPTIONS, NOW)
    return store


def test_what_is_published_from_the_store_is_what_a_plan_publishes(
    updated: Store, tmp_path: Path
) -> None:
    feed_sets = [plan_of_store(updated, OPTIONS, LATER)[0].feed_set]
    result = update_unchanged([reading(ARTICLES[1])], updated, OPTIONS, LATER, stored_feeds)
    assert result is not None
    feed_sets.append(result.plan.feed_set)
    files = []
    for number, feed_set in enumerate(feed_sets):
        output = Output(tmp_path / str(number), ("atom", "json"))
        publish_feeds(feed_set, updated, OPTIONS, output, LATER)
        files.append(tree(output.folder))
    assert files[0] == files[1]
    assert "space-daily.atom" in files[0]
    assert result.changes.articles == ()


def test_readings_without_news_are_saved_with_what_the_feeds_promote(updated: Store) -> None:
    promoted = updated.shown.promotions(["all"])
    assert {promotion.when for promotion in promoted} == {NOW}
    other = replace(OPTIONS, promoted=frozenset({"all", "space"}))
    result = update_unchanged([reading(ARTICLES[1])], updated, other, LATER, stored_feeds)
    assert result is not None
    assert updated.sources()["s"].title == "T"
    assert {p.when for p in updated.shown.promotions(["space"])} == {LATER}
    assert set(result.changes.promotions) == set(updated.shown.promotions(["space"]))
    assert [day.polls for day in updated.poll_days()] == [2]


@pytest.mark.parametrize(
    ("options", "now", "articles", "unchanged"),
    [
        (OPTIONS, LATER, ARTICLES, True),
        (OPTIONS, LATER, [], True),
        (OPTIONS, LATER, [replace(ARTICLES[0], excerpt=CleanText("New words"))], False),
        (OPTIONS, LATER, [replace(ARTICLES[0], ref=CleanText("new"))], False),
        (OPTIONS, NOW + timedelta(hours=24), [], False),
        (OPTIONS, NOW - timedelta(hours=1), [], False),
        (replace(OPTIONS, topics=()), LATER, [], False),
        (replace(OPTIONS, merging=MergeOptions()), LATER, [], False),
    ],
)
def test_only_without_news_the_store_is_published_as_it_is(
    updated: Store,
    options: PlanOptions,
    now: datetime,
    articles: list[Article],
    unchanged: bool,
) -> None:
    assert are_unchanged([reading(*articles)], updated, options, now) == unchanged


def test_a_source_that_is_set_aside_is_tried_again_by_a_plan(updated: Store) -> None:
    updated.save(source_states=[SourceState("s", failure=FailureKind.INTERNAL.value)])
    assert not are_unchanged([], updated, OPTIONS, LATER)


def test_texts_are_compared_again_when_their_epoch_is_over(store: Store) -> None:
    options = replace(OPTIONS, merging=MergeOptions())
    update_stories([reading(*ARTICLES)], store, options, NOW)
    assert store.shown.epoch_began() == NOW
    baselines = store.shown.baselines()
    assert baselines is not None
    later = replace(baselines, learned_at=NOW + timedelta(hours=20))
    store.save(shown=ShownChanges(baselines=later))
    assert are_unchanged([], store, options, NOW + timedelta(hours=23))
    assert not are_unchanged([], store, options, NOW + timedelta(hours=24))


def test_where_the_stored_feeds_cannot_be_made_the_window_is_planned(updated: Store) -> None:
    def fail(*_: object) -> None:
        raise ValueError("broken")

    with surviving(lambda _: None):
        assert update_unchanged([], updated, OPTIONS, LATER, fail) is None  # type: ignore[arg-type]
    assert updated.sources()["s"].title == "T"


def test_queries_plan_only_where_the_store_was_not_updated_by_their_options(
    updated: Store,
) -> None:
    stored = StoryQueries.from_store(updated, OPTIONS, LATER)
    assert isinstance(stored.source, StoredStories)
    other = StoryQueries.from_store(updated, replace(OPTIONS, topics=()), LATER)
    assert isinstance(other.source, PlannedStories)
    assert {s.story.lead.key for s in other.stories("all", Selection())} == {
        s.story.lead.key for s in stored.stories("all", Selection())
    }
