"""What a feed says of when to ask again: ``ttl``, ``sy:updatePeriod``, skipHours and skipDays."""

from __future__ import annotations

from typing import Any

from aggregator.read.kinds.access import get, many, text
from aggregator.read.polite import DAYS, Hints

# RSS 1.0 syndication module: the feed changes `updateFrequency` times in each period.
_PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000,
            "yearly": 31_536_000}  # fmt: skip


def feed_hints(feed: Any) -> Hints:
    """The hints of a feed as either parser gives them. RSS 2.0 has its hours in GMT."""
    fresh = max(_whole(text(feed, "ttl")) * 60, _period(feed))
    hours = {_whole(str(hour)) % 24 for hour in many(feed, "skiphours")}
    days = {DAYS.index(day) for name in many(feed, "skipdays")
            if (day := str(name).strip().lower()) in DAYS}  # fmt: skip
    return Hints(fresh_for=fresh, skip_hours=frozenset(hours), skip_days=frozenset(days))


def _period(feed: Any) -> int:
    syndication = get(feed, "syndication")
    period = getattr(syndication, "update_period", "") or text(feed, "sy_updateperiod")
    often = getattr(syndication, "update_frequency", "") or text(feed, "sy_updatefrequency")
    return _PERIODS.get(period.strip().lower(), 0) // max(_whole(str(often)), 1)


def _whole(value: str) -> int:
    value = value.strip()
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 9 else 0
