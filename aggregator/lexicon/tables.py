"""Word frequencies from ``wordfreq`` (its data: CC BY-SA 4.0), characters from ``OpenCC``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import opencc
import wordfreq

from aggregator.merge.similarity import Lexicon

_HAN = range(0x3400, 0xA000)
_LISTED_AS = {"no": "nb", "tl": "fil", "bs": "sh", "hr": "sh", "sr": "sh"}
"""Languages whose words wordfreq lists under another code. Its own fallback is not used: it takes
the nearest list that it has, such as Russian for Uzbek."""


@cache
def load_lexicon() -> Lexicon:
    """The lexicon of the installed libraries; a language's words are read when it is first used."""
    return Lexicon(_frequencies, _simplified())


@cache
def _frequencies(language: str) -> Mapping[str, float]:
    """The words of a language (ISO 639) of at least one in a million, each with its share of
    running text (0 to 1); empty where there is no list."""
    listed = _LISTED_AS.get(language, language)
    if listed not in wordfreq.available_languages("small"):
        return {}
    return dict(wordfreq.get_frequency_dict(listed, wordlist="small"))


@cache
def _simplified() -> Mapping[int, int]:
    """Simplified characters by traditional ones, as code points, where both are one character."""
    convert = opencc.OpenCC("t2s").convert
    characters = "\n".join(map(chr, _HAN))
    pairs = zip(characters.split("\n"), convert(characters).split("\n"), strict=True)
    return {
        ord(traditional): ord(simplified)
        for traditional, simplified in pairs
        if traditional != simplified and len(simplified) == 1
    }
