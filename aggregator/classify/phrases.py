"""Finds phrases in texts: whole words, in the forms that headlines use.

``power apps`` is found in "Power Apps", "power-apps", "PowerApps" and "#PowerApps", ``diablo 4`` in
"Diablo IV", ``canvas apps`` in "a canvas app". An acronym (written in capitals, or the initials of
another phrase with the same label) is found only in capitals: with ``artificial intelligence``
under the same label, ``ai`` is found in "AI" and not in "Ai Weiwei". A word that is also part of a
longer phrase with the same label is a name, and is found only with an initial capital: with
``microsoft teams``, ``teams`` is found in "chat in Teams" and not in "for large teams".
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
# The ASCII characters that separate words: all but letters and digits, as in `_TOKEN`
_SEPARATORS = {code: " " for code in range(128) if not chr(code).isalnum()}
# The next three are numbers of letters. benchmarks/classifying.py has the same figures on diablo4
# and power-apps for 0 to 6, for 1 to 4 and for any number.
_MAX_ACRONYM = 4
_MIN_PLURAL = 4  # of a word that has a plural
_MIN_JOINED = 6  # of words written as one
_MAX_CHARACTERS = 2_000  # of a text; a title and an excerpt have at most 1,500 together


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sequence of folded words, and the label that it stands for. `capitals`: found only in
    capitals; `name`: found only with an initial capital."""

    words: tuple[str, ...]
    label: str
    capitals: bool = False
    name: bool = False


