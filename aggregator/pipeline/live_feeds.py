"""The feeds of a window that changes story by story, at the cost of what changes in them.

``TopicFeeds`` makes all feeds from all stories; here the stories stay in columns by which they are
ranked, and a feed is composed anew only where its first stories, or what it says of them, differ.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aggregator.classify import EVERYTHING, Topics
from aggregator.model import Feed, FeedRecord, Promotion, Story, Tombstone
from aggregator.pipeline.feed_content import FeedContent
from aggregator.pipeline.feed_set import FeedSet
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.recent_names import RecentNames
from aggregator.pipeline.records import load_since
from aggregator.pipeline.topic_feeds import (
    date_in,
    is_between,
    led_by,
    promotion_dates,
    topic_digest,
    with_new_promotions,
    with_start_date,
)
from aggregator.publish import EntryCache, periods_before
from aggregator.rank.story_columns import StoryColumns
from aggregator.rank.top_stories import TopStories


class LiveFeeds:
    """The feeds of the `stories` (by id), which are those of a window and change with it: each
    change is told by ``replace``. `tombstones` gives those of a story (id). For one thread, but for
    ``columns``."""

    def __init__(
        self,
        stories: Mapping[str, Story],
        tombstones: Callable[[str], Sequence[Tombstone]],
        topics: Topics,
        options: PlanOptions,
        records: Mapping[str, FeedRecord],
        promotions: Iterable[Promotion],
    ) -> None:
        self._stories = stories
        self._tombstones = tombstones
        self._topics = topics
        self._options = options
        self.records = dict(records)
        self._dates = promotion_dates(promotions, options)
        self._lock = threading.Lock()  # of the columns
        self._columns = StoryColumns()
        self._top = TopStories(self._columns)
        self._names = RecentNames()
        rankings = [options.ranking, *options.ranking_of.values()]
        queries = {queries for r in rankings for queries in (r.pinned, r.blocked) if queries}
        self._led_by: dict[tuple[str, ...], set[str]] = {query: set() for query in queries}
        self._composed: dict[str, tuple[FeedContent, Feed]] = {}
        self._entries: dict[str, EntryCache] = {}
        self._digests: dict[str, _Digest] = {}
        self.replace((), stories.values())

    def replace(self, old: Iterable[Story], new: Iterable[Story]) -> None:
        """The `old` stories are no longer shown as they were; the `new` ones are shown."""
        old, new = list(old), list(new)
        with self._lock:
            for story in old:
                self._columns.remove(story.id)
            for story in new:
                self._columns.put(story)
        if self._topics.open_ended:
            self._names.replace(old, new)
        for queries, ids in self._led_by.items():
            ids.difference_update(story.id for story in old)
            ids |= led_by(new, queries)
        self._forget_digests([*old, *new])

    def current(self, moment: datetime, now: datetime) -> tuple[FeedSet, tuple[Promotion, ...]]:
        """The feeds, ranked as of `moment`, and the promotions that are new: they are to be saved
        before the feeds are published. The same moment costs least."""
        topics, records = self._topics, self.records
        given = self._names.since(load_since(self._options, moment))
        existing = {slug for slug, record in records.items() if record.removed is None}
        names = {topic.slug: topic.name for topic in topics.with_feeds(given, existing)}
        titles = {EVERYTHING: self._options.site.title, **names}
        categories = topics.categories(given)
        ranked = {slug: self.ranked(slug, moment) for slug in titles}
        promotions = with_new_promotions(self._dates, ranked, now)
        public = {s: name for s, name in categories.items() if s not in self._options.private}
        pages = frozenset(titles.keys() - self._options.private)
        feeds = [self._feed(slug, titles[slug], ids, public, pages) for slug, ids in ranked.items()]
        feeds += [
            self._digest(slug, titles[slug], interval, now)
            for slug, interval in sorted(self._options.digests.items())
            if slug in titles
        ]
        dated = tuple(with_start_date(feed, records, now) for feed in feeds)
        shown = {story_id: self._stories[story_id] for ids in ranked.values() for story_id in ids}
        return FeedSet(dated, dict(records), categories, titles, shown), promotions

    def columns(self) -> StoryColumns:
        """The columns of the stories as they are now. Any thread may call this."""
        with self._lock:
            return self._columns.snapshot()

    def ranked(self, slug: str, moment: datetime) -> list[str]:
        """The ids of the entries of a topic's feed (``TopStories.top``)."""
        ranking = self._options.ranking_for(slug)
        pinned = self._led_by.get(ranking.pinned, set())
        blocked = self._led_by.get(ranking.blocked, set())
        return self._top.top(slug, ranking, moment, pinned, blocked)

    def _feed(
        self,
        slug: str,
        title: str,
        ids: Iterable[str],
        public: Mapping[str, str],
        pages: frozenset[str],
    ) -> Feed:
        """The feed of a topic: the one of last time, if nothing in it has changed."""
        stories = [self._stories[story_id] for story_id in ids]
        content = FeedContent.of(
            slug, title, stories, self._dates.get(slug), self._tombstones, public, pages
        )
        last = self._composed.get(slug)
        if last is not None and last[0] == content:
            return last[1]
        feed = content.compose(self._options, self._entries.setdefault(slug, EntryCache()))
        self._composed[slug] = (content, feed)
        return feed

    def _digest(self, slug: str, title: str, interval: str, now: datetime) -> Feed:
        """The digest of a topic, made anew only if a story of its periods has changed."""
        periods = periods_before(now, interval, self._options.site.timezone)
        last = self._digests.get(slug)
        if last is None or (last.title, last.periods) != (title, periods):
            rows = self._columns.rows(slug).tolist()
            live = (row for row in rows if self._columns.is_live(row))
            stories = [self._stories[self._columns.id_of(row)] for row in live]
            feed = topic_digest(
                slug, title, interval, stories, self._options, now, self._dates.get(slug)
            )
            last = self._digests[slug] = _Digest(title, periods, feed)
        return last.feed

    def _forget_digests(self, stories: Sequence[Story]) -> None:
        """Forget the digests that these stories are or were in."""
        self._digests = {
            slug: digest
            for slug, digest in self._digests.items()
            if not any(digest.can_show(story, slug, self._dates.get(slug)) for story in stories)
        }


@dataclass(frozen=True, slots=True)
class _Digest:
    """The digest of a topic, and what it was made for; the periods follow each other, the newest
    first."""

    title: str
    periods: list[tuple[datetime, datetime]]
    feed: Feed

    def can_show(self, story: Story, slug: str, dates: Mapping[str, datetime] | None) -> bool:
        """Whether the story is of the topic and its date (``date_in``) in one of the periods."""
        inside = is_between(date_in(story, dates), self.periods[-1][0], self.periods[0][1])
        return inside and (slug == EVERYTHING or slug in story.topics)
