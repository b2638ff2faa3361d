"""Checks of URLs."""

from __future__ import annotations


def is_http_url(text: str) -> bool:
    """Whether the text starts with ``http://`` or ``https://``, in lower case."""
    return text.startswith(("http://", "https://"))
