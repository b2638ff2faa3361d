"""Dates as feeds and story files write them."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any


def date_of(value: Any) -> datetime | None:
    """ISO 8601 (RFC 3339) or RFC 822; None where it is no date. A zone may be missing."""
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
