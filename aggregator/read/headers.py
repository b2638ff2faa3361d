"""Polling hints from the headers of a response."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from aggregator.read.polling import Hints

_MAX_CONTROL = 2_000  # characters of Cache-Control that are read
_MAX_SECONDS = 10**8  # keeps numbers small; ``polling`` applies much lower limits


def hints_of(headers: Mapping[str, str]) -> Hints:
    """The hints of a response. `headers` must be looked up in lower case.

    Cache-Control max-age precedes Expires (RFC 9111, section 5.3), and no-cache overrules both;
    s-maxage is only for shared caches (5.2.2.10). Retry-After is in seconds or a date (RFC 9110,
    section 10.2.3), which counts from the Date of the response.
    """
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
    may be a token or quoted. ``no-cache="field"`` applies only to that field and is left out."""
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
    """The seconds from `date` to the date in `value`; 0 where either is missing."""
    end = _date(value)
    return int((end - date).total_seconds()) if end and date else 0


def _bounded(seconds: int) -> int:
    return min(max(seconds, 0), _MAX_SECONDS)


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else None
