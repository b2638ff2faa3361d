"""When a source may and will be read again: the manners of a client that publishers do not mind.

Two times come of each reading. `not_before` is the publisher's word: Retry-After, and the
freshness that Cache-Control, Expires, ``<ttl>`` or ``sy:updatePeriod`` tell; nothing but a person's
explicit wish asks earlier. `due` is when we ask: at the source's own pace, never before that.
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
FLOOR = timedelta(minutes=15)
CAP = timedelta(hours=24)
UNREACHABLE_CAP = timedelta(hours=1)
LONGEST_REST = timedelta(days=7)  # what a Retry-After can ask for
SLOWER, FASTER = 1.25, 0.7
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Hints:
    """What a publisher says of time. `fresh_for` and `retry_after` in seconds; hours in UTC
    (0..23) and days (0 is Monday) in which nobody should ask (RSS 2.0 skipHours, skipDays)."""

    fresh_for: int = 0
    retry_after: int = 0
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


NO_HINTS = Hints()


def shortest_pace(source: Source) -> timedelta:
    """The shortest time between two readings of a source."""
    if not is_http_url(source.location):
        return source.every or FILES_EVERY
    return source.every or FLOOR


def may_ask(state: SourceState, now: datetime) -> bool:
    """Whether the publisher has nothing against a request now. A time that lies impossibly far
    ahead is that of a clock which has been set back since."""
    if state.gone:
        return False
    wait = state.not_before - now if state.not_before else timedelta(0)
    return not timedelta(0) < wait <= LONGEST_REST + CAP


def local_due(source: Source, state: SourceState, now: datetime) -> SourceState:
    """Own files may be looked at as often as one likes."""
    return replace(state, due=now + (source.every or FILES_EVERY))


def with_due(
    source: Source,
    state: SourceState,
    hints: Hints,
    now: datetime,
    *,
    changed: bool,
    own: bool,
    unreachable: bool = False,
) -> SourceState:
    """The state of a web source with its next times.

    `changed`: this reading brought something new. `own`: the server is in a network that the
    configuration allows by name; where its owner says how often, only Retry-After is obeyed.
    `unreachable`: no connection came about; perhaps our own network was down, so that the wait
    does not grow to a day.
    """
    own = own and source.every is not None
    pace = _pace(state, changed=changed)
    wait = source.every or pace
    fresh = min(timedelta(seconds=hints.fresh_for), CAP)
    if own:
        fresh = timedelta(0)
    else:
        wait = _jitter(source.name, max(wait, FLOOR), now)
    if state.failures:
        longest = UNREACHABLE_CAP if unreachable else CAP
        wait = min(wait * 2 ** min(state.failures, 12), max(longest, wait))
    rest = min(timedelta(seconds=hints.retry_after), LONGEST_REST)
    not_before = now + max(fresh, rest)
    due = max(now + wait, not_before)
    if not own:
        due = _outside(due, hints.skip_hours, hints.skip_days)
    return replace(
        state,
        due=None if state.gone else due,
        not_before=not_before if not_before > now else None,
        interval=int(pace.total_seconds()),
    )


def _pace(state: SourceState, *, changed: bool) -> timedelta:
    """How often the source seems to change: faster after news, slower after none."""
    pace = timedelta(seconds=state.interval) if state.interval else DEFAULT_EVERY
    if state.failures or not state.interval:
        return pace
    return min(max(pace * (FASTER if changed else SLOWER), FLOOR), CAP)


def _jitter(name: str, wait: timedelta, now: datetime) -> timedelta:
    """Up to a tenth more, so that sources drift apart; the same for the same input."""
    seed = blake2b(f"{name} {now.isoformat()}".encode("utf-8", "replace"), digest_size=2).digest()
    return wait * (1 + int.from_bytes(seed) / 65_535 / 10)


def _outside(due: datetime, hours: Collection[int], days: Collection[int]) -> datetime:
    """The first time from `due` on that is in none of the hours and days to skip."""
    if len(hours) >= 24 or len(days) >= 7:
        return due
    while due.hour in hours or due.weekday() in days:
        due = due.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return due
