"""Polling hints from the headers of a response."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from aggregator.read.polling import Hints

_MAX_CONTROL = 2_000  # characters
_LONG = 10**8  # seconds; the limits that ``polling`` applies are much lower


def hints_of(headers: Mapping[str, str]) -> Hints:
    """Cache-Control max-age before Expires (RFC 9111, section 5.3), neither with
    no-cache; s-maxage is for shared caches alone (5.2.2.10), which this is not. Retry-After in
    seconds or as a date (RFC 9110, section 10.2.3), which counts from the Date of the response."""
    date = _date(headers.get("date", ""))
    directives = _directives(headers.get("cache-control", ""))
    if "no-cache" in directives or "no-store" in directives:
        fresh = 0
    elif "max-age" in directives:
        fresh = _seconds(directives["max-age"]) - _seconds(headers.get("age", ""))
    else:
        fresh = _until(headers.get("expires", ""), date)
    return Hints(fresh_for=_bounded(fresh), retry_after=_bounded(_retry_after(headers, date)))


def _directives(control: str) -> dict[str, str]:
    """The directives of Cache-Control (RFC 9111, section 5.2), the first of each name; an argument
    may be a token or in quotes. ``no-cache="field"`` is about that field alone."""
    directives: dict[str, str] = {}
    for part in control[:_MAX_CONTROL].split(","):
        name, equals, value = part.strip().partition("=")
        name = name.strip().lower()
        if not (name == "no-cache" and equals):
            directives.setdefault(name, value.strip().strip('"'))
    return directives


def _retry_after(headers: Mapping[str, str], date: datetime | None) -> int:
    value = headers.get("retry-after", "").strip()
    return _seconds(value) or _until(value, date)


def _seconds(value: str) -> int:
    value = value.strip()
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 20 else 0


def _until(value: str, date: datetime | None) -> int:
    """Seconds from the Date of the response to the one in `value`; 0 where either is missing."""
    then = _date(value)
    return int((then - date).total_seconds()) if then and date else 0


def _bounded(seconds: int) -> int:
    return min(max(seconds, 0), _LONG)


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else None
