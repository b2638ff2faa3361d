"""The law of ``LiveFeeds``: after any changes it gives the feeds that ``TopicFeeds`` gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from aggregator.classify import Topics
from aggregator.model import (
    Article,
    CleanText,
    FeedRecord,
    Promotion,
    Publisher,
    Site,
    Story,
    StoryRecord,
    Topic,
)
from aggregator.pipeline.feed_content import tombstones_of
from aggregator.pipeline.live_feeds import LiveFeeds
from aggregator.pipeline.live_window import Part, Window
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.story_step import Baselines, StoryStep
from aggregator.pipeline.topic_feeds import TopicFeeds
from aggregator.rank import Priors, RankingOptions
from aggregator.store import StoredWindow

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
SITE = Site(CleanText("Test"), "https://news.example.org/")
CONFIGURED = PlanOptions(
    SITE,
    topics=(Topic("sea", "Sea"), Topic("sky", "Sky"), Topic("own", "Own")),
    ranking=RankingOptions(window=timedelta(days=4), max_entries=3, blocked=("Gossip",)),
    ranking_of={"sky": RankingOptions(window=None, max_entries=12, pinned=("Etna", "Gossip"))},
    promoted=frozenset({"sky"}),
    digests={"sea": "daily", "sky": "daily", "all": "weekly"},
    private=frozenset({"own"}),
)
OPEN_ENDED = PlanOptions(SITE, ranking=RankingOptions(window=None, max_entries=4))
NAMES = ("Sea", "Sky", "Own", "sea", "Rare")
IDS = [f"urn:uuid:{n}" for n in range(9)]


@st.composite
def shown_stories(draw: st.DrawFn) -> Story:
    """A story before it has topics."""

    def article(number: int) -> Article:
        url = CleanText(f"https://e.com/{draw(st.integers(0, 99))}/{number}")
        return Article(
            source=draw(st.sampled_from("xyz")),
            ref=url,
            key=url,
            url=url,
            title=CleanText(draw(st.sampled_from(["Etna erupts", "Gossip", "Harbour closed"]))),
            published=START - timedelta(hours=draw(st.integers(-5, 400))),
            publisher=Publisher(CleanText(draw(st.sampled_from("PQR")))),
            quality=draw(st.sampled_from([60, 87, 120])),
            topics=tuple(map(CleanText, draw(st.lists(st.sampled_from(NAMES), max_size=2)))),
        )

    lead, *coverage = (article(n) for n in range(draw(st.integers(1, 3))))
    published = START - timedelta(hours=draw(st.integers(-5, 400)))
    return Story(
        draw(st.sampled_from(IDS)), lead.title, published, published, lead, tuple(coverage)
    )


class ChangingFeeds(RuleBasedStateMachine):
    """Stories appear, change, end in others and go; the clock goes on."""

    @initialize(options=st.sampled_from([CONFIGURED, OPEN_ENDED]))
    def begin(self, options: PlanOptions) -> None:
        self.options, self.now = options, START
        self.topics = Topics.of(options.topics)
        self.window = Window()
        self.promotions: list[Promotion] = []
        self.feeds = LiveFeeds(
            self.window.stories,
            lambda story_id: tombstones_of(self.window.ended_in(story_id)),
            self.topics,
            options,
            {},
            (),
        )

    @rule(hours=st.integers(1, 60))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(stories=st.lists(shown_stories(), max_size=5, unique_by=lambda story: story.id))
    def show(self, stories: list[Story]) -> None:
        self.apply(self.topics.classify(stories), [])

    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        """A story is hidden, and ends in another one."""
        if len(self.window.stories) > 1:
            ended, into = data.draw(st.permutations(sorted(self.window.stories)))[:2]
            self.apply((), [self.record(self.window.stories[ended], into)])

    def record(self, story: Story, into: str | None = None) -> StoryRecord:
        keys = frozenset(article.key for article in story.articles)
        return StoryRecord(
            story.id, story.lead.key, story.lead.key, story.title, story.published,
            self.now if into else story.updated, "", keys, merged_into=into,
        )  # fmt: skip

    def apply(self, stories: tuple[Story, ...], ended: list[StoryRecord]) -> None:
        shown = self.window.stories
        ids = {story.id for story in stories} | {record.id for record in ended}
        old = [shown[story_id] for story_id in sorted(ids & shown.keys())]
        records = (*map(self.record, stories), *ended)
        step = StoryStep(
            (), (), {}, frozenset(), records, stories, Baselines(Priors(), self.topics)
        )
        self.window.apply(step, Part(stories=tuple(old)))
        self.feeds.replace(old, stories)
        self.compare()

    def compare(self) -> None:
        current, promotions = self.feeds.current(self.now, self.now)
        stored = StoredWindow((), (), tuple(self.promotions), self.feeds.records)
        records = self.window.records.values()
        stories = sorted(self.window.stories.values(), key=lambda story: story.id)
        expected = TopicFeeds.of(self.topics, stories, records, stored, self.options, self.now)
        assert promotions == expected.promotions
        assert current.feeds == expected.feeds
        assert current.categories == expected.categories
        self.promotions += promotions
        for feed in current.feeds:
            self.feeds.records.setdefault(feed.slug, FeedRecord(feed.slug, self.now))


TestLiveFeeds = ChangingFeeds.TestCase
TestLiveFeeds.settings = settings(max_examples=60, stateful_step_count=12, deadline=None)


def test_a_feed_whose_content_stays_is_not_composed_again() -> None:
    machine = ChangingFeeds()
    machine.begin(CONFIGURED)
    lead = Article(
        "x", CleanText("a"), CleanText("a"), CleanText("https://e.com/a"), CleanText("Etna"),
        START, Publisher(CleanText("P")), quality=87, topics=(CleanText("Sea"),),
    )  # fmt: skip
    story = Story("urn:uuid:1", lead.title, START, START, lead, ())
    machine.apply(machine.topics.classify([story]), [])
    before = {feed.slug: feed for feed in machine.feeds.current(START, START)[0].feeds}
    other = replace(story, id="urn:uuid:2", lead=replace(lead, topics=(CleanText("Sky"),)))
    machine.apply(machine.topics.classify([other]), [])
    after = {feed.slug: feed for feed in machine.feeds.current(START, START)[0].feeds}
    assert after["sea"] is before["sea"]
    assert [entry.id for entry in after["all"].entries] == ["urn:uuid:1", "urn:uuid:2"]
