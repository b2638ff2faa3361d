"""Text from outside: what its characters mean, the one function that cleans it, and the type
that says that it did.

What is removed: C0 and C1 control characters (a terminal obeys them), lone surrogates (no
database and no file takes them), the 66 non-characters of Unicode (23.7: they are not for
interchange), the marks that change the direction of what follows (one text then looks like
another) and stray byte order marks. White space, line breaks included, becomes one space.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

CleanText = NewType("CleanText", str)
"""Text of one line that passed `clean_text`: no control characters, no lone
surrogates, no non-characters, no marks that change the direction of what follows, of bounded
length. It can be stored in any database, written as UTF-8 and shown in a terminal."""

NO_WORDS = CleanText("")
MAX_NAME = 200

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
_LINE_END = re.compile("[\t\n\r\x1c-\x1f\u2028\u2029]")
_SPACES = re.compile(r"\s+")  # covers U+001C to U+001F, U+2028 and U+2029


def clean_text(text: str, limit: int = MAX_NAME) -> CleanText:
    """The text in one line of at most `limit` characters; its characters stand for themselves."""
    if len(text) > 4 * limit:
        text = text[: 4 * limit]
    if not text.isprintable() or "  " in text:  # printable: neither controls nor other spaces
        text = _SPACES.sub(" ", _UNCLEAN.sub("", text.translate(_MEANT)))
    text = text.strip()
    return CleanText(text if len(text) <= limit else text[: limit - 1].rstrip() + "…")


def is_clean(text: str) -> bool:
    """Whether the text holds none of the characters that `clean_text` removes, and is one line."""
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
    """What the characters of a text mean.

    The kind is decided where the format is known, and used once, where the text is cleaned:
    a text that is decoded twice loses what looks like markup.
    """

    PLAIN = "plain"
    """Every character stands for itself."""

    HTML = "html"
    """A fragment of HTML. The XHTML of Atom is HTML by the time it gets this kind."""

    LABEL = "label"
    """Words without markup, in which publishers leave character references (``Arts &amp; Life``):
    these are decoded, once, and angle brackets stay."""

    UNSTATED = "unstated"
    """The format does not say (titles and descriptions of RSS): HTML where it looks like HTML."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text as it is on the wire, and what its characters mean."""

    value: str = ""
    kind: TextKind = TextKind.PLAIN

    def __bool__(self) -> bool:
        return bool(self.value)


NO_TEXT = Text()
