"""Stories to feeds: ranked for each topic, dated, and as digests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aggregator.classify import EVERYTHING, Query
from aggregator.model import Feed, FeedRecord, Promotion, Ranked, Story, StoryRecord, Tombstone
from aggregator.pipeline.options import PlanOptions
from aggregator.publish import Period, compose_digest, compose_feed, periods_before
from aggregator.rank import RankingOptions, rank
from aggregator.store import StoredWindow

_TOMBSTONES = 20  # of one story: a reader that was away for longer has dropped the entries anyway
_TOP = 10  # places at the top of a feed, which a promoted story entered
_DIGEST = 20  # stories of a day or week


@dataclass(frozen=True, slots=True)
class TopicFeeds:
    """The stories of each topic in their order, the feeds made of them (in rank order, then the
    digests), and the promotions that are new."""

    ranked: Mapping[str, tuple[Ranked, ...]]
    feeds: tuple[Feed, ...]
    promotions: tuple[Promotion, ...]

    @classmethod
    def of(
        cls,
        stories: Sequence[Story],
        names: Mapping[str, str],
        story_records: Iterable[StoryRecord],
        remembered: StoredWindow,
        options: PlanOptions,
        now: datetime,
        *,
        categories: Mapping[str, str],
    ) -> TopicFeeds:
        """The feeds of all `stories`, with `names` of the topics by slug. `categories` are the
        names of all topics, also of those without a feed. A feed without entries was updated when
        it began."""
        inside: dict[str, list[Story]] = {EVERYTHING: list(stories), **{slug: [] for slug in names}}
        for story in stories:
            for slug in story.topics:
                if slug in inside:
                    inside[slug].append(story)
        ranked = {
            slug: ranked_by(found, options.ranking_for(slug), now) for slug, found in inside.items()
        }
        dates, new = _dates(ranked, remembered.promotions, options, now)
        titles = {EVERYTHING: options.site.title, **names}
        ended = _ended(story_records)
        feeds = []
        public = {slug: name for slug, name in categories.items() if slug not in options.private}
        for slug, found in ranked.items():
            chosen = [r for r in found if slug not in dates or r.story.id in dates[slug]]
            gone = [one for r in chosen for one in ended.get(r.story.id, ())]
            feed = compose_feed(
                slug, titles[slug], options.site, (r.story for r in chosen),
                public | {slug: titles[slug]}, gone, dates.get(slug, {}),
            )  # fmt: skip
            feeds.append(replace(feed, private=slug in options.private))
        feeds += [
            _digest(slug, titles[slug], every, inside[slug], options, now)
            for slug, every in sorted(options.digests.items())
            if slug in inside
        ]
        return cls(ranked, tuple(_begun(feed, remembered.feeds, now) for feed in feeds), new)


def _begun(feed: Feed, records: Mapping[str, FeedRecord], now: datetime) -> Feed:
    """The feed; without entries it was updated when it began."""
    if feed.entries:
        return feed
    record = records.get(feed.slug)
    return replace(feed, updated=record.created if record else now)


def _dates(
    ranked: Mapping[str, tuple[Ranked, ...]],
    promotions: Iterable[Promotion],
    options: PlanOptions,
    now: datetime,
) -> tuple[dict[str, dict[str, datetime]], tuple[Promotion, ...]]:
    """When the stories of each feed that is dated by promotion entered its top, by slug and id,
    and which of that is new."""
    dates: dict[str, dict[str, datetime]] = {
        slug: {} for slug in ranked if slug in options.promoted
    }
    for one in promotions:
        if one.topic in dates:
            dates[one.topic][one.story] = one.when
    new = [
        Promotion(slug, one.story.id, now)
        for slug, known in sorted(dates.items())
        for one in ranked[slug][:_TOP]
        if one.story.id not in known
    ]
    for one in new:
        dates[one.topic][one.story] = one.when
    return dates, tuple(new)


def ranked_by(
    stories: Sequence[Story], options: RankingOptions, now: datetime
) -> tuple[Ranked, ...]:
    """The stories in order, without the blocked ones and the pinned ones first."""
    blocked = _led_by(stories, options.blocked)
    allowed = [story for story in stories if story.id not in blocked] if blocked else stories
    return rank(allowed, options, now, _led_by(allowed, options.pinned))


def _digest(
    slug: str,
    name: str,
    every: str,
    stories: Sequence[Story],
    options: PlanOptions,
    now: datetime,
) -> Feed:
    """The periods that are over, each ranked as of its end."""
    ranking = replace(options.ranking_for(slug), window=None, max_entries=_DIGEST)
    periods = []
    for start, end in periods_before(now, every):
        inside = [story for story in stories if start <= story.published < end]
        periods.append(Period(start, end, ranked_by(inside, ranking, end)))
    digest = compose_digest(options.digest_slug(slug), name, every, options.site, periods)
    return replace(digest, private=slug in options.private)


def _ended(story_records: Iterable[StoryRecord]) -> dict[str, list[Tombstone]]:
    """The ids that ended, by the story in which they go on; the latest first, some of them."""
    into = {record.id: record.merged_into for record in story_records if record.merged_into}
    found: dict[str, list[Tombstone]] = {}
    for record in story_records:
        last, passed = record.merged_into, {record.id}
        while last and into.get(last) and last not in passed:
            passed.add(last)
            last = into[last]
        if last:
            found.setdefault(last, []).append(Tombstone(record.id, record.updated))
    for ended in found.values():
        ended.sort(key=lambda one: (one.when, one.id), reverse=True)
        del ended[_TOMBSTONES:]
    return found


def _led_by(stories: Iterable[Story], queries: Iterable[str]) -> frozenset[str]:
    """The ids of the stories whose lead fits one of the queries."""
    parsed = [Query.parse(query) for query in queries]
    wanted = [query for query in parsed if query.groups]
    if not wanted:
        return frozenset()
    return frozenset(s.id for s in stories if any(query.matches(s.lead) for query in wanted))
