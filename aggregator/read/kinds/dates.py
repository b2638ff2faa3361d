"""Parse the dates of feeds, sitemaps and story files, in the forms that publishers use.

RFC 3339 and the rest of ISO 8601 that W3CDTF and feeds use; RFC 822, 2822 and 850, asctime, and
the same without a weekday, zone, seconds or spaces; month names of 25 languages
(``date_names``). Year 1, 1900 and 1970-01-01 are default values of programs and count as no
date.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

from aggregator.read.kinds.date_names import MERIDIANS, MONTHS, ZONES

_MAX_LENGTH = 120
_FIRST_YEAR, _LAST_YEAR = 1901, 9998  # conversion to UTC must not leave the years of datetime
_EPOCH = date(1970, 1, 1)

_RFC822 = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d)"
    r" (?:GMT|UTC|Z|([+-])([01]\d)([0-5]\d))",
    re.ASCII,
)
_ISO = re.compile(
    r"([+-]?\d{4})(?:-?(\d{2})(?:-?(\d{2}))?|-?(\d{3})|-?W(\d{2})(?:-?(\d))?)?(?![\d/.:])",
    re.ASCII | re.I,
)
_CLOCK = re.compile(
    r"(?<!\d)(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:[.,:]\d{1,12})?)?(?![\d:])"
    r"|(?<=T)(\d{2})(\d{2})(\d{2})?(?:[.,]\d{1,12})?(?!\d)",
    re.ASCII | re.I,
)
_OFFSET = re.compile(
    r"(?:(?:GMT|UTC|UT|Z)\s{0,2})?([+\-\u2212])\s{0,1}(\d{1,2})(?::?(\d{2}))?(?::?\d{2})?(?!\d)"
)
_TOKEN = re.compile(r"\d+|[^\W\d_]{1,20}\.?", re.UNICODE)
_COMPACT = re.compile(r"(\d{8})(\d{6})", re.ASCII)
_CJK = re.compile(r"(\d{4})\s{0,2}[年년]\s{0,2}(\d{1,2})\s{0,2}[月월]\s{0,2}(\d{1,2})\s{0,2}[日일]")
_NUMERIC = re.compile(r"(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})(?!\d)", re.ASCII)


def date_of(value: object) -> datetime | None:
    """The time that a text states; None for any other text, for the default value
    of a program, and for a value that is not text.

    Without a zone the result is naive, and the caller reads it as UTC.
    """
    moment = any_date_of(value)
    return moment if moment and _is_publication(moment) else None


def any_date_of(value: object) -> datetime | None:
    """As `date_of`, but also for default values of programs such as 1970-01-01."""
    if not isinstance(value, str):
        return None
    text = value.strip()
    try:
        return _quick(text) or _parsed(text[:_MAX_LENGTH])
    except (ValueError, OverflowError):
        return None


def _quick(text: str) -> datetime | None:
    """The common forms of RFC 3339 and RFC 822, without the slower patterns."""
    if len(text) in (20, 25) and text[10] == "T" and text[4] == "-":
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return None
    rfc822 = _RFC822.fullmatch(text)
    month = MONTHS.get(rfc822[2].lower()) if rfc822 else None
    if rfc822 is None or month is None:
        return None
    day, year, hour, minute, second = (int(rfc822[group]) for group in (1, 3, 4, 5, 6))
    zone = UTC
    if rfc822[7]:
        minutes = int(rfc822[8]) * 60 + int(rfc822[9])
        zone = timezone(timedelta(minutes=minutes if rfc822[7] == "+" else -minutes))
    return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)


def _is_publication(moment: datetime) -> bool:
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return False
    return abs(moment.date() - _EPOCH) > timedelta(days=1) or moment.date() > _EPOCH


def _parsed(text: str) -> datetime | None:
    if compact := _COMPACT.fullmatch(text):
        text = f"{compact[1]}T{compact[2]}"
    if match := _CJK.search(text):
        year, month, number = map(int, match.groups())
        return _at(date(year, month, number), text[match.end() :])
    iso = _ISO.match(text)
    if iso is not None and (iso.end() > 4 or iso.end() == len(text)):
        day = _iso_day(iso)
        return _at(day, text[iso.end() :]) if day else None
    if match := _NUMERIC.match(text):
        return _at(_numeric_day(match), text[match.end() :])
    return _by_words(text)


def _iso_day(match: re.Match[str]) -> date | None:
    """The day of an ISO 8601 date; the first day of a month or year without one."""
    year = int(match[1])
    if match[4]:
        ordinal = int(match[4])
        first = date(year, 1, 1)
        return first + timedelta(days=ordinal - 1) if 1 <= ordinal <= 366 else None
    if match[5]:
        return date.fromisocalendar(year, int(match[5]), int(match[6] or 1))
    return date(year, int(match[2] or 1), int(match[3] or 1))


def _numeric_day(match: re.Match[str]) -> date:
    """``2026/3/9``, ``26-03-09`` and ``9.3.2026``; with slashes the month comes first, unless it
    cannot."""
    first, second, third = (int(group) for group in match.groups())
    if len(match[1]) == 4 or ("-" in match[0] and len(match[3]) < 4):
        return date(_full_year(first, len(match[1])), second, third)
    day, month = (second, first) if "/" in match[0] and first <= 12 else (first, second)
    return date(_full_year(third, len(match[3])), month, day)


def _full_year(year: int, digits: int) -> int:
    """RFC 2822, section 4.3: two digits from 50 on are the last century."""
    if digits > 2:
        return year + 1900 if digits == 3 else year
    return year + (2000 if year < 50 else 1900)


def _by_words(text: str) -> datetime | None:
    """RFC 822 and similar forms: a day, the name of a month and a year in any order, then the
    time."""
    clock = _CLOCK.search(text)
    day_part = text[: clock.start()] if clock else text
    rest = text[clock.end() :] if clock else ""
    day, month, year = _words_of_day(day_part)
    if year is None and clock:  # asctime has the year after the time
        year = _year_after(rest)
    if day is None or month is None or year is None:
        return None
    return _at(date(year, month, day), text[clock.start() :] if clock else _zone_part(day_part))


def _words_of_day(text: str) -> tuple[int | None, int | None, int | None]:
    day = month = year = None
    for token in _TOKEN.findall(text):
        if token.isdecimal():
            if day is None and len(token) <= 2 and 1 <= int(token) <= 31:
                day = int(token)
            elif year is None and (len(token) in (2, 4) or (len(token) == 3 and day)):
                year = _full_year(int(token), len(token))
        else:  # the last one: some names of weekdays are also names of months
            month = _month(token) or month
    return day, month, year


def _month(token: str) -> int | None:
    """The number of a month by its name or the beginning of it."""
    name = token.casefold().rstrip(".")
    return MONTHS.get(name) or MONTHS.get(name[:4]) or MONTHS.get(name[:3])


def _year_after(text: str) -> int | None:
    years = re.findall(r"(?<![\d+-])\d{4}(?!\d)", text[:40])
    return int(years[-1]) if years else None


def _zone_part(text: str) -> str:
    return text if _OFFSET.search(text) else ""


def _at(day: date, rest: str) -> datetime | None:
    """The day at the time and in the zone that the rest of the text names."""
    clock = _CLOCK.search(rest)
    hour = minute = second = 0
    if clock:
        parts = clock.groups()
        hour, minute = int(parts[0] or parts[3]), int(parts[1] or parts[4])
        second = int(parts[2] or parts[5] or 0)
        rest = rest[clock.end() :]
        hour = _meridian(hour, rest)
    days, hour = (1, 0) if (hour, minute, second) == (24, 0, 0) else (0, hour)
    zone = _zone(rest) if clock else None
    second = min(second, 59)  # a leap second
    moment = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=zone)
    return moment + timedelta(days=days)


def _meridian(hour: int, rest: str) -> int:
    name = rest.strip()[:4].casefold().replace(".", "")
    half = next((half for meridian, half in MERIDIANS.items() if name.startswith(meridian)), None)
    return hour if half is None or hour > 12 else hour % 12 + half


def _zone(text: str) -> timezone | None:
    """The zone of an offset or a name; None where there is neither."""
    match = _OFFSET.search(text)
    if match and int(match[2]) <= 14 and int(match[3] or 0) < 60:
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        return timezone(timedelta(minutes=minutes if match[1] == "+" else -minutes))
    for token in _TOKEN.findall(text):
        hours = ZONES.get(token.upper().rstrip("."))
        if hours is not None:
            return timezone(timedelta(hours=hours)) if hours else UTC
    return None
