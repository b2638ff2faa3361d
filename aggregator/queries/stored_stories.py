"""The stories of a store, for queries: only what a query shows is loaded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from aggregator.classify import EVERYTHING, Query, TopicNames, facets
from aggregator.identify import unify
from aggregator.model import Feed, FeedRecord, Promotion, Story, StoryRecord
from aggregator.pipeline.feed_content import FeedContent, tombstones_of
from aggregator.pipeline.feed_set import FeedSet
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.records import load_since
from aggregator.pipeline.shown import baselines_from
from aggregator.pipeline.story_step import Baselines
from aggregator.pipeline.topic_feeds import (
    led_by,
    promotion_dates,
    topic_digest,
    with_new_promotions,
    with_start_date,
)
from aggregator.pipeline.unchanged import StoredFeeds
from aggregator.publish import compose_feed
from aggregator.queries.restored import restored_stories
from aggregator.queries.stored_order import StoredOrder
from aggregator.queries.story_source import Position, StorySource
from aggregator.rank.signals import microseconds
from aggregator.store import ShownStory, Store

if TYPE_CHECKING:
    from aggregator.pipeline.live_stories import CurrentStories


class StoredStories:
    """The stories that a store shows (``pipeline.shown.is_shown_by``), as of `now`. Nothing is
    loaded before it is asked for. Another process may write the store meanwhile: a story that is
    no longer shown is then left out. A process that has the stories in memory passes `current`."""

    def __init__(
        self,
        store: Store,
        options: PlanOptions,
        now: datetime,
        current: CurrentStories | None = None,
    ) -> None:
        self.options = options
        self.now = now
        self._store = store
        self._since = load_since(options, now)
        self._current = current
        columns = current.columns if current else None
        self._order = StoredOrder(store, options, now, self._led_by, columns)

    @cached_property
    def baselines(self) -> Baselines:
        """The stored baselines."""
        if self._current:
            return self._current.baselines
        stored = self._store.shown.baselines()
        if stored is None:  # those of another version
            return Baselines.learned((), self.options)
        return baselines_from(stored, self.options)

    @cached_property
    def story_count(self) -> int:
        """How many stories the window has."""
        if self._current:
            return self._current.story_count
        return self._store.shown.count(self._since)

    @cached_property
    def _records(self) -> Mapping[str, FeedRecord]:
        return self._store.feeds()

    @cached_property
    def _names(self) -> TopicNames:
        """The names that sources give to topics, if these decide which topics there are."""
        if self.options.topics:
            return TopicNames()
        return self._store.shown.topic_names(self._since)

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """The titles of the topics that have a feed, by slug."""
        if self._current:
            return self._current.feed_set.titles
        existing = {slug for slug, record in self._records.items() if record.removed is None}
        topics = self.baselines.topics.with_feeds(self._names, existing)
        names = {topic.slug: topic.name for topic in topics}
        return {EVERYTHING: self.options.site.title, **names}

    @cached_property
    def categories(self) -> Mapping[str, str]:
        """The names of all topics by slug."""
        if self._current:
            return self._current.feed_set.categories
        return self.baselines.topics.categories(self._names)

    @cached_property
    def menu(self) -> Sequence[Feed]:
        """The feeds, without their entries unless they are in memory."""
        if self._current:
            return self._current.feed_set.feeds
        options = self.options
        feeds = [
            replace(
                compose_feed(slug, title, options.site, (), {}), private=slug in options.private
            )
            for slug, title in self.titles.items()
        ]
        digests = [
            topic_digest(slug, self.titles[slug], interval, (), options, self.now)
            for slug, interval in sorted(options.digests.items())
            if slug in self.titles
        ]
        return [*feeds, *digests]

    def feed(self, slug: str) -> Feed:
        """The feed with its entries. Raises KeyError."""
        if self._current:
            return {feed.slug: feed for feed in self._current.feed_set.feeds}[slug]
        feed = self._topic_feed(slug) if slug in self.titles else self._digest(slug)
        return with_start_date(feed, self._records, self.now)

    def stories(self, ids: Collection[str]) -> Mapping[str, Story]:
        """Those of the stories that the window has."""
        shown, stored = self._store.shown.with_articles(ids)
        inside = {story_id: s for story_id, s in shown.items() if self._is_inside(s)}
        return restored_stories(inside, stored, self.baselines, self.options)

    def shown(self, ids: Collection[str]) -> Mapping[str, ShownStory]:
        """The same as rows."""
        shown = self._store.shown.stories(ids)
        return {story_id: s for story_id, s in shown.items() if self._is_inside(s)}

    def _is_inside(self, story: ShownStory) -> bool:
        newest = max(story.signals.published, story.signals.newest_coverage)
        return self._since is None or newest >= microseconds(self._since)

    def ranked(self, slug: str, ids: Collection[str] | None = None) -> Iterator[str]:
        """The ids of the stories of a topic, best first. Raises KeyError."""
        self._check(slug)
        return self._order.ids(slug, ids)

    def position(self, slug: str, story_id: str) -> Position | None:
        """Where the story is among them. Raises KeyError."""
        self._check(slug)
        return self._order.position(slug, story_id)

    def matching(self, slug: str, query: Query, publisher: str) -> Collection[str] | None:
        """The ids of the stories of any topic that can match."""
        del slug
        id_sets = []
        groups = [*query.fields(), *([(("publisher", publisher.casefold()),)] if publisher else [])]
        for group in groups:
            sources = self._store.shown.sources()
            matching = (s for s in sources if not facets(*s).isdisjoint(group))
            id_sets.append(self._store.shown.ids_of_sources(matching))
        if text_query := query.full_text_query():
            id_sets.append(self._store.shown.ids_with_text(text_query))
        return set.intersection(*id_sets) if id_sets else None

    def at_address(self, address: str) -> Iterable[str]:
        """The ids of the stories that may have an article at this URL."""
        return self._store.shown.ids_at(address)

    def is_estimated(self, story: Story) -> bool:
        """Whether no source gives a quality to the lead of a story."""
        _, stored = self._store.shown.with_articles([story.id])
        return unify(stored.articles)[story.lead.key].quality is None

    def is_ready(self, slug: str) -> bool:
        """Whether the columns are in memory, and the database is embedded."""
        in_memory = self._current is not None or self._order.is_loaded(slug)
        return self._store.is_local and in_memory

    def prepare(self, previous: StorySource | None) -> None:
        """Load the columns, if `previous` had."""
        if previous is None or not isinstance(previous, StoredStories):
            self._order.load((EVERYTHING,))
        else:
            self._order.load(slug for slug in previous._order.loaded if slug in self.titles)

    def _check(self, slug: str) -> None:
        if slug not in self.titles:
            raise KeyError(slug)

    def _topic_feed(self, slug: str) -> Feed:
        ids = self._order.entries(slug)
        dates, _ = self._dates([slug], {slug: ids})
        ended = self._store.shown.ended_in(ids)
        return self._compose(slug, ids, self.stories(ids), dates, ended)

    def feed_set(self) -> tuple[FeedSet, tuple[Promotion, ...]]:
        """All feeds, and the promotions that are new in them."""
        entries = {slug: self._order.entries(slug) for slug in self.titles}
        dates, promotions = self._dates(self.titles, entries)
        ids_of_all = {story_id for ids in entries.values() for story_id in ids}
        stories = self.stories(ids_of_all)
        ended = self._store.shown.ended_in(ids_of_all)
        composed = {
            slug: with_start_date(
                self._compose(slug, ids, stories, dates, ended), self._records, self.now
            )
            for slug, ids in entries.items()
        }
        feeds = [composed.get(f.slug) or self.feed(f.slug) for f in self.menu]
        feed_set = FeedSet(tuple(feeds), self._records, self.categories, self.titles, stories)
        return feed_set, promotions

    def _dates(
        self, slugs: Iterable[str], entries: Mapping[str, Sequence[str]]
    ) -> tuple[Mapping[str, Mapping[str, datetime]], tuple[Promotion, ...]]:
        """The dates of the feeds that are dated by promotion, and the new promotions in them."""
        dates = self._stored_dates(slugs)
        return dates, with_new_promotions(dates, entries, self.now) if dates else ()

    def _stored_dates(self, slugs: Iterable[str]) -> dict[str, dict[str, datetime]]:
        promoted = self.options.promoted & set(slugs)
        if not promoted:
            return {}
        return promotion_dates(self._store.shown.promotions(promoted), self.options)

    def _compose(
        self,
        slug: str,
        ids: Sequence[str],
        stories: Mapping[str, Story],
        dates: Mapping[str, Mapping[str, datetime]],
        ended: Mapping[str, Iterable[StoryRecord]],
    ) -> Feed:
        options = self.options
        public = {s: name for s, name in self.categories.items() if s not in options.private}
        return FeedContent.of(
            slug,
            self.titles[slug],
            [stories[story_id] for story_id in ids if story_id in stories],
            dates.get(slug),
            lambda story_id: tombstones_of(ended.get(story_id, ())),
            public,
            frozenset(self.titles.keys() - options.private),
        ).compose(options)

    def _digest(self, slug: str) -> Feed:
        """The digest with this slug. Raises KeyError."""
        options = self.options
        for topic, interval in options.digests.items():
            if topic in self.titles and options.digest_slug(topic) == slug:
                dates = self._stored_dates([topic]).get(topic)
                ids = self._order.of_periods(topic, interval, dates)
                stories = list(self.stories(ids).values())
                title = self.titles[topic]
                return topic_digest(topic, title, interval, stories, options, self.now, dates)
        raise KeyError(slug)

    def _led_by(self, slug: str, queries: Sequence[str]) -> frozenset[str]:
        """The ids of the stories of a topic whose lead matches one of the queries."""
        led: set[str] = set()
        for text in queries:
            query = Query.parse(text)
            ids = self.matching(slug, query, "") if query.groups else ()
            if ids is None:
                ids = self._order.all_ids(slug)
            led |= led_by(self.stories(ids).values(), [text])
        return frozenset(led)


def stored_feeds(store: Store, options: PlanOptions, now: datetime) -> StoredFeeds:
    """The feeds of the stories that the store shows. Raises StoreError."""
    source = StoredStories(store, options, now)
    return StoredFeeds(*source.feed_set(), source.baselines)
