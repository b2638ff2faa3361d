"""The law of ``TopStories``: it gives the ids that ``rank`` gives, after any changes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from aggregator.model import EVERYTHING, Article, CleanText, Publisher, Story, Verdict
from aggregator.rank import RankingOptions, rank, row_scores, story_columns
from aggregator.rank.row_scores import _nth_largest
from aggregator.rank.signals import ScoreInputs, Signals, microseconds
from aggregator.rank.story_columns import StoryColumns
from aggregator.rank.terms import TERMS, score_of
from aggregator.rank.top_stories import TopStories
from tests.conftest import NOW, article

TOPICS = ("rare", "few", "many")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OTHER = Publisher(CleanText("other.com"), CleanText("other.com"))

OPTIONS = st.builds(
    RankingOptions,
    formula=st.sampled_from(list(TERMS)),
    half_life=st.sampled_from([HOUR, 24 * HOUR]),
    coverage_half_life=st.sampled_from([48 * HOUR, DAY]),
    quality_weight=st.sampled_from([0.0, 0.5, 0.5, 3]),
    coverage_weight=st.sampled_from([0.0, 20.0, 0.3]),
    freshness_weight=st.sampled_from([0.0, 10.0]),
    window=st.sampled_from([None, DAY, 14 * DAY]),
    max_entries=st.sampled_from([None, 1, 7, 30]),
    per_publisher=st.sampled_from([None, None, 1, 2, 12]),
    spread=st.sampled_from([0.0, 0.03, 0.5, 1.0]),
)


@dataclass
class World:
    """Stories in columns, and the same in a dictionary to compare with."""

    random: Random
    owners: int
    """How many owners there are."""
    variety: int
    """How many different ages and qualities: few make equal scores."""
    columns: StoryColumns = field(default_factory=StoryColumns)
    stories: dict[str, Story] = field(default_factory=dict)
    moment: datetime = NOW
    lowest: int = 0
    """The lowest quality so far, if it is negative."""

    def put(self, number: int) -> None:
        """Add a story, or put another in its place."""
        story = self.story(f"urn:{number}")
        self.stories[story.id] = story
        self.lowest = min(self.lowest, story.lead.quality or 0)
        self.columns.put(story)

    def remove(self, number: int) -> None:
        self.stories.pop(f"urn:{number}", None)
        self.columns.remove(f"urn:{number}")

    def story(self, story_id: str) -> Story:
        lead = self.article(f"{story_id}/lead")
        size = self.random.choice([0, 0, 0, 1, 2, 5])
        coverage = tuple(self.article(f"{story_id}/{n}") for n in range(size))
        topics = tuple(t for n, t in enumerate(TOPICS) if self.random.random() < 0.1 + 0.4 * n)
        copies: tuple[tuple[str, str], ...] = ()
        if coverage and self.random.random() < 0.3:
            copies = ((coverage[0].key, lead.key),)
        return Story(story_id, lead.title, NOW, NOW, lead, coverage, topics, copies)

    def article(self, name: str) -> Article:
        choose = self.random.choice
        host = CleanText(f"p{self.random.randrange(self.owners)}.com")
        hours = self.random.randrange(self.variety) - self.variety // 4
        published = self.moment - hours * choose([HOUR, HOUR, DAY, 400 * DAY])
        published += timedelta(microseconds=choose([0, 0, 1, 999_999]))
        return article(
            name,
            published=published.astimezone(choose([UTC, timezone(timedelta(hours=9))])),
            publisher=Publisher(host, host),
            quality=choose([None, *range(80, 80 + self.variety), -40]),
            position=choose([0, 0, 1]),
            verdict=choose([Verdict.STORY, Verdict.NONE]),
            source=choose(["s", "o"]),
            related=("https://x.com",) * choose([0, 1]),
        )

    def some(self, most: int) -> set[str]:
        """Some ids, also of stories that are not there."""
        chosen = self.random.sample(sorted(self.stories), min(len(self.stories), most))
        return {*chosen, "urn:none"} if self.random.random() < 0.5 else set()

    def ranked(
        self, slug: str, options: RankingOptions, pinned: set[str], blocked: set[str]
    ) -> list[str]:
        """What the entries must be."""
        stories = [
            story
            for story in self.stories.values()
            if (slug == EVERYTHING or slug in story.topics) and story.id not in blocked
        ]
        return [ranked.story.id for ranked in rank(stories, options, self.moment, pinned)]


@given(
    seed=st.integers(0, 2**32),
    owners=st.sampled_from([1, 3, 9, 40]),
    variety=st.sampled_from([1, 3, 60]),
    ids=st.sampled_from([3, 30, 90, 260]),
    few_dead=st.sampled_from([0, 40, 1000]),
    options=st.lists(OPTIONS, min_size=1, max_size=2),
)
@settings(max_examples=250)
def test_the_entries_are_those_of_rank_after_any_changes(
    seed: int,
    owners: int,
    variety: int,
    ids: int,
    few_dead: int,
    options: list[RankingOptions],
) -> None:
    """Also where the scores of arrays are wrong by a few bits."""
    random = Random(seed)
    world = World(random, owners, variety)
    top_stories = TopStories(world.columns)

    def score_with_errors(
        inputs: ScoreInputs[NDArray[np.float64]], ranking: RankingOptions
    ) -> NDArray[np.float64]:
        scores = score_of(inputs, ranking)
        addend = 0 if ranking.formula == "reddit" else -world.lowest * ranking.quality_weight
        errors = np.array([random.uniform(-1e-13, 1e-13) for _ in scores])
        return scores + errors * (np.abs(scores) + addend)

    with (
        patch.object(story_columns, "_FEW_DEAD", few_dead),
        patch.object(row_scores, "score_of", score_with_errors),
    ):
        for _ in range(8):
            for _ in range(random.choice([1, 1, 3, ids])):
                action = world.put if random.random() < 0.7 else world.remove
                action(random.randrange(ids))
            if random.random() < 0.2:
                world.moment += random.choice([-1, 0, 1, 30]) * HOUR
            for slug in random.sample([EVERYTHING, *TOPICS, "none"], 3):
                for ranking in options:
                    pinned, blocked = world.some(3), world.some(random.choice([1, ids // 2]))
                    entries = top_stories.top(slug, ranking, world.moment, pinned, blocked)
                    assert entries == world.ranked(slug, ranking, pinned, blocked)
                    entries.clear()
                    assert len(world.columns) == len(world.stories)


@pytest.mark.parametrize("formula", TERMS)
def test_the_score_of_arrays_is_that_of_each_story(formula: str) -> None:
    world = World(Random(1), 9, 60)
    for number in range(300):
        world.put(number)
    rows = world.columns.rows(EVERYTHING)
    now = microseconds(NOW)
    for options in (
        RankingOptions(formula),  # type: ignore[arg-type]
        RankingOptions(formula, HOUR, DAY, 3, 0.3, 2),  # type: ignore[arg-type]
    ):
        scores = score_of(world.columns.inputs(rows, now), options)
        signals = world.columns.signals(rows)
        expected = [score_of(each.inputs(now), options) for each in signals]
        assert np.allclose(scores, expected, rtol=1e-14, atol=1e-12)
        ranked = rank(world.stories.values(), replace(options, window=None, max_entries=None), NOW)
        assert {r.story.id: r.score for r in ranked} == {
            world.columns.id_of(int(row)): score for row, score in zip(rows, expected, strict=True)
        }


@given(st.lists(st.floats(-9, 9), min_size=1, max_size=400), st.data())
def test_the_nth_largest_of_many(scores: list[float], data: st.DataObject) -> None:
    n = data.draw(st.integers(1, len(scores)))
    assert _nth_largest(np.array(scores), n) == sorted(scores)[-n]


def test_the_columns_give_the_signals_of_each_story_after_renumbering() -> None:
    world = World(Random(2), 9, 60)
    for number in range(3_000):
        world.put(number)
    for number in range(0, 3_000, 2):
        world.remove(number)
    assert world.columns.numbering == 1
    assert world.columns.row_count < 3_000
    for story in world.stories.values():
        row = world.columns.row_of(story.id)
        assert row is not None
        assert world.columns.id_of(row) == story.id
        assert world.columns.signals(np.array([row], np.int32)) == [Signals.of(story)]
        assert {t for t in TOPICS if world.columns.has_topic(row, t)} == set(story.topics)


def story_of(number: int, host: str, quality: int, *, coverage: bool = False) -> Story:
    """A story of a moment ago, all of them alike but for this."""
    publisher = Publisher(CleanText(host), CleanText(host))
    lead = article(f"{number:03}", published=NOW, publisher=publisher, quality=quality)
    others = (replace(lead, key=CleanText(f"c{number}"), publisher=OTHER),) if coverage else ()
    return Story(f"urn:{number:03}", lead.title, NOW, NOW, lead, others)


def test_other_publishers_fill_the_first_ten_positions_from_far_behind() -> None:
    """One publisher has all stories of the pool, and nine others have one story each behind it."""
    stories = [story_of(number, "big.com", 120) for number in range(300)]
    stories += [story_of(number, f"small{number}.com", 60) for number in range(300, 309)]
    options = RankingOptions(per_publisher=1, max_entries=10, spread=0.0)
    columns = StoryColumns()
    for story in stories:
        columns.put(story)
    entries = TopStories(columns).top(EVERYTHING, options, NOW)
    assert entries == ["urn:000", *(f"urn:{number}" for number in range(300, 309))]
    assert entries == [ranked.story.id for ranked in rank(stories, options, NOW)]


def test_errors_of_rounding_of_large_terms_that_cancel_out_change_no_order() -> None:
    """A negative quality and its coverage add up to 0: the errors are a share of the terms."""
    stories = [story_of(number, "p.com", -40, coverage=True) for number in range(300)]
    options = RankingOptions(
        quality_weight=0.5, coverage_weight=20.0, freshness_weight=0.0, max_entries=5, spread=0.0
    )
    columns = StoryColumns()
    for story in stories:
        columns.put(story)

    def score_with_errors(
        inputs: ScoreInputs[NDArray[np.float64]], ranking: RankingOptions
    ) -> NDArray[np.float64]:
        scores = score_of(inputs, ranking)
        return scores + np.linspace(-2e-12, 2e-12, len(scores))

    with patch.object(row_scores, "score_of", score_with_errors):
        entries = TopStories(columns).top(EVERYTHING, options, NOW)
    best = rank(stories, options, NOW)
    assert {ranked.score for ranked in best} == {0.0}
    assert entries == [ranked.story.id for ranked in best]
