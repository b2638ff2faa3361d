"""What to do about a source that fails, in words."""

from __future__ import annotations

import re

# The first rule whose pattern is in the reason says what to do.
_RULES = (
    (r"410|gone", "remove it from the configuration, or give its new address"),
    (r"HTML page", "this is a page, not a feed: `aggregator sources add URL` finds its feed"),
    (r"HTTP 404", "check the address; `aggregator sources add` with the site's finds its feed"),
    (r"HTTP (401|403)", "the publisher refuses; ask them, or remove it"),
    (r"HTTP 429", "nothing: it is asked again when the publisher allows it"),
    (r"HTTP 5\d\d", "nothing: the publisher's server has a fault and is asked again later"),
    (r"refused: the address", "name its network in `fetch.allow_networks` if it is your own"),
    (r"redirect", "open the address in a browser and use the one where it ends"),
    (r"timed out|closed before|incomplete|truncated", "nothing: it is asked again later"),
    (r"Cannot connect|Name or service|cannot be fetched", "check the address and your network"),
    (r"no such file", "check the path in the configuration"),
    (r"not a feed|JSON|parse|empty|too large", "open the address and see what it is"),
)


def advice(reason: str) -> str:
    """What somebody can do about an error's reason; ``""`` where nothing is known."""
    return next((words for pattern, words in _RULES if re.search(pattern, reason, re.I)), "")
