"""The range and the text form of times."""

from __future__ import annotations

from datetime import UTC, datetime

EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
LATEST = datetime(9999, 12, 30, tzinfo=UTC)
"""The range of times: a day within that of ``datetime``, so that no time zone leads beyond it."""


def rfc3339(moment: datetime) -> str:
    """An aware time in UTC and whole seconds (RFC 3339, section 5.6): ``2026-11-25T08:00:00Z``."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def day_number(moment: datetime) -> int:
    """The day of an aware time (UTC), in days since 1970-01-01."""
    return int(moment.timestamp()) // 86_400
