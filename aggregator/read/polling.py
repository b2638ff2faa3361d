"""The polling policy: when a source may and will be polled again.

Each reading results in two times. `not_before` is the publisher's: Retry-After, and the freshness
of Cache-Control, Expires, ``<ttl>`` or ``sy:updatePeriod``; only an explicit request of the
operator polls earlier. `due` is when the source is polled next: at its own interval, never before
`not_before`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b

from aggregator.model import Source, SourceState
from aggregator.model.urls import is_http_url

DEFAULT_EVERY = timedelta(minutes=60)
FILES_EVERY = timedelta(minutes=1)
FLOOR = timedelta(minutes=15)  # between two polls of one web source
CAP = timedelta(hours=24)  # of the interval, of freshness and of the back-off after failures
UNREACHABLE_CAP = timedelta(hours=1)  # of the back-off where no connection was made
MAX_RETRY_AFTER = timedelta(days=7)  # a longer Retry-After counts as this
SLOWER, FASTER = 1.25, 0.7  # factors of the interval after no news and after news; not measured
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Hints:
    """What a publisher says about when to poll. `fresh_for` and `retry_after` in seconds; hours in
    UTC (0..23) and days (0 is Monday) in which not to poll (RSS 2.0 skipHours, skipDays)."""

    fresh_for: int = 0
    retry_after: int = 0
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


NO_HINTS = Hints()


def shortest_pace(source: Source) -> timedelta:
    """The shortest time between two readings of a source: its `every`, else the limit for files or
    for the web."""
    if not is_http_url(source.location):
        return source.every or FILES_EVERY
    return source.every or FLOOR


def may_ask(state: SourceState, now: datetime) -> bool:
    """Whether the publisher allows a request now.

    A `not_before` that is impossibly far ahead is ignored: the clock has been set back since.
    """
    if state.gone:
        return False
    wait = state.not_before - now if state.not_before else timedelta(0)
    return not timedelta(0) < wait <= MAX_RETRY_AFTER + CAP


def local_due(source: Source, state: SourceState, now: datetime) -> SourceState:
    """The state of a file source with its next `due`; no publisher limits how often it is read."""
    return replace(state, due=now + (source.every or FILES_EVERY))


def with_due(
    source: Source,
    state: SourceState,
    hints: Hints,
    now: datetime,
    *,
    changed: bool,
    trusted_server: bool,
    unreachable: bool = False,
) -> SourceState:
    """The state of a web source with its next `due`, `not_before` and `interval`.

    `changed`: this reading brought something new. `trusted_server`: the server is in a network that
    the configuration allows; where `every` is configured too, only Retry-After limits the polling.
    `unreachable`: no connection was made. The operator's own network may have been down, so the
    wait grows to an hour at most, not to a day.
    """
    trusted_server = trusted_server and source.every is not None
    interval = _interval(state, changed=changed)
    wait = source.every or interval
    fresh_for = min(timedelta(seconds=hints.fresh_for), CAP)
    if trusted_server:
        fresh_for = timedelta(0)
    else:
        wait = _jitter(source.name, max(wait, FLOOR), now)
    if state.failures:
        max_wait = UNREACHABLE_CAP if unreachable else CAP
        wait = min(wait * 2 ** min(state.failures, 12), max(max_wait, wait))
    retry_after = min(timedelta(seconds=hints.retry_after), MAX_RETRY_AFTER)
    not_before = now + max(fresh_for, retry_after)
    due = max(now + wait, not_before)
    if not trusted_server:
        due = _outside_skipped(due, hints.skip_hours, hints.skip_days)
    return replace(
        state,
        due=None if state.gone else due,
        not_before=not_before if not_before > now else None,
        interval=int(interval.total_seconds()),
    )


def _interval(state: SourceState, *, changed: bool) -> timedelta:
    """The interval between polls: shorter after news, longer after none."""
    interval = timedelta(seconds=state.interval) if state.interval else DEFAULT_EVERY
    if state.failures or not state.interval:
        return interval
    return min(max(interval * (FASTER if changed else SLOWER), FLOOR), CAP)


def _jitter(name: str, wait: timedelta, now: datetime) -> timedelta:
    """The wait, longer by up to a tenth so that sources drift apart; deterministic."""
    seed = blake2b(f"{name} {now.isoformat()}".encode("utf-8", "replace"), digest_size=2).digest()
    return wait * (1 + int.from_bytes(seed) / 65_535 / 10)


def _outside_skipped(due: datetime, hours: Collection[int], days: Collection[int]) -> datetime:
    """The first time from `due` on that is outside the skipped hours and days."""
    if len(hours) >= 24 or len(days) >= 7:
        return due
    while due.hour in hours or due.weekday() in days:
        due = due.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return due
