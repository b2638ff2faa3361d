"""A plan from articles, without input or output: stories, feeds and the records to save."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from aggregator.classify import Topics
from aggregator.merge import TextSource
from aggregator.model import Article, Feed, Promotion, Ranked, Story, StoryRecord
from aggregator.pipeline.feed_set import FeedSet
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.story_step import Baselines, StoryStep, stories_after
from aggregator.pipeline.topic_feeds import TopicFeeds
from aggregator.rank import Priors
from aggregator.store import StoredWindow


@dataclass(frozen=True, slots=True)
class Changes:
    """What an update saves: `articles` and `story_records` that are new or changed, `promotions`
    that are new. `new_articles` are those of the articles that have a date and were never read
    before."""

    articles: tuple[Article, ...] = ()
    story_records: tuple[StoryRecord, ...] = ()
    promotions: tuple[Promotion, ...] = ()
    new_articles: tuple[Article, ...] = ()

    @classmethod
    def all_of(cls, several: Iterable[Changes]) -> Changes:
        """The changes of several updates, one after the other."""
        several = list(several)
        records = {record.id: record for changes in several for record in changes.story_records}
        return cls(
            tuple(article for changes in several for article in changes.articles),
            tuple(records.values()),
            tuple(promotion for changes in several for promotion in changes.promotions),
            tuple(article for changes in several for article in changes.new_articles),
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What to save (`changes`) and to publish (`feed_set`).

    The `step` has the stories with their topics, the qualities that were estimated and by what;
    `ranked` are the stories of each topic, by slug. `window` is what was stored before.
    """

    window: StoredWindow
    step: StoryStep
    changes: Changes
    ranked: Mapping[str, tuple[Ranked, ...]]
    feed_set: FeedSet

    @classmethod
    def of_feeds(cls, feed_set: FeedSet, stories: Iterable[Story], baselines: Baselines) -> Plan:
        """The plan where nothing is left to save: the feeds of these stories."""
        step = StoryStep((), (), {}, frozenset(), (), tuple(stories), baselines)
        ranked: dict[str, tuple[Ranked, ...]] = {feed.slug: () for feed in feed_set.feeds}
        return cls(StoredWindow(), step, Changes(), ranked, feed_set)

    @property
    def stories(self) -> tuple[Story, ...]:
        """All stories that are shown."""
        return self.step.stories

    @property
    def feeds(self) -> tuple[Feed, ...]:
        """All feeds, in their order."""
        return self.feed_set.feeds

    @property
    def categories(self) -> Mapping[str, str]:
        """The names of all topics that stories can have, by slug."""
        return self.feed_set.categories

    @property
    def estimated(self) -> frozenset[str]:
        """The keys of the articles whose quality was estimated."""
        return self.step.estimated

    @property
    def priors(self) -> Priors:
        """By what their quality was estimated."""
        return self.step.baselines.priors

    @property
    def topics(self) -> Topics:
        """What gave the stories their topics."""
        return self.step.baselines.topics


def plan(
    read: Iterable[Article],
    window: StoredWindow,
    options: PlanOptions,
    now: datetime,
    epochs: TextSource | None = None,
    baselines: Baselines | None = None,
) -> Plan:
    """The plan for the articles that were read and those of the stored window.

    `epochs` holds the statistics by which texts are compared, `baselines` those of publishers and
    topics (None: learned from these articles). Pure and independent of the order of the input.
    Planned again with nothing read and at the same time, the saved result changes nothing.
    """
    step = stories_after(read, window.articles, window.stories, options, now, epochs, baselines)
    topics = step.baselines.topics
    topic_feeds = TopicFeeds.of(topics, step.stories, step.records, window, options, now)
    stored_records = {record.id: record for record in window.stories}
    changed_records = tuple(r for r in step.records if stored_records.get(r.id) != r)
    changes = Changes(step.changed, changed_records, topic_feeds.promotions, step.new_articles)
    entries = {r.story.id: r.story for ranked in topic_feeds.ranked.values() for r in ranked}
    feed_set = FeedSet(
        topic_feeds.feeds, window.feeds, topic_feeds.categories, topic_feeds.titles, entries
    )
    return Plan(window, step, changes, topic_feeds.ranked, feed_set)
