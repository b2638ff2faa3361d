"""The language of a text that does not say it, by ``py3langid`` (naive Bayes over n-grams)."""

from __future__ import annotations

from functools import cache
from typing import Any

_LANGUAGES = frozenset(
    """
    ar az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl he hi hr hu hy id is it ja ka kk
    ko lt lv mk mr ms nl no pl ps pt ro ru sk sl sq sr sv sw ta te th tl tr uk ur uz vi zh
    """.split()  # noqa: SIM905 -- as data it reads best so
)
"""Those in which much news is published. A headline is too short to tell their close relatives from
them (Pidgin from English, Wu from Mandarin), so that it would often be taken for one of those."""
_CHARACTERS = 600  # of a text are looked at
_LEAST_LETTERS = 4


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(_LANGUAGES & set(identifier.labels))
    return identifier


def recognised_language(text: str) -> str:
    """The most likely language (ISO 639-1) of a headline with its excerpt; "" where there are
    hardly letters. Right for 99 of 100 headlines with an excerpt, 97 of 100 without
    (``docs/decisions/0007``)."""
    text = text[:_CHARACTERS]
    if sum(char.isalpha() for char in text) < _LEAST_LETTERS:
        return ""
    return str(_identifier().classify(text)[0])
