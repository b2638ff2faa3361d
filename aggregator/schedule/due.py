"""The due policy: when a source is polled next, as a function of its state and the time."""

from __future__ import annotations

from datetime import datetime, timedelta

from aggregator.model import Source, SourceState

MAX_DUE_AHEAD = timedelta(days=8)
"""A day more than the longest wait of the polling policy (7 days)."""
CLOCK_SKEW = timedelta(minutes=1)
"""How far clocks may be set back without every source being polled again."""


def is_due(source: Source, state: SourceState | None, now: datetime) -> bool:
    """Whether a source must be polled: it was never read, its location changed, or its due time has
    come. A source that is gone (410) is never due. If the clock was set back, so that the last poll
    lies in the future or the due time impossibly far ahead, the source is due."""
    if state is None or (state.location and state.location != source.location):
        return True
    if state.gone:
        return False
    if state.checked is not None and state.checked - now > CLOCK_SKEW:
        return True
    return state.due is None or state.due <= now or state.due - now > MAX_DUE_AHEAD
