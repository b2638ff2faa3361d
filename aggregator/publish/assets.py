"""Static files, published as they are, but for the white space of style sheets."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

STATIC = ("style.css", "feed.css", "page.js")
"""The style sheets and the script, which are published as files."""
# White space that means nothing, which no string in our style sheets has. In a selector there is
# none behind a colon, and before one it counts.
_SPACE = re.compile(rb"\s*\n\s*|(?<=:) | ?([{};,]) ?")


@cache
def asset(name: str) -> bytes:
    """The content of ``style.css`` and ``page.js`` (for pages) or ``feed.css`` (for feeds in a
    browser)."""
    data = resources.files("aggregator.publish").joinpath(f"templates/{name}").read_bytes()
    return _compact(data) if name.endswith(".css") else data


def _compact(style_sheet: bytes) -> bytes:
    """A style sheet of ours without its comments and without white space that means nothing."""
    head, *commented = style_sheet.split(b"/*")
    rules = head + b"".join(part.partition(b"*/")[2] for part in commented)
    return _SPACE.sub(rb"\1", rules)
