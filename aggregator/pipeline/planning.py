"""A plan from articles, without input or output: stories, feeds and the records to save."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aggregator.classify import Topics
from aggregator.merge import TextSource
from aggregator.model import Article, Feed, FeedRecord, Promotion, Ranked, Story, StoryRecord
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.story_step import Baselines, stories_after
from aggregator.pipeline.topic_feeds import TopicFeeds
from aggregator.rank import Priors
from aggregator.store import StoredWindow


@dataclass(frozen=True, slots=True)
class Plan:
    """What to save and to publish.

    To save: `articles`, `story_records` and `promotions` that are new or changed. To publish:
    `stories` with their topics, `ranked` stories of each topic by slug, and `feeds`.

    `priors` estimated the quality of the articles whose keys are `estimated`; `topics` gave the
    stories their topics. `new_articles` are those of `articles` that have a date and were never
    read before. `categories` are the names of all topics that stories can have, `feed_records` the
    stored records of feeds, both by slug.
    """

    articles: tuple[Article, ...]
    story_records: tuple[StoryRecord, ...]
    promotions: tuple[Promotion, ...]
    ranked: Mapping[str, tuple[Ranked, ...]]
    feeds: tuple[Feed, ...]
    stories: tuple[Story, ...]
    priors: Priors
    estimated: frozenset[str]
    topics: Topics
    new_articles: tuple[Article, ...]
    categories: Mapping[str, str] = field(default_factory=dict)
    feed_records: Mapping[str, FeedRecord] = field(default_factory=dict)


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
    return Plan(
        articles=step.changed,
        story_records=tuple(r for r in step.records if stored_records.get(r.id) != r),
        promotions=topic_feeds.promotions,
        ranked=topic_feeds.ranked,
        feeds=topic_feeds.feeds,
        stories=step.stories,
        priors=step.baselines.priors,
        estimated=step.estimated,
        topics=topics,
        new_articles=step.new_articles,
        categories=topic_feeds.categories,
        feed_records=window.feeds,
    )
