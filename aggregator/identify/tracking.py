"""Links without what counts their readers.

A link is changed as little as possible: parameters that are known to say only where a reader came
from are cut out, all else stays as it is, byte for byte. (The canonical URL changes more, but is
not a link to follow.)
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from aggregator.identify import rules

# A parameter with which a server signs the others of a URL: without one of them it would refuse it.
_SIGNATURE = re.compile(
    r"(?:^|[-_.])(?:sig|sign|signed|signature|hmac|hash|digest|token|policy|key-pair-id|"
    r"expires|checksum|md5|sha1|sha256)$",
    re.I,
)


# Parameters of which the canonical URL knows nothing: another key would make a new article of each.
_ONLY_IN_LINKS = frozenset(("maca",))  # Deutsche Welle: the feed from which a reader came
# Names whose value ``rss`` may ask for the feed itself.
_FEED_PARAMETERS = rules.FEED_PARAMETERS - {"feed", "rss"}


def without_tracking(url: str) -> str:
    """The URL without the parameters that are known to be tracking (``rules``), in its query and in
    a fragment that has only such. A URL that is signed stays as it is."""
    if "?" not in url and "#" not in url:
        return url
    address, hash_sign, fragment = url.partition("#")
    address, question_mark, query = address.partition("?")
    pairs = query.split("&") if query else []
    if any(_SIGNATURE.search(_name(pair)) for pair in pairs):
        return url
    kept = [pair for pair in pairs if not _is_tracking(pair)]
    if len(kept) != len(pairs):
        question_mark, query = "?" if kept else "", "&".join(kept)
    if fragment and all(map(_is_tracking, fragment.removeprefix("?").split("&"))):
        hash_sign = fragment = ""
    return f"{address}{question_mark}{query}{hash_sign}{fragment}"


def _name(pair: str) -> str:
    return unquote(pair.partition("=")[0]).lower()


def _is_tracking(pair: str) -> bool:
    name, value = _name(pair), pair.partition("=")[2].lower()
    if name in _FEED_PARAMETERS and value.startswith(rules.FEED_VALUE_PREFIXES):
        return True
    return "=" in pair and (
        name in rules.TRACKING_PARAMETERS
        or name in _ONLY_IN_LINKS
        or name.startswith(rules.TRACKING_PREFIXES)
    )
