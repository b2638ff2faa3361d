"""What the headers of an answer say of time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from aggregator.read.polite import Hints

_MAX_AGE = re.compile(r"(?:^|[,\s])(?:s-maxage|max-age)\s*=\s*\"?(\d{1,10})", re.I)
_LONG = 10**8  # seconds; the limits that are kept are much lower


def hints_of(headers: Mapping[str, str]) -> Hints:
    """Cache-Control max-age before Expires (RFC 9111, section 5.3); Retry-After in seconds or as
    a date (RFC 9110, section 10.2.3), which counts from the answer's own Date."""
    date = _date(headers.get("date", ""))
    control = headers.get("cache-control", "").lower()
    age = _MAX_AGE.search(control)
    if age is not None:
        fresh = int(age[1]) - _seconds(headers.get("age", ""))
    elif "no-cache" in control or "no-store" in control:
        fresh = 0
    else:
        fresh = _until(headers.get("expires", ""), date)
    return Hints(fresh_for=_bounded(fresh), retry_after=_bounded(_retry_after(headers, date)))


def _retry_after(headers: Mapping[str, str], date: datetime | None) -> int:
    value = headers.get("retry-after", "").strip()
    return _seconds(value) or _until(value, date)


def _seconds(value: str) -> int:
    value = value.strip()
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 12 else 0


def _until(value: str, date: datetime | None) -> int:
    """Seconds from the answer's Date to the one in `value`; 0 where either is missing."""
    then = _date(value)
    return int((then - date).total_seconds()) if then and date else 0


def _bounded(seconds: int) -> int:
    return min(max(seconds, 0), _LONG)


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return found if found.tzinfo else None
