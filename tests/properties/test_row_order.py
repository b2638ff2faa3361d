"""The law of ``RowOrder``: the whole order of a feed, or any part of it, is that of ``rank``."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model import Article, CleanText, Publisher, Story
from aggregator.rank import FORMULAS, RankingOptions, rank
from aggregator.rank.row_order import RowOrder
from aggregator.rank.story_columns import StoryColumns

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
OPTIONS = st.builds(
    RankingOptions,
    formula=st.sampled_from(FORMULAS),
    window=st.sampled_from([None, timedelta(hours=20)]),
    max_entries=st.just(3),
    per_publisher=st.sampled_from([None, None, 1, 2, 4]),
    spread=st.sampled_from([0.0, 0.03, 0.5]),
)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """A story of one or two articles, of few publishers and times, so that many are equal."""

    def article(number: int) -> Article:
        url = CleanText(f"https://e.com/{number}")
        return Article(
            source="s",
            ref=url,
            key=url,
            url=url,
            title=CleanText("T"),
            published=NOW - timedelta(hours=draw(st.integers(0, 30))),
            publisher=Publisher(CleanText(draw(st.sampled_from("PQRSTUVWXYZ")))),
            quality=draw(st.sampled_from([60, 87])),
        )

    lead, *coverage = (article(n) for n in range(draw(st.integers(1, 2))))
    story_id = f"urn:{draw(st.integers(0, 10**6))}"
    topics = draw(st.sampled_from([(), ("sea",)]))
    return Story(story_id, lead.title, NOW, NOW, lead, tuple(coverage), topics)


STORIES = st.lists(stories(), max_size=60, unique_by=lambda story: story.id)


@given(STORIES, OPTIONS, st.data())
@settings(max_examples=300, deadline=None)
def test_any_part_of_the_order_is_that_of_ranking_all(
    window: list[Story], options: RankingOptions, data: st.DataObject
) -> None:
    columns = StoryColumns()
    for story in window:
        columns.put(story)
    slug = data.draw(st.sampled_from(["all", "sea"]))
    ids = [story.id for story in window]
    some = st.sets(st.sampled_from(ids), max_size=9) if ids else st.just(set[str]())
    pinned, blocked, asked = (data.draw(some) for _ in range(3))
    of_topic = [s for s in window if slug == "all" or slug in s.topics]
    allowed = [story for story in of_topic if story.id not in blocked]
    unlimited = replace(options, max_entries=None)
    expected = [r.story.id for r in rank(allowed, unlimited, NOW, pinned)]
    order = RowOrder(columns, slug, options, NOW, pinned, blocked)
    assert list(order.ids()) == expected
    assert len(order) == len(expected)
    assert list(order.ids(asked)) == [story_id for story_id in expected if story_id in asked]
    for story_id in ids:
        position = expected.index(story_id) if story_id in expected else None
        assert order.position(story_id) == position


def test_a_long_order_is_that_of_ranking_all() -> None:
    """Longer than what is ordered at once."""
    lead = Article(
        source="s",
        ref=CleanText("r"),
        key=CleanText("https://e.com/"),
        url=CleanText("https://e.com/"),
        title=CleanText("T"),
        published=NOW,
        publisher=Publisher(CleanText("P")),
        quality=87,
    )
    window = [
        Story(f"urn:{n}", lead.title, NOW, NOW, replace(lead, published=time), ())
        for n, time in enumerate(NOW - timedelta(minutes=n * 7919 % 1500) for n in range(1500))
    ]
    columns = StoryColumns()
    for story in window:
        columns.put(story)
    options = RankingOptions(window=timedelta(hours=20), max_entries=None)
    expected = [r.story.id for r in rank(window, options, NOW)]
    order = RowOrder(columns, "all", options, NOW)
    assert list(order.ids()) == expected
    assert [order.position(story_id) for story_id in expected[::100]] == list(
        range(0, len(expected), 100)
    )


def test_stories_with_the_same_score_have_positions_of_their_own() -> None:
    columns = StoryColumns()
    for number in range(60):
        url = CleanText(f"https://e.com/{number}")
        lead = Article("s", url, url, url, CleanText("T"), NOW, Publisher(CleanText("P")))
        columns.put(Story(f"urn:{number:02}", lead.title, NOW, NOW, lead, ()))
    order = RowOrder(columns, "all", RankingOptions(), NOW)
    positions = [order.position(f"urn:{number:02}") for number in range(60)]
    assert positions == list(range(60))
