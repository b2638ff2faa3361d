"""Text from outside: its kind, the one function that cleans it, and the type of cleaned text.

These are removed: C0 and C1 control characters (terminals obey them), lone surrogates (no database
or file takes them), the 66 non-characters of Unicode (section 23.7: not for interchange), marks
that change the direction of what follows (one text then looks like another), and stray byte order
marks. White space, line breaks included, becomes one space.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

CleanText = NewType("CleanText", str)
"""One line of bounded length that passed `clean_text`. It can be stored in any database, written as
UTF-8 and shown in a terminal."""

NO_WORDS = CleanText("")
"""The clean text that is empty: an article without an excerpt, a source without a title."""
MAX_NAME = 200
"""Characters of a name: of a publisher, an author, a topic or a source."""
MAX_TITLE = 500
"""Characters of a title: of an article, a feed, an entry of a digest or the site."""

_PLANE_ENDS = "".join(chr(plane << 16 | end) for plane in range(17) for end in (0xFFFE, 0xFFFF))
_UNCLEAN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1b\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufff9-\ufffb"
    "\u202a-\u202e\u2066-\u2069\ufeff" + _PLANE_ENDS + "]"
)
# C1 control characters stand for the characters of Windows-1252 with the same codes. HTML decodes
# references such as ``&#146;`` in this way (WHATWG HTML, 13.2.5.80), XML does not.
_WINDOWS_1252 = {
    code: bytes([code]).decode("windows-1252", "replace").replace("\ufffd", "")
    for code in range(0x80, 0xA0)
}
_LINE_END = re.compile("[\t\n\r\x1c-\x1f\u2028\u2029]")
_SPACES = re.compile(r"\s+")  # covers U+001C to U+001F, U+2028 and U+2029


def clean_text(text: str, limit: int = MAX_NAME) -> CleanText:
    """The text without unclean characters, in one line of at most `limit` characters. A longer one
    ends in "…". Markup and character references are not decoded."""
    if len(text) > 4 * limit:
        text = text[: 4 * limit]
    if not text.isprintable() or "  " in text:  # printable: neither controls nor other spaces
        text = _SPACES.sub(" ", _UNCLEAN.sub("", text.translate(_WINDOWS_1252)))
    text = text.strip()
    return CleanText(text if len(text) <= limit else text[: limit - 1].rstrip() + "…")


def without_control_characters(text: str) -> str:
    """The text of several lines without unclean characters; lines end with line feeds."""
    text = text.translate(_WINDOWS_1252).replace("\r\n", "\n")
    return _UNCLEAN.sub("", _LINE_END.sub(_line_end, text))


def _line_end(match: re.Match[str]) -> str:
    return "\t" if match[0] == "\t" else "\n"


def is_clean(text: str) -> bool:
    """Whether the text is one line without the characters that `clean_text` removes."""
    return not (_UNCLEAN.search(text) or _LINE_END.search(text))


def fold_text(text: str) -> str:
    """The text without differences of case, accents and width, for comparing: compatibility
    decomposition (Unicode NFKD), full case folding, no combining marks. What remains is decomposed:
    who needs composed characters (Hangul syllables) applies NFC."""
    if text.isascii():
        return text.casefold()
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in decomposed if not unicodedata.combining(c))


class TextKind(StrEnum):
    """How the characters of a text must be decoded.

    The parser of a format sets the kind, and cleaning uses it once: a text that is decoded twice
    loses what looks like markup.
    """

    PLAIN = "plain"
    """Every character stands for itself."""

    HTML = "html"
    """A fragment of HTML. The XHTML of Atom is converted to HTML before it gets this kind."""

    LABEL = "label"
    """Text without markup in which publishers leave character references (``Arts &amp; Life``):
    these are decoded once, and angle brackets stay."""

    UNSTATED = "unstated"
    """The format does not say it (titles and descriptions of RSS): HTML if it looks like HTML."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text as on the wire, with its kind."""

    value: str = ""
    kind: TextKind = TextKind.PLAIN

    def __bool__(self) -> bool:
        return bool(self.value)


NO_TEXT = Text()
