"""Word frequencies from ``wordfreq`` (its data: CC BY-SA 4.0), characters from ``OpenCC``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import opencc
import wordfreq

from aggregator.merge.similarity import Lexicon

_HAN = range(0x3400, 0xA000)
_ALSO = {"no": "nb", "tl": "fil", "bs": "sh", "hr": "sh", "sr": "sh"}
"""Languages whose words are listed under another code. The package itself takes the nearest list
that it has, Russian for Uzbek."""


@cache
def load_lexicon() -> Lexicon:
    """The lexicon of the installed packages. A language's words are read at its first use."""
    return Lexicon(_frequencies, _simplified())


@cache
def _frequencies(language: str) -> Mapping[str, float]:
    """The words that are at least one in a million in some texts of the language (ISO 639), with
    the share of running text that each takes; empty where there is no list."""
    listed = _ALSO.get(language, language)
    if listed not in wordfreq.available_languages("small"):
        return {}
    return dict(wordfreq.get_frequency_dict(listed, wordlist="small"))


@cache
def _simplified() -> Mapping[int, int]:
    """Code points of traditional characters to those of simplified ones, one to one."""
    convert = opencc.OpenCC("t2s").convert
    every = "\n".join(map(chr, _HAN))
    pairs = zip(every.split("\n"), convert(every).split("\n"), strict=True)
    return {ord(old): ord(new) for old, new in pairs if old != new and len(new) == 1}
