"""How the sources are, for people: on the status page and in the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from aggregator.model import FailureKind, PollDay, Source, SourceState, Subscription
from aggregator.read import advice
from aggregator.store import Store

DAYS = 30  # shown of the history


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """A source: `condition` in a word or two; what went wrong and what to do about it; how many
    articles it has told of; and its last thirty days, the oldest first (articles, failures)."""

    source: Source
    state: SourceState
    condition: str
    todo: str
    articles: int
    days: tuple[tuple[int, int], ...]

    @property
    def failing(self) -> bool:
        """Whether the last reading went wrong."""
        return bool(self.state.error)


def source_statuses(sources: Iterable[Source], store: Store, now: datetime) -> list[SourceStatus]:
    """The status of every source, the failing ones first, else in their order."""
    states, counts, subscribed = store.sources(), store.article_counts(), store.subscriptions()
    days: dict[str, dict[int, PollDay]] = {}
    for one in store.poll_days():
        days.setdefault(one.source, {})[one.day] = one
    found = []
    for source in sources:
        state = states.get(source.name) or SourceState(source.name)
        found.append(
            SourceStatus(
                source, state, _condition(state, subscribed.get(source.name), now),
                advice(state.failure, state.status, source.location) if state.error else "",
                counts.get(source.name, 0), _history(days.get(source.name, {}), now),
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: not one.failing)


def _condition(state: SourceState, subscription: Subscription | None, now: datetime) -> str:
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
    if subscription is not None and subscription.until and subscription.until > now:
        return "ok, WebSub push"
    return "ok"


def _history(days: Mapping[int, PollDay], now: datetime) -> tuple[tuple[int, int], ...]:
    today = int(now.timestamp()) // 86_400
    found = (days.get(day) for day in range(today - DAYS + 1, today + 1))
    return tuple((one.articles, one.failures) if one else (0, 0) for one in found)
