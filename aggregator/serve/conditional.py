"""Conditional requests, as RFC 9110, section 13, orders them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime


def is_not_modified(headers: Mapping[str, str], etags: tuple[str, ...], modified: str) -> bool:
    """Whether 304 is the answer. If-None-Match decides alone where it is given.

    `etags` are those of all codings of the current representation; the comparison is weak.
    """
    condition = headers.get("if-none-match")
    if condition is not None:
        tags = {tag.strip().removeprefix("W/") for tag in condition.split(",")}
        return "*" in tags or bool(tags & set(etags))
    given_date = headers.get("if-modified-since")
    if given_date is None:
        return False
    since, current = _date(given_date), _date(modified)
    return since is not None and current is not None and current <= since


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
