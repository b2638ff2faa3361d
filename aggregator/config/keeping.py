"""How long stories are kept: `keep`, held against the windows that need them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from aggregator.config.mistakes import Mistakes
from aggregator.config.sections import ConfigFile

COVERAGE_GRACE = timedelta(days=30)
"""How much longer than the longest window of a feed articles take part: coverage goes on coming for
days after a story has left the window."""
_WEEKLY = timedelta(days=63)  # a weekly digest has the last eight weeks that are over
_DAILY = timedelta(days=15)
_DEFAULT = timedelta(days=90)


def keep_of(
    checked: ConfigFile, windows: Iterable[timedelta | None], mistakes: Mistakes
) -> timedelta | None:
    """How long a story is kept after it last changed; None for ever. Adds a mistake where a feed
    needs its stories for longer. `windows` are those of all feeds (None: no limit)."""
    needed = shortest_keep(
        windows, [checked.all.digest, *(topic.digest for topic in checked.topics)]
    )
    if "keep" not in checked.model_fields_set:
        return None if needed is None else max(_DEFAULT, needed)
    if checked.keep is None:
        return None
    if needed is None:
        reason = "must be `all` or left out, since a `window` is `all`: its feed needs all stories"
        mistakes.add(("keep",), reason)
    elif checked.keep < needed:
        reason = (
            f"must be at least {_days(needed)}: the longest `window` of a feed and the "
            f"{_days(COVERAGE_GRACE)} after it in which coverage still comes, and 63d for a weekly "
            "digest"
        )
        mistakes.add(("keep",), reason)
    return checked.keep


def shortest_keep(
    windows: Iterable[timedelta | None], digests: Iterable[str | None]
) -> timedelta | None:
    """How long stories are needed; None for ever. `digests` are ``daily``, ``weekly`` or None."""
    longest = timedelta(0)
    for window in windows:
        if window is None:
            return None
        longest = max(longest, window)
    lengths = {"weekly": _WEEKLY, "daily": _DAILY}
    return max(longest + COVERAGE_GRACE, *(lengths.get(d or "", longest) for d in digests), longest)


def _days(span: timedelta) -> str:
    return f"{span.total_seconds() / 86_400:.3f}".rstrip("0").rstrip(".") + "d"
