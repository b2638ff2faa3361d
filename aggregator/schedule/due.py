"""The due policy: when a source is polled next, as a function of its state and the time."""

from __future__ import annotations

from datetime import datetime, timedelta

from aggregator.model import Source, SourceState

MAX_DUE_AHEAD = timedelta(days=8)
CLOCK_SKEW = timedelta(minutes=1)


def is_due(source: Source, state: SourceState | None, now: datetime) -> bool:
    """Whether a source must be polled: it was never read, or its due time has come. A due time is
    not believed where the clock was set back: the source was read in what is the future now, or is
    due impossibly far ahead. A source that is gone (410) is never due."""
    if state is None or (state.location and state.location != source.location):
        return True
    if state.gone:
        return False
    if state.checked is not None and state.checked - now > CLOCK_SKEW:
        return True
    return state.due is None or state.due <= now or state.due - now > MAX_DUE_AHEAD
