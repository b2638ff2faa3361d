"""Titles for what has none."""

from __future__ import annotations

from urllib.parse import urlsplit

from aggregator.read.clean import text_of_html

_WORDS = 80  # characters


def title_from(markup: str, url: str) -> str:
    """A title for an entry without one (RSS and JSON Feed allow that): its first words, else the
    last part of its address."""
    return text_of_html(markup, _WORDS) or urlsplit(url).path.rstrip("/").rpartition("/")[2] or url
