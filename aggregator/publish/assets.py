"""Static files, published as they are, but for the white space of style sheets."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

STATIC = ("style.css", "feed.css", "page.js")
"""The style sheets and the script, which are published as files."""
# Comments, and line breaks with what is around them. No string in our style sheets has one.
_NOT_SENT = re.compile(rb"/\*.*?\*/|\s*\n\s*", re.DOTALL)


@cache
def asset(name: str) -> bytes:
    """The content of ``style.css`` and ``page.js`` (for pages) or ``feed.css`` (for feeds in a
    browser)."""
    data = resources.files("aggregator.publish").joinpath(f"templates/{name}").read_bytes()
    return _NOT_SENT.sub(b"", data) if name.endswith(".css") else data
