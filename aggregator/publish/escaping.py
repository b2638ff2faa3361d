"""Makes text and URLs safe for every format: XML 1.0, and JSON in UTF-8.

``read`` produces only such text. Text from an older store, or from a bug, is made safe here, so
that one character cannot prevent a feed from being written.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

from aggregator.identify import without_tracking
from aggregator.model import CleanText

# All that is not a Char of XML 1.0 (section 2.2), and the noncharacters of Unicode (section 23.7).
_LAST_OF_PLANES = "".join(
    chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF)
)
_INVALID = re.compile(
    f"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{_LAST_OF_PLANES}]"
)
# Characters that are not escaped: reserved, unreserved, and the beginning of an escape (RFC 3986,
# section 2).
_VALID_IN_URI = "%/:?#[]@!$&'()*+,;=-._~"
T = TypeVar("T")


def safe_text(text: str) -> str:
    """The text with U+FFFD in place of each character that some format cannot contain."""
    return text if text.isprintable() else _INVALID.sub("\ufffd", text)


def safe(value: T) -> T:
    """A text, tuple or dataclass with `safe_text` applied to every text in it; other values are
    returned unchanged. If nothing changes, the value itself is returned."""
    result: Any = value
    if isinstance(value, str):
        result = safe_text(value)
    elif isinstance(value, tuple):
        items = tuple(map(safe, value))
        result = items if any(a is not b for a, b in zip(items, value, strict=True)) else value
    elif is_dataclass(value) and not isinstance(value, type):
        old = {field.name: getattr(value, field.name) for field in fields(value)}
        new = {name: safe(item) for name, item in old.items()}
        changed = {name: item for name, item in new.items() if item is not old[name]}
        result = replace(value, **changed) if changed else value
    return result  # type: ignore[no-any-return]


def is_right_to_left(text: str) -> bool:
    """Whether the first character with a direction is written from right to left (Unicode Standard
    Annex 9, rules P2 and P3; HTML's ``dir="auto"`` does the same)."""
    if text.isascii():
        return False
    directions = map(unicodedata.bidirectional, text)
    return next((kind != "L" for kind in directions if kind in ("L", "R", "AL")), False)


def uri(address: str) -> CleanText:
    """The URL as a URI (RFC 3986, section 2): characters outside ASCII are escaped as UTF-8 (RFC
    3987, section 3.1), and an international host is written in its ASCII form (IDNA)."""
    if address.isascii() and address.isprintable() and " " not in address:
        return CleanText(address)
    try:
        parts = urlsplit(safe_text(address))
        host = parts.netloc.encode("idna").decode("ascii") if parts.netloc else ""
    except (UnicodeError, ValueError):
        return CleanText(quote(safe_text(address), safe=_VALID_IN_URI))
    path, query, fragment = (quote(part, safe=_VALID_IN_URI) for part in parts[2:])
    return CleanText(urlunsplit((parts.scheme, host, path, query, fragment)))


def link_uri(address: str) -> CleanText:
    """The URI of a link that is shown to readers: without what only tells where they came from."""
    return CleanText(without_tracking(uri(address)))
