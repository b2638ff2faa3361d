"""Titles for entries that have none."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from aggregator.model import Text
from aggregator.read.cleaning import clean

_LENGTH = 80  # characters


def title_from(text: Text, url: str) -> Text:
    """A title for an entry without one, which RSS and JSON Feed allow: its first words, else the
    last segment of its address, else the address."""
    try:
        name = unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])
    except ValueError:
        name = ""
    return Text(clean(text, _LENGTH) or name or url)
