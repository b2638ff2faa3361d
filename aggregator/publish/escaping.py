"""Text that every format can hold: XML 1.0 and JSON as UTF-8.

The reader gives no other text. A string that came by another way, from an older store or by a
mistake, is made harmless here, so that one character cannot keep a feed from being written.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

from aggregator.model import CleanText

# What is no Char of XML 1.0 (section 2.2), and the noncharacters of Unicode (section 23.7).
_LAST_OF_PLANES = "".join(
    chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF)
)
_NO_CHARACTER = re.compile(
    f"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{_LAST_OF_PLANES}]"
)
# What may stand in a URI as it is: reserved and unreserved characters, and escapes (RFC 3986, 2).
_IN_URI = "%/:?#[]@!$&'()*+,;=-._~"
T = TypeVar("T")


def safe_text(text: str) -> str:
    """The text with U+FFFD for each character that no format can hold."""
    return text if text.isprintable() else _NO_CHARACTER.sub("\ufffd", text)


def safe(value: T) -> T:
    """A dataclass, or a tuple or text in it, with `safe_text` in place of every text."""
    changed: Any = value
    if isinstance(value, str):
        changed = safe_text(value)
    elif isinstance(value, tuple):
        items = tuple(map(safe, value))
        changed = items if any(a is not b for a, b in zip(items, value, strict=True)) else value
    elif is_dataclass(value) and not isinstance(value, type):
        before = {field.name: getattr(value, field.name) for field in fields(value)}
        after = {name: safe(item) for name, item in before.items()}
        differ = {name: item for name, item in after.items() if item is not before[name]}
        changed = replace(value, **differ) if differ else value
    return changed  # type: ignore[no-any-return]


def is_right_to_left(text: str) -> bool:
    """Whether the first letter that has a direction goes from right to left (Unicode Standard
    Annex 9, rules P2 and P3; what ``dir="auto"`` of HTML does)."""
    if text.isascii():
        return False
    directions = map(unicodedata.bidirectional, text)
    return next((kind != "L" for kind in directions if kind in ("L", "R", "AL")), False)


def uri(address: str) -> CleanText:
    """The address as a URI (RFC 3986, section 2): what is not ASCII is escaped as UTF-8 (RFC 3987,
    section 3.1), a host of other letters is written in its ASCII form (IDNA)."""
    if address.isascii() and address.isprintable() and " " not in address:
        return CleanText(address)
    try:
        parts = urlsplit(safe_text(address))
        host = parts.netloc.encode("idna").decode("ascii") if parts.netloc else ""
    except (UnicodeError, ValueError):
        return CleanText(quote(safe_text(address), safe=_IN_URI))
    path, query, fragment = (quote(part, safe=_IN_URI) for part in parts[2:])
    return CleanText(urlunsplit((parts.scheme, host, path, query, fragment)))
