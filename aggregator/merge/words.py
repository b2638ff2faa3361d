"""Text to words, in any language, with or without spaces between them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from sys import intern

from aggregator.merge.commonwords import COMMON

# Scripts that are written without spaces: their runs are cut into pairs of characters.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_WORD = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"['\u2019]s\b")
_MAX_CHARACTERS = 2_000
_GRAM = 4
_USED_IN: dict[str, list[str]] = {}
for _code, _words in COMMON.items():
    for _one in sorted(_words):
        _USED_IN.setdefault(_one, []).append(_code)
_LANGUAGES = {
    "ara": "ar", "ces": "cs", "deu": "de", "eng": "en", "fra": "fr", "ita": "it", "jpn": "ja",
    "kor": "ko", "nld": "nl", "pol": "pl", "por": "pt", "rus": "ru", "slv": "sl", "spa": "es",
    "swe": "sv", "tur": "tr", "ukr": "uk", "zho": "zh",
}  # fmt: skip


@lru_cache(maxsize=200_000)  # the articles of a window are asked for again at each build
def tokens(text: str) -> tuple[str, ...]:
    """The words of a text: folded in case, accents and width; pairs where no spaces are written."""
    text = unicodedata.normalize("NFKC", text[:_MAX_CHARACTERS]).casefold()
    text = _POSSESSIVE.sub("", text)
    if not text.isascii():
        parts = unicodedata.normalize("NFD", text)
        text = "".join(c for c in parts if not unicodedata.combining(c))
        if _UNSPACED.search(text):
            return tuple(intern(part) for word in _WORD.findall(text) for part in _pairs(word))
    return tuple(map(intern, _WORD.findall(text)))


def _pairs(word: str) -> list[str]:
    if not _UNSPACED.search(word) or len(word) < 3:
        return [word]
    return [word[start : start + 2] for start in range(len(word) - 1)]


def stem(word: str) -> str:
    """The beginning of a long word, where inflections are at the end: rough, for any language."""
    if len(word) < 7 or word.isdigit():
        return word
    return word[:5] if len(word) == 7 else word[:6]


def grams(word: str) -> list[str]:
    """Four characters at a time, with the edges of the word: for spellings and compounds."""
    edged = f"_{word}_"
    return [edged[start : start + _GRAM] for start in range(max(1, len(edged) - _GRAM + 1))]


def language(code: str) -> str:
    """The language alone (BCP 47's primary subtag), two letters where it has them; "" unknown."""
    primary = re.split(r"[-_]", code.strip().casefold(), maxsplit=1)[0]
    return _LANGUAGES.get(primary, primary)


def guess(words: Iterable[str]) -> str:
    """The language whose usual words a text has most of; "" where that does not tell."""
    hits = Counter(code for word in words for code in _USED_IN.get(word, ()))
    ((best, most), (_, second)) = (*hits.most_common(2), ("", 0), ("", 0))[:2]
    return best if most > second else ""


def latin(word: str) -> bool:
    """Whether the word is written in unaccented Latin letters (accents are folded before)."""
    return word.isascii() and not word.isdigit()
