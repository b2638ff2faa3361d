"""What an update saves for queries: the shown stories and the baselines of the epoch."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from aggregator.merge import MergeOptions
from aggregator.model import Article, CleanText, Reading, Site, Source, SourceState, Topic, Verdict
from aggregator.pipeline import PlanOptions, plan_of_store, update_stories
from aggregator.pipeline.shown import (
    changes_of_part,
    changes_of_window,
    current_baselines,
    is_shown_by,
    scope_of,
)
from aggregator.queries import Selection, StoryQueries
from aggregator.rank import Priors, RankingOptions
from aggregator.store import ShownScope, ShownStory, Store, StoredBaselines
from tests.conftest import NOW, article

OPTIONS = PlanOptions(
    Site(CleanText("Test"), "https://news.example.org/"),
    topics=(Topic("space", "Space", keywords=("space",)),),
    merging=MergeOptions(text=False),
)
DAY = timedelta(days=1)
SOURCE = Source("s", "feed", "https://e.com/f")


def space_article(name: str, hours: float = 1, **changes: Any) -> Article:
    values = {
        "title": CleanText(f"Space {name}"),
        "published": NOW - timedelta(hours=hours),
        "verdict": Verdict.NONE,
        "quality": None,
        **changes,
    }
    return article(name, **values)


def read(
    store: Store, *articles: Article, options: PlanOptions = OPTIONS, hours: float = 0
) -> list[ShownStory]:
    """Read the articles, so many hours later; returns the stories of the plan as rows."""
    reading = Reading(SOURCE, SourceState("s"), articles)
    updated = update_stories([reading], store, options, NOW + timedelta(hours=hours))
    return [ShownStory.of(story) for story in updated.plan.stories]


def shown(store: Store) -> dict[str, ShownStory]:
    return store.shown.stories([record.id for record in store.window(None).stories])


def test_the_stories_of_an_update_are_stored_with_their_signals_and_topics(store: Store) -> None:
    stories = read(
        store, space_article("a.com"), space_article("b.com", 2, title=CleanText("Nothing"))
    )
    assert shown(store) == {story.id: story for story in stories}
    assert sorted(s.topics for s in stories) == [(), (("space", "", ""),)]
    assert is_shown_by(store, OPTIONS, NOW)


def test_a_story_that_is_no_longer_shown_has_no_row(store: Store) -> None:
    kept, withheld = space_article("a.com"), space_article("b.com", 2)
    read(store, kept, withheld)
    (story,) = read(store, kept, replace(withheld, verdict=Verdict.UNPUBLISHED))
    assert shown(store) == {story.id: story}
    shown_again = read(store, kept, withheld)
    assert shown(store) == {s.id: s for s in shown_again}
    assert len(shown_again) == 2


def test_stories_are_those_of_some_options_and_of_the_longest_window(store: Store) -> None:
    assert not is_shown_by(store, OPTIONS, NOW)
    read(store, space_article("a.com"))
    since = NOW - timedelta(days=44)
    scope = store.shown.scope()
    assert scope is not None
    assert scope == ShownScope(scope.options, since)
    read(store, hours=20)
    scope = store.shown.scope()
    assert scope is not None
    assert scope.since == since  # older rows are still those of the same options and baselines
    assert is_shown_by(store, OPTIONS, NOW)
    assert not is_shown_by(store, OPTIONS, NOW - timedelta(seconds=1))
    longer = replace(OPTIONS, ranking=RankingOptions(window=None))
    assert not is_shown_by(store, longer, NOW)
    for other in (
        replace(OPTIONS, topics=()),
        replace(OPTIONS, include_withheld=True),
        replace(OPTIONS, merging=MergeOptions(text=False, strictness=2)),
    ):
        assert not is_shown_by(store, other, NOW)
    assert is_shown_by(store, replace(OPTIONS, private=frozenset({"space"})), NOW)
    read(store, options=longer, hours=20)
    assert is_shown_by(store, longer, NOW)
    assert is_shown_by(store, OPTIONS, NOW)


def test_new_baselines_are_those_of_the_recent_stories_alone(store: Store) -> None:
    read(store, space_article("a.com"))
    read(store, hours=25, options=replace(OPTIONS, topics=()))
    scope = store.shown.scope()
    assert scope is not None
    assert scope.since == NOW + timedelta(hours=25) - timedelta(days=44)


def baselines(articles: int = 100, topics: str = "") -> StoredBaselines:
    return StoredBaselines(NOW, articles, topics, Priors(90.0), frozenset({"space"}))


def test_rows_of_new_baselines_are_complete_for_the_present_window_alone() -> None:
    """Older rows, which this plan did not look at, have topics and qualities of the old ones."""
    old = ShownScope(scope_of(OPTIONS, NOW).options, NOW - timedelta(days=100))
    assert changes_of_window((), (), old, OPTIONS, NOW, None).scope is None
    renewed = changes_of_window((), (), old, OPTIONS, NOW, baselines())
    assert renewed.scope == scope_of(OPTIONS, NOW)


def test_baselines_last_a_day_until_there_are_half_as_many_articles_more(store: Store) -> None:
    read(store, space_article("a.com"))
    stored = store.shown.baselines()
    assert stored is not None
    assert stored.articles == 1
    stored = replace(stored, articles=100, priors=Priors(99.0), named=frozenset({"space"}))
    known = current_baselines(stored, OPTIONS, NOW, 150)
    assert known is not None
    assert known.priors == Priors(99.0)
    assert known.topics.named == {"space"}
    assert current_baselines(stored, OPTIONS, NOW + DAY - timedelta(seconds=1), 1) is not None
    assert current_baselines(stored, OPTIONS, NOW + DAY, 150) is None
    assert current_baselines(stored, OPTIONS, NOW - timedelta(seconds=1), 150) is None
    assert current_baselines(stored, OPTIONS, NOW, 151) is None
    assert current_baselines(stored, replace(OPTIONS, topics=()), NOW, 150) is None
    assert current_baselines(None, OPTIONS, NOW, 150) is None


def test_the_quality_of_an_article_stays_when_its_publisher_gets_another_one(store: Store) -> None:
    estimated = space_article("a.com")
    judged = space_article("b.com", 2, publisher=estimated.publisher, quality=150)
    more = [space_article(f"m{number}.com", 3) for number in range(4)]
    read(store, estimated, *more)
    (before,) = (s for s in shown(store).values() if s.signals.published == _published(estimated))
    read(store, judged)
    assert shown(store)[before.id].signals.quality == before.signals.quality
    first = store.shown.baselines()
    read(store, hours=24)
    assert shown(store)[before.id].signals.quality > before.signals.quality
    assert store.shown.baselines() != first


def test_a_plan_for_a_query_uses_the_baselines_of_the_store(store: Store) -> None:
    read(store, *[space_article(f"m{number}.com") for number in range(4)])
    judged = space_article("m0.com", quality=150)
    read(store, judged)
    planned, _ = plan_of_store(store, OPTIONS, NOW)
    assert planned.priors == Priors()
    assert {s.id: ShownStory.of(s) for s in planned.stories} == shown(store)


def test_a_part_hides_the_stories_that_were_shown_of_it(store: Store) -> None:
    read(store, space_article("a.com"), space_article("b.com", 2))
    first, second = plan_of_store(store, OPTIONS, NOW)[0].stories
    changes = changes_of_part([first], [first, second])
    assert changes.stories == (ShownStory.of(first),)
    assert changes.hidden == {second.id}
    assert changes.scope is None
    assert changes.baselines is None


def test_a_story_that_left_the_window_has_a_page_and_is_in_no_feed(store: Store) -> None:
    (old,) = read(store, space_article("a.com", 50 * 24), hours=-50 * 24)
    read(store, space_article("b.com"))
    queries = StoryQueries.from_store(store, OPTIONS, NOW)
    assert shown(store).keys() > {old.id}
    assert queries.source.shown([old.id]) == {}
    assert queries.source.stories([old.id]) == {}
    assert queries.topics_of(old.id) == []
    assert queries.story_count == 1
    assert queries.story(old.id) is not None


def test_no_query_finds_an_article_that_another_source_withholds(store: Store) -> None:
    (before,) = read(store, space_article("a.com"))
    other = Source("t", "feed", "https://t.example/")
    withheld = space_article("a.com", source="t", verdict=Verdict.UNPUBLISHED)
    update_stories([Reading(other, SourceState("t"), (withheld,))], store, OPTIONS, NOW)
    for options in (OPTIONS, replace(OPTIONS, topics=())):
        queries = StoryQueries.from_store(store, options, NOW)
        assert queries.search("space", 9) == []
        assert queries.story(before.id) is None
        assert queries.stories("all", Selection()) == ()


def _published(item: Article) -> int:
    return int(item.published.timestamp()) * 1_000_000
