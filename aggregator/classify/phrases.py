"""Phrases found in texts: whole words, in the forms that headlines give them.

``power apps`` is found in "Power Apps", "power-apps", "PowerApps" and "#PowerApps", ``diablo 4`` in
"Diablo IV", ``canvas apps`` in "a canvas app". An acronym (written in capitals, or the initials of
another phrase with the same label) is found only in capitals: ``ai`` beside ``artificial
intelligence`` in "AI" and not in "Ai Weiwei". A word that is also part of a longer phrase with the
same label is a name, and is found only where it is written like one: ``teams`` beside ``microsoft
teams`` in "chat in Teams" and not in "for large teams".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aggregator.model import fold_text

_TOKEN = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"['\u2019]s\b")
_ROMAN = {"II": "2", "III": "3", "IV": "4", "V": "5", "VI": "6", "VII": "7", "VIII": "8", "IX": "9"}
_ROMANS = re.compile(r"\b[IVX]{1,4}\b")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_PUNCTUATION = str.maketrans("‘’“”–—…", '`\'""--.')
# Of ASCII all but letters and digits, which is what separates the words of `_TOKEN`
_SEPARATORS = {code: " " for code in range(128) if not chr(code).isalnum()}
_ACRONYM = 4  # letters at most
_PLURAL = 4  # letters at least, of a word that has a plural
_JOINED = 6  # letters at least, of words written as one
_MAX_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in a row that lead to a label. `capitals`: only where they are all in capitals;
    `name`: only where they begin with one."""

    words: tuple[str, ...]
    label: str
    capitals: bool = False
    name: bool = False


class PhraseIndex:
    """Phrases by their first word, for texts of which most hold none."""

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        """`phrases` are pairs of a text and the label that it leads to."""
        self._by_first: dict[str, list[Phrase]] = {}
        self._unspaced: dict[str, list[str]] = {}
        of_label: dict[str, set[tuple[str, ...]]] = {}
        acronyms: set[tuple[str, str]] = set()
        for text, label in phrases:
            if _UNSPACED.search(text):
                self._unspaced.setdefault(fold_text(text), []).append(label)
                continue
            for part in _parts(text):
                if words := tuple(_words(part)):
                    of_label.setdefault(label, set()).add(words)
                    if len(words) > 1:
                        acronyms.add((label, "".join(word[0] for word in words)))
                    if part.isupper():
                        acronyms.add((label, words[0]))
        for label, found in sorted(of_label.items()):
            longer = {word for words in found if len(words) > 1 for word in words}
            for words in sorted(found):
                alone = len(words) == 1
                short = alone and len(words[0]) <= _ACRONYM and (label, words[0]) in acronyms
                name = alone and not short and words[0] in longer
                for form in _forms(words):
                    phrase = Phrase(form, label, short, name)
                    self._by_first.setdefault(form[0], []).append(phrase)
        self._firsts = frozenset(self._by_first)

    def find(self, text: str) -> dict[str, str]:
        """Label -> the words by which it was found, the first in the text."""
        text = text[:_MAX_CHARACTERS]
        found = self._in_unspaced(text) if self._unspaced else {}
        words = _words(text)
        if self._firsts.isdisjoint(words):
            return found
        known = frozenset(words)
        written: list[str] = []
        for place, word in enumerate(words):
            for phrase in self._by_first.get(word, ()):
                end = place + len(phrase.words)
                if (
                    phrase.label in found
                    or not known.issuperset(phrase.words)
                    or tuple(words[place:end]) != phrase.words
                ):
                    continue
                written = written or _written(text)
                if _capitalisation_matches(phrase, written, place):
                    found[phrase.label] = " ".join(written[place:end])
        return found

    def _in_unspaced(self, text: str) -> dict[str, str]:
        searched = fold_text(text)
        hits = ((words, labels) for words, labels in self._unspaced.items() if words in searched)
        return {label: words for words, labels in hits for label in labels}


def _capitalisation_matches(phrase: Phrase, written: list[str], place: int) -> bool:
    """Whether a phrase that wants capitals has them, where capitals tell."""
    original = written[place]
    if phrase.capitals:
        return original.isupper() and any(word.islower() for word in written)
    return not phrase.name or original[0].isupper()


def _written(text: str) -> list[str]:
    """The words as they are written; of a name in the possessive the name."""
    return _TOKEN.findall(_POSSESSIVE.sub("", text))


def _words(text: str) -> list[str]:
    """The same words folded: case, accents, Roman numerals as figures."""
    if not text.isascii():
        text = text.translate(_PUNCTUATION)
    if text.isascii() and not (_may_have_romans(text) and _ROMANS.search(text)):
        text = _POSSESSIVE.sub("", text) if "'s" in text else text
        return text.lower().translate(_SEPARATORS).split()
    return [_ROMAN.get(word) or fold_text(word) for word in _written(text)]


def _may_have_romans(text: str) -> bool:
    return "I" in text or "V" in text or "X" in text


def search_words(text: str) -> list[str]:
    """The words by which a text can be found, in its order: every phrase that PhraseIndex finds in
    it is a run of them. Of scripts without spaces each character is a word."""
    text = text[:_MAX_CHARACTERS]
    if not text.isascii():
        text = _UNSPACED.sub(lambda match: f" {match[0]} ", text)
    return _words(text)


def token_sequences(phrase: str) -> list[tuple[str, ...]]:
    """Runs of words, one of which a text holds where PhraseIndex finds this phrase in it."""
    if _UNSPACED.search(phrase):
        return [tuple(search_words(phrase))]
    return [form for part in _parts(phrase) if (w := tuple(_words(part))) for form in _forms(w)]


def needs_no_recheck(phrase: str) -> bool:
    """Whether each text that holds one of the runs of a phrase is one in which PhraseIndex finds
    it: capitals and literal scripts want more, and what has no words is found nowhere."""
    if _UNSPACED.search(phrase) or any(part.isupper() for part in _parts(phrase)):
        return False
    return bool(token_sequences(phrase))


def _parts(text: str) -> list[str]:
    """A text is one phrase; one with hashtags is one phrase a hashtag."""
    return [part for part in text.split("#") if part.strip()] if "#" in text else [text]


def _forms(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The phrase, with its last word in the plural and in the singular, and written as one word."""
    for last in _numbers(words[-1], both=len(words) > 1):
        yield (*words[:-1], last)
        if len(words) > 1 and len(joined := "".join(words[:-1]) + last) >= _JOINED:
            yield (joined,)


def _numbers(word: str, *, both: bool) -> Iterator[str]:
    """The word and its English plural; of a plural the singular where `both` are wanted: "apps"
    is of "canvas apps" what "app" is, but "team" is not "Teams"."""
    yield word
    if not word.isascii() or not word.isalpha() or len(word) < _PLURAL:
        return
    if not word.endswith("s"):
        yield word[:-1] + "ies" if word.endswith("y") and word[-2] not in "aeiou" else word + "s"
    elif both and not word.endswith(("ss", "us", "is")):
        yield word[:-3] + "y" if word.endswith("ies") else word[:-1]
