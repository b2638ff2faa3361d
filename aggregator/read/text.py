"""The one way in for text: every string from outside becomes a ``CleanText`` here, once.

What is removed: C0 and C1 control characters (a terminal obeys them), lone surrogates (no
database and no file takes them), the 66 non-characters of Unicode (23.7: they are not for
interchange), the marks that change the direction of what follows (one text then looks like
another) and stray byte order marks. White space, line breaks included, becomes one space.
"""

from __future__ import annotations

import html
import re

from aggregator.model import CleanText, Text, TextKind
from aggregator.read.markup import joined_surrogates, looks_like_html, words_of

MAX_TITLE = 500
MAX_EXCERPT = 1_000
MAX_NAME = 200
MAX_REASON = 400
_MARKUP_FACTOR = 100  # markup of at most so many characters is looked at for one of text

_PLANE_ENDS = "".join(chr(plane << 16 | end) for plane in range(17) for end in (0xFFFE, 0xFFFF))
_UNCLEAN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1b\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufff9-\ufffb"
    "\u202a-\u202e\u2066-\u2069\ufeff" + _PLANE_ENDS + "]"
)
# What is meant by C1 control characters: the letters of Windows-1252 at their places. References
# such as ``&#146;`` are those of HTML (WHATWG HTML, 13.2.5.80), which XML takes by the letter.
_MEANT = {
    code: bytes([code]).decode("windows-1252", "replace").replace("\ufffd", "")
    for code in range(0x80, 0xA0)
}
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_SPACES = re.compile(r"\s+")  # covers U+001C to U+001F, U+2028 and U+2029


def clean_text(text: str, limit: int = MAX_NAME) -> CleanText:
    """The text in one line of at most `limit` characters; its characters stand for themselves."""
    if len(text) > 4 * limit:
        text = text[: 4 * limit]
    if not text.isprintable() or "  " in text:  # printable: neither controls nor other spaces
        text = _SPACES.sub(" ", _UNCLEAN.sub("", text.translate(_MEANT)))
    text = text.strip()
    return CleanText(text if len(text) <= limit else text[: limit - 1].rstrip() + "…")


def clean(text: Text, limit: int = MAX_NAME) -> CleanText:
    """The words of a text of any kind, in one line of at most `limit` characters."""
    value, kind = text.value, text.kind
    if not value:
        return CleanText("")
    if kind is TextKind.UNSTATED:
        kind = TextKind.HTML if looks_like_html(value) else TextKind.PLAIN
    if kind is TextKind.HTML:
        value = words_of(value[: _MARKUP_FACTOR * limit])
    elif kind is TextKind.LABEL and "&" in value:
        value = joined_surrogates(value[: _MARKUP_FACTOR * limit])
        value = _REFERENCE.sub(_character, value)
    return clean_text(value, limit)


def _character(reference: re.Match[str]) -> str:
    return html.unescape(reference[0])


def clean_reason(error: object) -> CleanText:
    """Words of an error, perhaps another library's, that quote what came from outside."""
    return clean_text(str(error), MAX_REASON)


def unchanged_if_clean(value: str, limit: int) -> CleanText:
    """An opaque value (RFC 9110, section 8.8) byte for byte, ``""`` where it is not clean text.

    A validator goes back as it came or not at all.
    """
    is_clean = len(value) <= limit and not _UNCLEAN.search(value)
    return CleanText(value if is_clean else "")
