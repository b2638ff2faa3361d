"""Static files, published without changes."""

from __future__ import annotations

from functools import cache
from importlib import resources

STYLES = ("style.css", "feed.css")
"""The style sheets that are published as files. (Only live pages use ``live.js``.)"""


@cache
def asset(name: str) -> bytes:
    """The content of ``style.css`` (for pages), ``feed.css`` (for feeds in a browser) or
    ``live.js``."""
    return resources.files("aggregator.publish").joinpath(f"templates/{name}").read_bytes()
