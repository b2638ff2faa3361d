"""``/status``: whether anything is wrong with the sources, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from aggregator.publish.page_context import PageContext
from aggregator.publish.source_problems import Level, SourceRow, problem_of
from aggregator.publish.templating import render
from aggregator.publish.wording import Wording

_DAYS = 14  # of the sparkline
_HEIGHT, _STEP, _WIDTH = 18, 5, 4  # of a bar, in units of the SVG
_MARKS = {Level.FAILING: "bad", Level.WARNING: "warn", Level.PAUSED: "off", Level.FINE: "ok"}


@dataclass(frozen=True, slots=True)
class Totals:
    """The numbers above the table: `stories` of the window, those `with_coverage` of more than one
    publisher (None: not counted), and the `feeds`, which were ranked at `ranked`."""

    stories: int
    with_coverage: int | None
    feeds: int
    ranked: datetime


@dataclass(frozen=True, slots=True)
class _Row:
    """A source as the table shows it."""

    name: str
    level: Level
    text: str
    todo: str
    read: str
    following: str
    path: str
    label: str
    per_day: str

    @property
    def mark(self) -> str:
        """The class of the mark of its level."""
        return _MARKS[self.level]


def status_page(
    context: PageContext,
    sources: Sequence[SourceRow],
    totals: Totals,
    now: datetime,
    *,
    state: Level | None = None,
    paused: Collection[str] = (),
    problems: Sequence[str] = (),
) -> bytes:
    """The page as of `now`: those of the sources that need somebody first; with a `state` only
    these. `paused` are the names of sources that are not read. `problems` are those of the program
    itself, and of what it sends (letters, webhooks)."""
    wording = context.wording
    rows = [_row(source, now, wording, paused) for source in sources]
    order = list(Level)
    rows.sort(key=lambda row: order.index(row.level))
    counts = Counter(row.level for row in rows)
    return render(
        "status.html",
        context,
        rows=[row for row in rows if state in (None, row.level)],
        state=state,
        levels=[(level, counts[level]) for level in Level if counts[level] or level is state],
        counts={level.value: wording.number(counts[level]) for level in Level},
        failing=counts[Level.FAILING],
        number=len(rows),
        today=sum(source.days[-1][0] for source in sources if source.days),
        usual=round(sum(_mean(source) for source in sources)),
        totals=totals,
        days=_DAYS,
        seen=now,
        problems=problems,
    )


def _row(source: SourceRow, now: datetime, wording: Wording, paused: Collection[str]) -> _Row:
    state, name = source.state, source.source.name
    problem = problem_of(source, now, wording)
    level, todo = problem.level, problem.todo
    following = wording("status.soon")
    if name in paused:
        level, todo = Level.PAUSED, wording("status.do_resume")
        following = wording("status.paused")
    elif state.gone:
        following = wording("status.never")
    elif state.due and state.due > now:
        following = wording.until(state.due, now)
    if source.is_pushed and not state.gone:
        following = wording("status.pushed", time=following)
    return _Row(
        name,
        level,
        problem.text,
        todo,
        wording.age(state.succeeded, now) if state.succeeded else wording("status.never"),
        following,
        _bars(source),
        _history(source, wording),
        wording("status.per_day", n=wording.number(_rounded(_mean(source)))),
    )


def _mean(source: SourceRow) -> float:
    """The articles per day over the days that are over."""
    days = [number for number, _ in source.days[-_DAYS:-1]]
    return sum(days) / len(days) if days else 0.0


def _rounded(mean: float) -> float:
    return round(mean) if mean >= 1 or not mean else max(0.1, round(mean, 1))


def _bars(source: SourceRow) -> str:
    """The path of the sparkline: a bar per day, the newest at the end; one unit high for none."""
    numbers = [number for number, _ in source.days[-_DAYS:]]
    most = max([1, *numbers])
    tops = (max(1, round((_HEIGHT - 2) * number / most)) for number in numbers)
    return "".join(
        f"M{_STEP * day} {_HEIGHT}v-{top}h{_WIDTH}V{_HEIGHT}z" for day, top in enumerate(tops)
    )


def _history(source: SourceRow, wording: Wording) -> str:
    """The content of the sparkline in words, as its accessible name."""
    days = source.days[-_DAYS:]
    return wording(
        "status.history_summary",
        articles=wording("story.articles", sum(number for number, _ in days)),
        failures=wording("status.failures", sum(failed for _, failed in days)),
        days=len(days),
    )
