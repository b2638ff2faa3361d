"""Static files, published without changes."""

from __future__ import annotations

from functools import cache
from importlib import resources

STATIC = ("style.css", "feed.css", "page.js")
"""The style sheets and the script, which are published as files."""


@cache
def asset(name: str) -> bytes:
    """The content of ``style.css`` and ``page.js`` (for pages) or ``feed.css`` (for feeds in a
    browser)."""
    return resources.files("aggregator.publish").joinpath(f"templates/{name}").read_bytes()
