"""Which stories were first published on a day, of any age, best first as far as numbers tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from aggregator.store import rows
from aggregator.store.database import Database
from aggregator.store.schema import articles, members, stories, story_topics


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The times of stories around a period: of the first one of all, of the last one before the
    period, and of the first one after it; None where there is none."""

    first: datetime | None = None
    before: datetime | None = None
    after: datetime | None = None


def ids_published(
    database: Database, start: datetime, end: datetime, limit: int, topic: str = ""
) -> list[str]:
    """The ids of at most `limit` stories that were first published from `start` on and before
    `end`, in a topic (slug; empty: any). Those with most publishers by the `end` come first, then
    those with the best article. Some may have no article that may be shown. Raises StoreError."""
    early = articles.c.published < rows.seconds(end)
    query = (
        select(stories.c.id)
        .join(members, members.c.story == stories.c.id)
        .join(articles, articles.c.key == members.c.key)
        .where(*_within(start, end), early)
        .group_by(stories.c.id)
        .order_by(
            func.count(articles.c.publisher.distinct()).desc(),
            func.max(func.coalesce(articles.c.quality, 0)).desc(),
            func.max(stories.c.published).desc(),
            stories.c.id,
        )
        .limit(limit)
    )
    if topic:
        of_topic = select(story_topics.c.story).where(story_topics.c.topic == topic)
        query = query.where(stories.c.id.in_(of_topic))
    with database.reading() as connection:
        return list(connection.execute(query).scalars())


def have_stories(database: Database, periods: Sequence[tuple[datetime, datetime]]) -> list[bool]:
    """For each period (start, end), whether a story was first published in it. Raises
    StoreError."""
    with database.reading() as connection:
        return [
            connection.execute(select(stories.c.id).where(*_within(*period)).limit(1)).first()
            is not None
            for period in periods
        ]


def neighbours(database: Database, start: datetime, end: datetime, now: datetime) -> Neighbours:
    """The times of the stories around a period; one dated after `now` does not count. Raises
    StoreError."""
    time = stories.c.published
    current = (stories.c.ended_into.is_(None), time <= rows.seconds(now))
    queries = (
        select(func.min(time)).where(*current),
        select(func.max(time)).where(*current, time < rows.seconds(start)),
        select(func.min(time)).where(*current, time >= rows.seconds(end)),
    )
    with database.reading() as connection:
        times = [connection.execute(query).scalar() for query in queries]
    return Neighbours(*(None if value is None else rows.moment(value) for value in times))


def _within(start: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    time = stories.c.published
    is_current = stories.c.ended_into.is_(None)
    return is_current, time >= rows.seconds(start), time < rows.seconds(end)
