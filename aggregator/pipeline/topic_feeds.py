"""Feeds of stories: ranked per topic, dated, and as digests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aggregator.classify import EVERYTHING, Query, Topics
from aggregator.model import Feed, FeedRecord, Promotion, Ranked, Story, StoryRecord, Tombstone
from aggregator.pipeline.feed_content import FeedContent, tombstones_of
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.recent_names import names_since
from aggregator.pipeline.records import load_since
from aggregator.publish import Period, compose_digest, periods_before
from aggregator.rank import RankingOptions, rank
from aggregator.store import StoredWindow

_TOP = 10  # positions at the top of a feed; a story that reaches them is promoted
_DIGEST = 20  # stories per day or week


@dataclass(frozen=True, slots=True)
class TopicFeeds:
    """The ranked stories of each topic by slug, the feeds made of them (in rank order, then the
    digests), the promotions that are new, the names of all topics that stories can have, by slug,
    also of those without a feed, and the titles of the topics that have one."""

    ranked: Mapping[str, tuple[Ranked, ...]]
    feeds: tuple[Feed, ...]
    promotions: tuple[Promotion, ...]
    categories: Mapping[str, str]
    titles: Mapping[str, str]

    @classmethod
    def of(
        cls,
        topics: Topics,
        stories: Sequence[Story],
        story_records: Iterable[StoryRecord],
        window: StoredWindow,
        options: PlanOptions,
        now: datetime,
    ) -> TopicFeeds:
        """The feeds of all `stories`, which have their topics already."""
        existing = {slug for slug, record in window.feeds.items() if record.removed is None}
        counted = stories if topics.open_ended else ()
        given = names_since(counted, load_since(options, now))
        names = {topic.slug: topic.name for topic in topics.with_feeds(given, existing)}
        categories = topics.categories(given)
        by_topic = _stories_by_topic(stories, names)
        ranked = {
            slug: ranked_by(topic_stories, options.ranking_for(slug), now)
            for slug, topic_stories in by_topic.items()
        }
        dates = promotion_dates(window.promotions, options)
        ids = {slug: [r.story.id for r in topic_ranked] for slug, topic_ranked in ranked.items()}
        promotions = with_new_promotions(dates, ids, now)
        titles = {EVERYTHING: options.site.title, **names}
        ended = _tombstones(story_records)

        def tombstones(story_id: str) -> Sequence[Tombstone]:
            return ended.get(story_id, ())

        public = {slug: name for slug, name in categories.items() if slug not in options.private}
        pages = frozenset(titles.keys() - options.private)
        feeds = [
            FeedContent.of(
                slug,
                titles[slug],
                [r.story for r in topic_ranked],
                dates.get(slug),
                tombstones,
                public,
                pages,
            ).compose(options)
            for slug, topic_ranked in ranked.items()
        ]
        feeds += [
            topic_digest(
                slug, titles[slug], interval, by_topic[slug], options, now, dates.get(slug)
            )
            for slug, interval in sorted(options.digests.items())
            if slug in by_topic
        ]
        dated = tuple(with_start_date(feed, window.feeds, now) for feed in feeds)
        return cls(ranked, dated, promotions, categories, titles)


def _stories_by_topic(stories: Sequence[Story], slugs: Iterable[str]) -> dict[str, list[Story]]:
    by_topic: dict[str, list[Story]] = {EVERYTHING: list(stories), **{slug: [] for slug in slugs}}
    for story in stories:
        for slug in story.topics:
            if slug in by_topic:
                by_topic[slug].append(story)
    return by_topic


def with_start_date(feed: Feed, records: Mapping[str, FeedRecord], now: datetime) -> Feed:
    """The feed; one without entries was updated at the time when it was first made."""
    if feed.entries:
        return feed
    record = records.get(feed.slug)
    return replace(feed, updated=record.created if record else now)


def promotion_dates(
    promotions: Iterable[Promotion], options: PlanOptions
) -> dict[str, dict[str, datetime]]:
    """For each feed that is dated by promotion (slug), the dates of its stories (id)."""
    dates: dict[str, dict[str, datetime]] = {slug: {} for slug in options.promoted}
    for promotion in promotions:
        if promotion.topic in dates:
            dates[promotion.topic][promotion.story] = promotion.when
    return dates


def with_new_promotions(
    dates: Mapping[str, dict[str, datetime]], ranked: Mapping[str, Sequence[str]], now: datetime
) -> tuple[Promotion, ...]:
    """The stories that reach the top of a feed for the first time; they are added to the `dates`.
    `ranked` has the ids of the stories of each feed."""
    new = tuple(
        Promotion(slug, story_id, now)
        for slug, promoted in sorted(dates.items())
        for story_id in ranked.get(slug, ())[:_TOP]
        if story_id not in promoted
    )
    for promotion in new:
        dates[promotion.topic][promotion.story] = promotion.when
    return new


def ranked_by(
    stories: Sequence[Story], options: RankingOptions, now: datetime
) -> tuple[Ranked, ...]:
    """The stories in rank order: pinned ones first, blocked ones left out."""
    blocked = led_by(stories, options.blocked)
    allowed = [story for story in stories if story.id not in blocked] if blocked else stories
    return rank(allowed, options, now, led_by(allowed, options.pinned))


def topic_digest(
    slug: str,
    name: str,
    interval: str,
    stories: Sequence[Story],
    options: PlanOptions,
    now: datetime,
    dates: Mapping[str, datetime] | None = None,
) -> Feed:
    """The digest of a topic: the periods that are over, each ranked as of its end. With `dates` (of
    promotion, by story) a story is in the period of its date, and only if it has one."""
    ranking = replace(options.ranking_for(slug), window=None, max_entries=_DIGEST)
    periods = []
    for start, end in periods_before(now, interval, options.site.timezone):
        inside = [story for story in stories if is_between(date_in(story, dates), start, end)]
        periods.append(Period(start, end, ranked_by(inside, ranking, end)))
    is_private = slug in options.private
    page_topic = EVERYTHING if is_private else slug  # the page of a private topic needs a token
    digest = compose_digest(
        options.digest_slug(slug), name, interval, options.site, periods, page_topic
    )
    return replace(digest, private=is_private)


def date_in(story: Story, dates: Mapping[str, datetime] | None) -> datetime | None:
    """The time by which a story is in the feed of a topic: of its publication, or that in `dates`
    (of promotion, by story); None where it has none."""
    return story.published if dates is None else dates.get(story.id)


def is_between(moment: datetime | None, start: datetime, end: datetime) -> bool:
    """Whether there is a moment, from `start` on and before `end`."""
    return moment is not None and start <= moment < end


def _tombstones(story_records: Iterable[StoryRecord]) -> dict[str, list[Tombstone]]:
    """The tombstones of the stories that ended, by the id of the current story into which they were
    merged."""
    merged_into = {record.id: record.merged_into for record in story_records if record.merged_into}
    ended: dict[str, list[StoryRecord]] = {}
    for record in story_records:
        last, visited = record.merged_into, {record.id}
        while last and merged_into.get(last) and last not in visited:
            visited.add(last)
            last = merged_into[last]
        if last:
            ended.setdefault(last, []).append(record)
    return {story_id: tombstones_of(records) for story_id, records in ended.items()}


def led_by(stories: Iterable[Story], queries: Iterable[str]) -> frozenset[str]:
    """The ids of the stories whose lead matches one of the queries; empty queries match nothing."""
    parsed = [Query.parse(query) for query in queries]
    nonempty = [query for query in parsed if query.groups]
    if not nonempty:
        return frozenset()
    return frozenset(s.id for s in stories if any(query.matches(s.lead) for query in nonempty))
