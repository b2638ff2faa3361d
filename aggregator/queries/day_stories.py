"""The stories of a day or a week, of any age: what its page and its letter show."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from aggregator.classify import EVERYTHING
from aggregator.model import Story
from aggregator.pipeline.topic_feeds import is_between, ranked_by
from aggregator.publish import Wording, as_of, period_from
from aggregator.queries.story_queries import StoryQueries
from aggregator.store import days

_CANDIDATES = 80  # stories that are loaded and ordered; a page shows the first 30 of them


@dataclass(frozen=True, slots=True)
class PeriodStories:
    """The stories of the day (`interval` ``daily``) or the week (``weekly``) that begins with the
    day `first`, those with most publishers first; among equal ones in rank order. If the period
    `is_over`, articles after its end are left out. `before` and `after` are the first days of the
    nearest periods with stories (None: there are none)."""

    first: date
    interval: str
    end: datetime
    is_over: bool
    stories: tuple[Story, ...]
    before: date | None = None
    after: date | None = None


def stories_of_period(
    queries: StoryQueries, first: date, interval: str, now: datetime, slug: str = EVERYTHING
) -> PeriodStories | None:
    """The stories that were first published in a period, of a topic (slug). None for a period that
    is to come, or that ended before the first story that is remembered. Raises StoreError."""
    words = Wording.of(queries.options.site)
    start, end = period_from(first, interval, words.zone_name)
    archive = queries.archive
    if start > now or archive is None:
        return None
    around = days.neighbours(archive.database, start, end, now)
    if around.first is None or end <= around.first:
        return None
    topic = "" if slug == EVERYTHING else slug
    ids = days.ids_published(archive.database, start, end, _CANDIDATES, topic)
    stories = [story for story in queries.stories_by_id(ids) if _is_of(story, start, end, topic)]
    is_over = end <= now
    if is_over:
        stories = [as_of(story, end) for story in stories]
    ordered = _ordered(queries, stories, slug, min(end, now))
    before, after = (
        _first_day(moment, interval, words) if moment else None
        for moment in (around.before, around.after)
    )
    return PeriodStories(first, interval, end, is_over, ordered, before, after)


def days_with_stories(
    queries: StoryQueries, candidates: Collection[date], now: datetime
) -> frozenset[date]:
    """Those of the days, of the site's zone, on which a story was first published. Raises
    StoreError."""
    if queries.archive is None:
        return frozenset()
    zone = queries.options.site.timezone
    periods = {day: period_from(day, "daily", zone) for day in candidates}
    past = {day: period for day, period in periods.items() if period[0] <= now}
    has_stories = days.have_stories(queries.archive.database, list(past.values()))
    return frozenset(day for day, has_some in zip(past, has_stories, strict=True) if has_some)


def days_around(queries: StoryQueries, days_: Sequence[date], now: datetime) -> list[date]:
    """The last day with stories before these days, which follow each other, and the first one after
    them, where there are such days. Raises StoreError."""
    if queries.archive is None:
        return []
    words = Wording.of(queries.options.site)
    start, _ = period_from(days_[0], "daily", words.zone_name)
    _, end = period_from(days_[-1], "daily", words.zone_name)
    around = days.neighbours(queries.archive.database, start, end, now)
    return [words.date_of(moment) for moment in (around.before, around.after) if moment]


def last_period(now: datetime, interval: str, zone: str) -> date:
    """The first day of the last day or week that has ended in a time `zone` (IANA)."""
    today = Wording("en", zone).date_of(now)
    if interval == "daily":
        return today - timedelta(days=1)
    return today - timedelta(days=today.weekday() + 7)


def _is_of(story: Story, start: datetime, end: datetime, topic: str) -> bool:
    """Whether a story, which may be one that another was merged into, is of the period."""
    return is_between(story.published, start, end) and (not topic or topic in story.topics)


def _ordered(
    queries: StoryQueries, stories: list[Story], slug: str, moment: datetime
) -> tuple[Story, ...]:
    ranking = replace(
        queries.options.ranking_for(slug), window=None, max_entries=None, per_publisher=None
    )
    ranked = [ranked.story for ranked in ranked_by(stories, ranking, moment)]
    ranked.sort(key=lambda story: -publisher_count(story))
    return tuple(ranked)


def publisher_count(story: Story) -> int:
    """How many publishers have an article of the story."""
    return len({article.publisher.name for article in story.articles})


def _first_day(moment: datetime, interval: str, words: Wording) -> date:
    day = words.date_of(moment)
    return day if interval == "daily" else day - timedelta(days=day.weekday())
