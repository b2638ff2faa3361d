"""When to read a source again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from aggregator.model import Reading

DEFAULT_EVERY = timedelta(minutes=60)
FILES_EVERY = timedelta(minutes=1)
FLOOR = timedelta(minutes=15)
CAP = timedelta(hours=24)


def with_due(reading: Reading, now: datetime, *, local: bool, private: bool) -> Reading:
    """The reading with its source's next time.

    Own files may be looked at as often as one likes, and so may servers in networks that the
    configuration allows by name; nobody else's more often than every 15 minutes. After failures
    the time doubles each time, up to a day.
    """
    source, state = reading.source, reading.state
    every = source.every or (FILES_EVERY if local else DEFAULT_EVERY)
    if not (local or private):
        every = max(every, FLOOR)
    if state.failures and not local:
        every = min(every * 2 ** min(state.failures, 10), max(CAP, every))
    return replace(reading, state=replace(state, due=now + every))
