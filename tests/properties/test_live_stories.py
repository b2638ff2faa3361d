"""The law of ``LiveStories``: a store that it updates holds what a store holds that is planned anew
each time, and so do the feeds and the answers to queries."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from aggregator.errors import StoreError
from aggregator.merge import MergeOptions
from aggregator.model import (
    EVERYTHING,
    Article,
    CleanText,
    Publisher,
    Reading,
    Site,
    Source,
    SourceState,
    Topic,
)
from aggregator.pipeline import PlanOptions, prune_steps, update_stories
from aggregator.pipeline.live_stories import LiveStories, unknown_or_changed
from aggregator.queries import Selection, StoryQueries
from aggregator.queries.stored_stories import StoredStories
from aggregator.rank import RankingOptions
from aggregator.store import Removed, Store, StoredWindow, open_store
from tests.properties.test_advance import ADDRESSES, EVENTS, START, articles

WINDOWED = PlanOptions(
    Site(CleanText("Test"), "https://news.example.org/"),
    topics=(
        Topic("sea", "Sea", keywords=("harbour", "tanker")),
        Topic("etna", "Etna", keywords=("etna",)),
    ),
    ranking=RankingOptions(window=timedelta(days=14), max_entries=8, blocked=("newsletter",)),
    merging=MergeOptions(strictness=0.3),
    promoted=frozenset({"sea"}),
    digests={"all": "daily"},
    keep=timedelta(days=44),
)
ALL_AGES = replace(WINDOWED, ranking=replace(WINDOWED.ranking, window=None))
OPEN_ENDED = replace(WINDOWED, topics=(), promoted=frozenset(), digests={})
SELECTIONS = [
    (EVERYTHING, Selection()),
    ("sea", Selection("harbour -closed", limit=2)),
    ("etna", Selection(min_quality=70, sort="newest")),
    (EVERYTHING, Selection("publisher:p", sort="coverage")),
]


def background() -> list[Article]:
    """So many articles that no later one makes an epoch end before its day is over."""
    return [
        Article(
            source=source,
            ref=CleanText(f"old-{source}-{n}"),
            key=CleanText(f"https://old.example/{source}/{n}"),
            url=CleanText(f"https://old.example/{source}/{n}"),
            title=CleanText(f"{EVENTS[n % len(EVENTS)]} {source}{n}"),
            published=START - timedelta(days=3 + n),
            publisher=Publisher(CleanText(name)),
        )
        for source, name in (("x", "P"), ("y", "Q"), ("z", "R"))
        for n in range(20)
    ]


class Updating(RuleBasedStateMachine):
    """Articles arrive, change and move; days pass; the process restarts; another one writes."""

    @initialize(options=st.sampled_from([WINDOWED, ALL_AGES, OPEN_ENDED]))
    def begin(self, options: PlanOptions) -> None:
        self.options = options
        self.folder = TemporaryDirectory()
        self.now = START
        self.live_store, self.planned_store = (self.open(name) for name in ("live", "planned"))
        self.live = LiveStories(self.live_store, self.options)
        self.known: list[Article] = []
        self.read(background())

    def open(self, name: str) -> Store:
        return open_store(f"sqlite:///{Path(self.folder.name) / name}.db")

    def teardown(self) -> None:
        self.live_store.close()
        self.planned_store.close()
        self.folder.cleanup()

    @rule(hours=st.sampled_from([1, 2, 3, 30, 24 * 30]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def restart(self) -> None:
        self.live = LiveStories(self.live_store, self.options)

    @rule(source=st.sampled_from("xyz"))
    def another_process_writes(self, source: str) -> None:
        """It deletes a source, and adds it again with what it has read."""
        for store in (self.live_store, self.planned_store):
            store.delete_source(source)

    @rule()
    def prune(self) -> None:
        output = Path(self.folder.name)
        live, planned = (
            Removed.of(prune_steps(store, self.options.keep, (), output, self.now))
            for store in (self.live_store, self.planned_store)
        )
        assert (sorted(live.rows), sorted(live.stories)) == (
            sorted(planned.rows),
            sorted(planned.stories),
        )
        self.live.forget_removed(live)

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def read_again(self, data: st.DataObject) -> None:
        """A feed still lists what it had, whatever its age, and something new."""
        position = data.draw(st.integers(0, len(self.known) - 1))
        self.read([*self.known[: position + 1], *data.draw(st.lists(articles(), max_size=2))])

    @precondition(lambda self: self.known)
    @rule(data=st.data(), address=st.sampled_from(ADDRESSES))
    def read_under_another_ref(self, data: st.DataObject, address: str) -> None:
        known = data.draw(st.sampled_from(self.known))
        url = CleanText(address)
        self.read([replace(known, ref=CleanText(f"search/{len(self.known)}"), key=url, url=url)])

    @rule(read=st.lists(articles(), min_size=1, max_size=4))
    def read_new(self, read: list[Article]) -> None:
        self.read(read)

    def read(self, read: list[Article]) -> None:
        self.known += read
        readings = readings_of(read)
        planned = update_stories(readings, self.planned_store, self.options, self.now)
        updated = self.live.update(readings, self.now, {})
        assert not updated.errors
        assert set(updated.changes.new_articles) == set(planned.changes.new_articles)
        assert sorted(updated.changes.promotions, key=repr) == sorted(
            planned.changes.promotions, key=repr
        )
        live, whole = self.live_store.window(None), self.planned_store.window(None)
        assert contents(live) == contents(whole)
        assert updated.feed_set.feeds == planned.plan.feeds
        self.feeds = updated.feed_set.feeds
        self.compare_queries(
            StoredStories(self.live_store, self.options, self.now, updated.current)
        )

    def compare_queries(self, stories: StoredStories) -> None:
        live = StoryQueries(stories, self.live_store)
        stored = StoryQueries.from_store(self.planned_store, self.options, self.now)
        assert live.source.titles == stored.source.titles
        for slug, selection in SELECTIONS:
            if slug not in stored.source.titles:
                continue
            assert live.stories(slug, selection) == stored.stories(slug, selection)
            assert live.feed(slug, selection) == stored.feed(slug, selection)


def readings_of(read: list[Article]) -> list[Reading]:
    return [
        Reading(
            Source(source, f"https://{source}.example/", "feed"),
            articles=tuple(article for article in read if article.source == source),
            state=SourceState(source),
        )
        for source in "xyz"
    ]


def contents(window: StoredWindow) -> tuple[object, ...]:
    return (
        {article.row_key: article for article in window.articles},
        {record.id: record for record in window.stories},
        {(promotion.topic, promotion.story): promotion.when for promotion in window.promotions},
    )


TestLiveStories = Updating.TestCase
TestLiveStories.settings = settings(max_examples=25, stateful_step_count=8, deadline=None)


def test_what_is_stored_as_it_was_read_changes_nothing() -> None:
    stored = {article.row_key: article for article in background()}
    old, edited, *_ = stored.values()
    edited = replace(edited, title=CleanText("Another title"))
    undated = replace(old, dated=False, published=datetime(2026, 12, 1, tzinfo=START.tzinfo))
    same_text = replace(old, ref=CleanText("another"))
    assert unknown_or_changed([old], stored) == []
    assert unknown_or_changed([undated], stored) == []
    assert unknown_or_changed([old, edited], stored) == [edited]
    assert unknown_or_changed([old, same_text], stored) == [old, same_text], "another article"


def test_feeds_that_could_not_be_made_after_a_save_are_made_by_the_next_update(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = LiveStories(store, WINDOWED)
    live.update(readings_of(background()), START, {})
    new = replace(background()[0], ref=CleanText("new"), title=CleanText("Sun over Tokyo"))
    url, now = CleanText("https://e.com/new"), START + timedelta(minutes=1)
    new = replace(new, key=url, url=url, published=START)
    live.update([], now, {}, rank_again=False)

    def locked(_store: Store) -> None:
        raise StoreError("the store is locked", unavailable=True)

    with monkeypatch.context() as patched:
        patched.setattr(Store, "feeds", locked)
        with pytest.raises(StoreError):
            live.update(readings_of([new]), now, {}, rank_again=False)
    updated = live.update(readings_of([new]), now, {}, rank_again=False)
    assert updated.is_change
    assert new.url in {entry.url for entry in updated.feed_set.feeds[0].entries}


def test_a_story_that_is_to_be_removed_is_shown_until_it_is() -> None:
    updating = Updating()
    updating.begin(ALL_AGES)
    try:
        updating.now += timedelta(days=30)  # ten of each source's twenty are older than `keep`
        updating.read(updating.known[:18])
        updating.read([])
        updating.prune()
        updating.read(updating.known)
    finally:
        updating.teardown()


def test_an_old_story_that_is_read_again_does_not_decide_which_names_are_topics() -> None:
    """One of twenty recent stories is enough for a topic, one of twenty-eight is not."""
    updating = Updating()
    updating.begin(replace(OPEN_ENDED, keep=None, merging=MergeOptions(text=False)))
    try:
        age = timedelta(days=90)
        updating.now += age
        first, *others = (
            replace(
                article,
                ref=CleanText(f"new-{article.ref}"),
                key=CleanText(f"{article.key}/new"),
                url=CleanText(f"{article.url}/new"),
                published=article.published + age,
            )
            for article in background()[:20]
        )
        updating.read([replace(first, topics=(CleanText("Sea"),)), *others])
        edited = [replace(old, title=CleanText(f"{old.title}.")) for old in background()[:8]]
        for read in ([], edited, []):
            updating.read(read)
            assert [feed.slug for feed in updating.feeds] == ["all", "sea"]
    finally:
        updating.teardown()


def test_an_epoch_begins_with_a_new_text_and_not_before() -> None:
    updating = Updating()
    updating.begin(ALL_AGES)
    try:
        updating.now += timedelta(days=30)
        updating.prune()
        updating.read([])
        similar = replace(
            updating.known[0],
            ref=CleanText("1"),
            key=CleanText(ADDRESSES[0]),
            url=CleanText(ADDRESSES[0]),
            title=CleanText(EVENTS[0]),
            published=START,
        )
        updating.read([similar])
    finally:
        updating.teardown()
