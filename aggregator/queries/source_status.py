"""The status of the sources for people: on the status page and in the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from aggregator.model import FailureKind, PollDay, Source, SourceState
from aggregator.model.times import day_number
from aggregator.read import advice
from aggregator.store import Store

DAYS = 30
"""Days of the history of polls that are shown; the store keeps ``POLL_DAYS``."""


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """The status of a source. `condition` is a short text; `todo` says what to do about the last
    error (empty: nothing); `articles` is the number of its own articles in the store; `days` are
    (articles, failures) of the last thirty days (UTC), oldest first; `is_pushed`: a hub sends what
    is new (WebSub)."""

    source: Source
    state: SourceState
    condition: str
    todo: str
    articles: int
    days: tuple[tuple[int, int], ...]
    is_pushed: bool = False

    @property
    def failing(self) -> bool:
        """Whether the last reading failed."""
        return bool(self.state.error)


def source_statuses(sources: Iterable[Source], store: Store, now: datetime) -> list[SourceStatus]:
    """The status of every source: first those that fail, else in the given order."""
    states, counts = store.sources(), store.article_counts()
    subscriptions = store.subscriptions()
    days: dict[str, dict[int, PollDay]] = {}
    for poll_day in store.poll_days():
        days.setdefault(poll_day.source, {})[poll_day.day] = poll_day
    statuses = []
    for source in sources:
        state = states.get(source.name) or SourceState(source.name)
        subscription = subscriptions.get(source.name)
        is_pushed = bool(subscription and subscription.until and subscription.until > now)
        condition = _condition(state, is_pushed=is_pushed)
        todo = advice(state.failure, state.status, source.location) if state.error else ""
        history = _history(days.get(source.name, {}), now)
        count = counts.get(source.name, 0)
        statuses.append(SourceStatus(source, state, condition, todo, count, history, is_pushed))
    return sorted(statuses, key=lambda status: not status.failing)


def _condition(state: SourceState, *, is_pushed: bool) -> str:
    if state.gone:
        return "gone (410), no longer polled"
    if state.failure == FailureKind.INTERNAL:
        return "set aside: an error of this program"
    if state.failures:
        return f"failing, {state.failures} time{'s' if state.failures > 1 else ''} in a row"
    if state.error:
        return "failing"
    if state.checked is None:
        return "not read yet"
    return "ok, WebSub push" if is_pushed else "ok"


def _history(days: Mapping[int, PollDay], now: datetime) -> tuple[tuple[int, int], ...]:
    today = day_number(now)
    poll_days = (days.get(day) for day in range(today - DAYS + 1, today + 1))
    return tuple((day.articles, day.failures) if day else (0, 0) for day in poll_days)
