"""Conditional requests (RFC 9110, section 13)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime


def is_not_modified(headers: Mapping[str, str], etags: tuple[str, ...], modified: str) -> bool:
    """Whether the response is 304 (RFC 9110, section 13.2.2): If-None-Match decides alone if it is
    present, else If-Modified-Since.

    `headers` have lower-case names. `etags` are those of all codings of the current representation,
    and are compared weakly; `modified` is the value of Last-Modified.
    """
    condition = headers.get("if-none-match")
    if condition is not None:
        tags = {tag.strip().removeprefix("W/") for tag in condition.split(",")}
        return "*" in tags or bool(tags & set(etags))
    modified_since = headers.get("if-modified-since")
    if modified_since is None:
        return False
    since, current = _date(modified_since), _date(modified)
    return since is not None and current is not None and current <= since


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