class PhraseIndex:
    """Phrases by their first word: fast for texts that contain none of them, as most do."""

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        """`phrases` are pairs of a phrase and its label."""
        self._by_first: dict[str, list[Phrase]] = {}
        self._unspaced: dict[str, list[str]] = {}
        by_label: dict[str, set[tuple[str, ...]]] = {}
        acronyms: set[tuple[str, str]] = set()
        for text, label in phrases:
            if _UNSPACED.search(text):
                self._unspaced.setdefault(fold_text(text), []).append(label)
                continue
            for part in _parts(text):
                if words := tuple(_folded_words(part)):
                    by_label.setdefault(label, set()).add(words)
                    if len(words) > 1:
                        acronyms.add((label, "".join(word[0] for word in words)))
                    if part.isupper():
                        acronyms.add((label, words[0]))
        for label, sequences in sorted(by_label.items()):
            longer = {word for words in sequences if len(words) > 1 for word in words}
            for words in sorted(sequences):
                single = len(words) == 1
                acronym = single and len(words[0]) <= _MAX_ACRONYM and (label, words[0]) in acronyms
                name = single and not acronym and words[0] in longer
                for form in _forms(words):
                    phrase = Phrase(form, label, acronym, name)
                    self._by_first.setdefault(form[0], []).append(phrase)
        self._first_words = frozenset(self._by_first)

    def find(self, text: str) -> dict[str, str]:
        """The labels of the phrases in the text: label -> its first phrase, as the text has it.
        Only the first 2,000 characters are searched."""
        text = text[:_MAX_CHARACTERS]
        matches = self._find_unspaced(text) if self._unspaced else {}
        words = _folded_words(text)
        if self._first_words.isdisjoint(words):
            return matches
        distinct = frozenset(words)
        original_words: list[str] = []
        for start, word in enumerate(words):
            for phrase in self._by_first.get(word, ()):
                end = start + len(phrase.words)
                if (
                    phrase.label in matches
                    or not distinct.issuperset(phrase.words)
                    or tuple(words[start:end]) != phrase.words
                ):
                    continue
                original_words = original_words or _original_words(text)
                if _capitalisation_matches(phrase, original_words, start):
                    matches[phrase.label] = " ".join(original_words[start:end])
        return matches

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the phrases are in the text, each time: (start, end) in characters, in order and
        without overlaps. Only the first 2,000 characters are searched."""
        text = text[:_MAX_CHARACTERS]
        tokens = [match for match in _TOKEN.finditer(text) if not _is_possessive(match)]
        original_words = [token[0] for token in tokens]
        words = [_ROMAN.get(word) or fold_text(word) for word in original_words]
        spans = self._unspaced_spans(text)
        for start, word in enumerate(words):
            for phrase in self._by_first.get(word, ()):
                end = start + len(phrase.words)
                if tuple(words[start:end]) == phrase.words and _capitalisation_matches(
                    phrase, original_words, start
                ):
                    spans.append((tokens[start].start(), tokens[end - 1].end()))
        return merged_spans(spans)

    def _unspaced_spans(self, text: str) -> list[tuple[int, int]]:
        if not self._unspaced:
            return []
        folded = [fold_text(character) for character in text]
        positions = [n for n, characters in enumerate(folded) for _ in characters]
        whole, spans = "".join(folded), []
        for words in self._unspaced:
            start = whole.find(words)
            while start >= 0:
                end = start + len(words)
                spans.append((positions[start], positions[end - 1] + 1))
                start = whole.find(words, end)
        return spans

    def _find_unspaced(self, text: str) -> dict[str, str]:
        folded = fold_text(text)
        matches = ((words, labels) for words, labels in self._unspaced.items() if words in folded)
        return {label: words for words, labels in matches for label in labels}


def _capitalisation_matches(phrase: Phrase, original_words: list[str], start: int) -> bool:
    """Whether the phrase at `start` has the capitals that it requires. In a text that is all in
    capitals an acronym cannot be recognised."""
    first = original_words[start]
    if phrase.capitals:
        return first.isupper() and any(word.islower() for word in original_words)
    return not phrase.name or first[0].isupper()


def _is_possessive(token: re.Match[str]) -> bool:
    """Whether a token is the ``s`` of a possessive ending, which is no word."""
    return token[0] == "s" and token.string[: token.start()].endswith(("'", "\u2019"))


def merged_spans(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same parts of a text in order, those that overlap as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _original_words(text: str) -> list[str]:
    """The words as they are written, without the possessive ending."""
    return _TOKEN.findall(_POSSESSIVE.sub("", text))


def _folded_words(text: str) -> list[str]:
    """The same words without case and accents, Roman numerals as figures."""
    if not text.isascii():
        text = text.translate(_PUNCTUATION)
    if text.isascii() and not (_may_have_romans(text) and _ROMANS.search(text)):
        text = _POSSESSIVE.sub("", text) if "'s" in text else text
        return text.lower().translate(_SEPARATORS).split()
    return [_ROMAN.get(word) or fold_text(word) for word in _original_words(text)]


def _may_have_romans(text: str) -> bool:
    """A test that is faster than the expression, for the many texts without them."""
    return "I" in text or "V" in text or "X" in text


def search_words(text: str) -> list[str]:
    """The words of a text for a full-text index, in their order: each phrase that PhraseIndex
    finds in the text is a sequence of them. In scripts without spaces each character is a word.
    Only the first 2,000 characters are used."""
    text = text[:_MAX_CHARACTERS]
    if not text.isascii():
        text = _UNSPACED.sub(lambda match: f" {match[0]} ", text)
    return _folded_words(text)


def token_sequences(phrase: str) -> list[tuple[str, ...]]:
    """The forms of a phrase as sequences of `search_words`: each text in which PhraseIndex finds
    the phrase contains at least one of them."""
    if _UNSPACED.search(phrase):
        return [tuple(search_words(phrase))]
    sequences = (tuple(_folded_words(part)) for part in _parts(phrase))
    return [form for words in sequences if words for form in _forms(words)]


def needs_no_recheck(phrase: str) -> bool:
    """Whether PhraseIndex finds the phrase in each text that contains one of its
    `token_sequences`. Acronyms and scripts without spaces need a check of the text itself; a phrase
    without words is never found."""
    if _UNSPACED.search(phrase) or any(part.isupper() for part in _parts(phrase)):
        return False
    return bool(token_sequences(phrase))


def _parts(text: str) -> list[str]:
    """The phrases of a configured text: one, or one per hashtag."""
    return [part for part in text.split("#") if part.strip()] if "#" in text else [text]


def _forms(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The forms of a phrase: with its last word in the plural or singular, and written as one
    word."""
    for last in _numbers(words[-1], singular=len(words) > 1):
        yield (*words[:-1], last)
        if len(words) > 1 and len(joined := "".join(words[:-1]) + last) >= _MIN_JOINED:
            yield (joined,)


def _numbers(word: str, *, singular: bool) -> Iterator[str]:
    """The word and its English plural, or with `singular` the singular of a plural: "canvas app"
    means the same as "canvas apps", but "team" does not mean "Teams"."""
    yield word
    if not word.isascii() or not word.isalpha() or len(word) < _MIN_PLURAL:
        return
    if not word.endswith("s"):
        yield word[:-1] + "ies" if word.endswith("y") and word[-2] not in "aeiou" else word + "s"
    elif singular and not word.endswith(("ss", "us", "is")):
        yield word[:-3] + "y" if word.endswith("ies") else word[:-1]
