"""Text to terms, by which articles in any script are compared.

A term is the beginning of a word without differences of case, accents and width; a number with its
decimals; or a pair of characters in scripts that are written without spaces. Chinese is compared in
simplified characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from sys import intern
from typing import NamedTuple

from aggregator.model import fold_text

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai and Lao, Burmese, Khmer
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"  # kana, Han, Hangul
)
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_RUN = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")
# A number with its decimals and unit ("2.6bn", "3.125%", "v1.2.0"), else a word; parts of a word
# that an apostrophe joins are one match. Every alternative begins with another character class or
# is tried once per position, so the time is linear in the text.
_TOKEN = re.compile(r"[vV]?\d+(?:[.,:]\d+)+(?:%|[^\W\d_]*)|[^\W_]+(?:['\u2019`\u02bc][^\W_]+)*")
_APOSTROPHE = re.compile(r"['\u2019`\u02bc]")
_NUMBER = re.compile(r"(\d+(?:[.,:]\d+)*)(%|[^\W\d_]*)")
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:[,.]\d{3})+")
_ABBREVIATION = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_UNITS = {
    "k": "thousand",
    "m": "million",
    "mn": "million",
    "mln": "million",
    "mio": "million",
    "b": "billion",
    "bn": "billion",
    "mrd": "billion",
    "t": "trillion",
    "tn": "trillion",
}
_STEM = 6
"""Characters of a word that count: most languages inflect at the end of words. Does not matter from
5 to 7 (decision 4)."""
_STOPS = frozenset(".!?\u2026:\u3002\n\u2013\u2014|")
MAX_CHARACTERS = 1_200
"""Characters of a text that are read."""


class Word(NamedTuple):
    """A term of a text. `surface` is the word as written; `starts` is true for the first word of a
    sentence, which is capitalised in any case; `unspaced` is true for a pair of characters."""

    term: str
    surface: str
    starts: bool = False
    unspaced: bool = False

    @property
    def is_number(self) -> bool:
        """Whether the term is a number."""
        return self.term[0].isdigit()


def words(text: str, simplified: Mapping[int, int] | None = None) -> list[Word]:
    """The words of the first 1,200 characters of a text, in order.

    `simplified` maps code points of traditional Chinese characters to simplified ones.
    """
    text = text[:MAX_CHARACTERS]
    if "." in text:
        text = _ABBREVIATION.sub(lambda match: match.group().replace(".", ""), text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if simplified and not text.isascii() and _IS_UNSPACED.search(text):
        text = text.translate(simplified)
    result = []
    starts = True
    end = 0
    for match in _TOKEN.finditer(text):
        begin, surface = match.start(), match.group()
        if not starts and begin > end and (begin - end > 1 or text[end] != " "):
            starts = not _STOPS.isdisjoint(text[end:begin])
        end = begin + len(surface)
        if not surface.isalnum():
            surface = max(_APOSTROPHE.split(surface), key=len)
        for term, unspaced in _split(surface):
            result.append(Word(term, surface, starts, unspaced))
        starts = False
    return result


@lru_cache(maxsize=200_000)
def _split(surface: str) -> tuple[tuple[str, bool], ...]:
    """The terms of a word, and whether each is a pair of unspaced characters."""
    folded = fold(surface)
    if folded[:1] == "v" and folded[1:2].isdigit() and (surface[0] == "v" or "." in folded):
        folded = folded[1:]  # a version; "V8" is a name
    number = _NUMBER.fullmatch(folded)
    if number and (number[2] in ("", "%") or number[2] in _UNITS):
        unit = [stem(_UNITS[number[2]])] if number[2] in _UNITS else []
        value = _plain(number[1], share=number[2] == "%")
        return tuple((intern(term), False) for term in (value, *unit))
    if not _IS_UNSPACED.search(folded):
        return ((intern(stem(folded)), False),) if folded else ()
    return tuple(
        part
        for run in _RUN.findall(folded)
        for part in (_pairs(run) if _IS_UNSPACED.match(run) else [(intern(stem(run)), False)])
    )


def _pairs(run: str) -> list[tuple[str, bool]]:
    if len(run) == 1:
        return [(intern(run), True)]
    return [(intern(run[at : at + 2]), True) for at in range(len(run) - 1)]


def _plain(number: str, *, share: bool = False) -> str:
    """A number without thousands separators and with a decimal point ("1,200" gives 1200, "2,50"
    gives 2.5). Three digits after a separator are thousands, but not after a leading zero, nor in a
    `share` (per cent)."""
    if not share and _GROUPED.fullmatch(number):
        return re.sub("[,.]", "", number)
    number = number.replace(",", ".")
    return number.rstrip("0").rstrip(".") if number.count(".") == 1 else number


def fold(word: str) -> str:
    """The word as `fold_text` gives it, composed again (NFC): terms are pairs of Hangul syllables,
    not of their letters."""
    return unicodedata.normalize("NFC", fold_text(word))


def stem(word: str) -> str:
    """The first six letters of a folded word; shorter ASCII words lose the final s of a plural.
    Numbers stay as they are."""
    if word[:1].isdigit():
        return word
    if len(word) > _STEM:
        return word[:_STEM]
    return word[:-1] if len(word) > 3 and word.endswith("s") and word.isascii() else word
