"""The page of a day or a week: its ten best stories, what else there was, and a calendar."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from aggregator.model import EVERYTHING, Feed, Story
from aggregator.publish.digest import period_name, period_path, summary_of
from aggregator.publish.page_context import PageContext
from aggregator.publish.story_rows import story_rows
from aggregator.publish.templating import render
from aggregator.publish.wording import Wording

NUMBERED = 10
"""The stories that a page shows with their coverage."""
ALSO = 20
"""The stories after these, of which it shows only the headline."""
_NAMED = 4  # publishers that are named beside that of the lead


@dataclass(frozen=True, slots=True)
class PeriodContent:
    """What the page of the day (`interval` ``daily``) or the week (``weekly``) that begins with the
    day `first` shows. `stories` are in order; `end` is the moment at which the period ends, and
    `is_over` whether it has. `before` and `after` are the first days of the nearest periods with
    stories, `with_stories` those days of the month that have some, `other_months` the nearest days
    with stories in the months before and after. `topic` is the slug of the topic
    that the stories are of, `topic_name` its name (empty for all stories), `digest` the feed of
    such days (None: there is none). `names` are those of the topics that may be mentioned."""

    first: date
    interval: str
    end: datetime
    is_over: bool
    stories: Sequence[Story]
    before: date | None = None
    after: date | None = None
    with_stories: Collection[date] = ()
    other_months: Sequence[date] = ()
    topic: str = EVERYTHING
    topic_name: str = ""
    digest: Feed | None = None
    names: Mapping[str, str] | None = None

    def path(self, first: date, interval: str = "") -> str:
        """The path of the page of another period, with the same topic."""
        return period_path(first, interval or self.interval, self.topic)


def day_page(context: PageContext, day: PeriodContent) -> bytes:
    """``/2026/11/24`` or ``/2026/w48``. The words are those of the site."""
    words = context.wording
    listed = day.stories[:NUMBERED]
    rows = story_rows(day.stories[: NUMBERED + ALSO], day.names or {}, context.pictures, _NAMED)
    name = period_name(day.first, day.interval, words)
    return render(
        "day.html",
        context,
        day=day,
        heading=f"{day.topic_name}: {name}" if day.topic_name else name,
        rows=rows[:NUMBERED],
        also=rows[NUMBERED:],
        is_quiet=bool(rows) and all(row.publishers == 1 for row in rows),
        summary=summary_of(listed, words) if listed else "",
        zone=words.zone(day.end - timedelta(seconds=1)),
        before=_link(day, day.before, words),
        after=_link(day, day.after, words),
        month=_month(day, words),
        months=[(day.path(d, "daily"), words.month(d)) for d in day.other_months],
    )


def _link(day: PeriodContent, first: date | None, words: Wording) -> tuple[str, str] | None:
    """The path and the name of another period."""
    return (day.path(first), period_name(first, day.interval, words)) if first else None


@dataclass(frozen=True, slots=True)
class _Month:
    """A calendar of the month: the first letters of the days of the week, and the days, None where
    the first week or the last one has another month. A day is (number, path or "", whether it is
    shown on this page). `previous` is the path and the name of the month before."""

    name: str
    weekdays: tuple[str, ...]
    days: tuple[tuple[int, str, bool] | None, ...]


def month_days(first: date) -> list[date]:
    """The days of the month of a day."""
    days = Calendar().itermonthdates(first.year, first.month)
    return [day for day in days if day.month == first.month]


def _month(day: PeriodContent, words: Wording) -> _Month:
    first, length = day.first, 1 if day.interval == "daily" else 7
    shown = {first + timedelta(days=number) for number in range(length)}
    weeks = list(Calendar().itermonthdates(first.year, first.month))
    days = tuple(
        (d.day, day.path(d, "daily") if d in day.with_stories else "", d in shown)
        if d.month == first.month
        else None
        for d in weeks
    )
    weekdays = tuple(words.weekday(d)[:1].upper() for d in weeks[:7])
    return _Month(words.month(first), weekdays, days)
