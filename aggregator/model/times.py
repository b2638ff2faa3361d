"""Formats of times."""

from __future__ import annotations

from datetime import UTC, datetime


def rfc3339(moment: datetime) -> str:
    """An aware time in UTC and whole seconds (RFC 3339, section 5.6): ``2026-11-25T08:00:00Z``."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
