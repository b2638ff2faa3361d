"""The law of ``StoredStories``: queries over what a store keeps of its stories give what queries
over a plan of its articles give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.merge import MergeOptions
from aggregator.model import (
    Article,
    CleanText,
    Match,
    Publisher,
    Ranked,
    Reading,
    Site,
    Source,
    SourceState,
    Topic,
    Verdict,
)
from aggregator.pipeline import PlanOptions, plan_of_store, update_stories
from aggregator.publish import render
from aggregator.queries import SORTS, Selection, StoryQueries
from aggregator.queries.stored_stories import StoredStories
from aggregator.rank import RankingOptions
from aggregator.store import Store, open_store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SITE = Site(CleanText("Test"), "https://news.example.org/")
CONFIGURED = PlanOptions(
    SITE,
    topics=(
        Topic("sea", "Sea", keywords=("harbour",)),
        Topic("etna", "Etna", match=Match(query="etna OR publisher:q.example")),
        Topic("own", "Own", parent="sea"),
    ),
    ranking=RankingOptions(
        window=timedelta(days=4), max_entries=3, per_publisher=2, blocked=("gossip",)
    ),
    ranking_of={
        "sea": RankingOptions(window=None, max_entries=12, pinned=("publisher:p", "storm")),
        "own": RankingOptions(formula="heat", per_publisher=1, blocked=("-harbour",)),
    },
    merging=MergeOptions(text=False),
    promoted=frozenset({"sea"}),
    digests={"sea": "daily", "all": "weekly"},
    private=frozenset({"own"}),
)
OPEN_ENDED = PlanOptions(
    SITE, ranking=RankingOptions(window=None, max_entries=4), merging=MergeOptions(text=False)
)
RECENT = replace(OPEN_ENDED, ranking=RankingOptions(window=timedelta(days=2), formula="reddit"))
WORDS = ("harbour", "Etna", "storm", "gossip", "closed")
LETTERS = "abcdefghijkl"
PUBLISHERS = [Publisher(CleanText(name), CleanText(f"{name}.example")) for name in "PQR"]


@st.composite
def articles(draw: st.DrawFn) -> Article:
    """An article of a few words at one of a few addresses."""
    address = f"https://e.com/{draw(st.sampled_from(LETTERS))}"
    texts = st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join)
    others: st.SearchStrategy[list[str]] = st.one_of(
        st.lists(st.nothing()),
        st.lists(st.sampled_from(LETTERS).map("https://e.com/{}".format), max_size=2),
    )
    return Article(
        source=draw(st.sampled_from("xyz")),
        ref=CleanText(draw(st.sampled_from("123456"))),
        key=CleanText(address),
        url=CleanText(address),
        title=CleanText(draw(st.one_of(texts, st.just("Etna storm closed the harbour"))) or "-"),
        excerpt=CleanText(draw(texts)),
        published=NOW - timedelta(hours=draw(st.integers(-2, 120))),
        publisher=draw(st.sampled_from(PUBLISHERS)),
        verdict=draw(st.sampled_from([Verdict.NONE] * 3 + list(Verdict))),
        quality=draw(st.sampled_from([None, None, 60, 87, 120])),
        lang=CleanText(draw(st.sampled_from(["", "de", "en-GB"]))),
        topics=tuple(map(CleanText, draw(st.lists(st.sampled_from(("Sea", "sky", "Sky")))))),
        aliases=tuple(map(CleanText, draw(others))),
        related=tuple(CleanText(other) for other in draw(others) if other != address),
    )


TERMS = st.sampled_from(
    [*WORDS, "-storm", "OR", "publisher:p", "publisher:q.example", "lang:de", '"etna closed"']
)
SELECTIONS = st.builds(
    Selection,
    query=st.lists(TERMS, max_size=3).map(" ".join),
    min_quality=st.one_of(st.none(), st.integers(44, 130)),
    since=st.one_of(st.none(), st.integers(0, 90).map(lambda h: NOW - timedelta(hours=h))),
    publisher=st.sampled_from(["", "", "P", "q.example"]),
    limit=st.one_of(st.none(), st.integers(0, 5)),
    topic=st.sampled_from(["", "", "sea", "sky"]),
    sort=st.sampled_from(sorted(SORTS)),
)
ROUNDS = st.lists(st.lists(articles(), max_size=14), min_size=1, max_size=3)


def updated(store: Store, rounds: list[list[Article]], options: PlanOptions) -> datetime:
    """Read what each round has, some hours after the last one; returns the time of the last."""
    moment = NOW
    for number, read in enumerate(rounds):
        moment = NOW + timedelta(hours=7 * number)
        readings = [
            Reading(
                Source(name, "feed", f"https://{name}.example/"),
                SourceState(name),
                tuple(a for a in read if a.source == name),
            )
            for name in "xyz"
        ]
        update_stories(readings, store, options, moment)
    return moment


@given(ROUNDS, SELECTIONS, st.sampled_from([CONFIGURED, OPEN_ENDED, RECENT]), st.integers(0, 9))
@settings(max_examples=300, deadline=None)
def test_queries_over_the_store_are_those_over_a_plan(
    rounds: list[list[Article]], selection: Selection, options: PlanOptions, hours: int
) -> None:
    store = open_store("sqlite://")
    moment = updated(store, rounds, options)
    now = moment + timedelta(hours=hours)
    check(store, options, now, selection)
    store.close()


def comparable(ranked: Iterable[Ranked]) -> list[Ranked]:
    """The stories without the addresses of related articles: an address that is an alias of an
    article outside of the story is only known to be one if that article is loaded."""
    return [
        replace(
            r,
            story=replace(
                r.story,
                lead=replace(r.story.lead, related=()),
                coverage=tuple(replace(article, related=()) for article in r.story.coverage),
            ),
        )
        for r in ranked
    ]


def check(store: Store, options: PlanOptions, now: datetime, selection: Selection) -> None:
    """Ask both for the same."""
    new_plan, _ = plan_of_store(store, options, now)
    planned = StoryQueries.of_plan(new_plan, options, now, store)
    stored = StoryQueries.from_store(store, options, now)
    assert isinstance(stored.source, StoredStories)
    assert stored.source.titles == planned.source.titles
    assert list(stored.topics) == list(planned.topics)
    assert stored.source.categories == planned.source.categories
    assert stored.names == planned.names
    assert stored.story_count == planned.story_count
    assert [replace(f, entries=(), ended=(), updated=now) for f in stored.menu] == [
        replace(f, entries=(), ended=(), updated=now) for f in planned.menu
    ]
    for feed in planned.menu:
        assert render(stored.published_feed(feed.slug), "atom") == render(feed, "atom")
    for slug in planned.topics:
        for asked in (Selection(), selection):
            assert comparable(stored.stories(slug, asked)) == comparable(
                planned.stories(slug, asked)
            )
        feeds = [queries.feed(slug, selection) for queries in (stored, planned)]
        assert feeds[0] == feeds[1]
        for story in new_plan.stories:
            position = planned.position(slug, story.id)
            assert stored.position(slug, story.id) == position
            both = [queries.ranked(slug, story.id) for queries in (stored, planned)]
            assert comparable(filter(None, both[:1])) == comparable(filter(None, both[1:]))
    for story in new_plan.stories:
        assert stored.story(story.id) is not None
        assert stored.is_estimated(story) == planned.is_estimated(story)
    for letter in LETTERS:
        address = f"https://e.com/{letter}"
        assert stored.at_address(address) == sorted(planned.at_address(address))
    assert [s.id for s in stored.search(selection.query, 9)] == [
        s.id for s in planned.search(selection.query, 9)
    ]
    assert stored.at_rank(1) == planned.at_rank(1)
