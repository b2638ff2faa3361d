"""Text from outside: what its characters mean, and the type that says it was cleaned."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

CleanText = NewType("CleanText", str)
"""Text of one line that passed ``aggregator.read.text``: no control characters, no lone
surrogates, no non-characters, no marks that change the direction of what follows, of bounded
length. It can be stored in any database, written as UTF-8 and shown in a terminal."""

NO_WORDS = CleanText("")


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
