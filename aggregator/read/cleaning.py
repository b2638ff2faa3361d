"""Clean text: every string from outside becomes a ``CleanText`` here, once.

Markup and character references are resolved first; ``aggregator.model.clean_text`` does the rest.
"""

from __future__ import annotations

import html
import re

from aggregator.model import MAX_NAME, NO_WORDS, CleanText, Text, TextKind, clean_text, is_clean
from aggregator.read.markup import joined_surrogates, looks_like_html, words_of

MAX_EXCERPT = 1_000
MAX_REASON = 400
_MARKUP_FACTOR = 100  # characters of markup that are read per character of text

_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def clean(text: Text, limit: int = MAX_NAME) -> CleanText:
    """The words of a text of any kind, in one line of at most `limit` characters."""
    value, kind = text.value, text.kind
    if not value:
        return NO_WORDS
    if kind is TextKind.UNSTATED:
        kind = TextKind.HTML if looks_like_html(value) else TextKind.PLAIN
    if kind is TextKind.HTML:
        value = words_of(value[: _MARKUP_FACTOR * limit])
    elif kind is TextKind.LABEL and "&" in value:
        value = joined_surrogates(value[: _MARKUP_FACTOR * limit])
        value = _REFERENCE.sub(_character, value)
    return clean_text(value, limit)


def _character(reference: re.Match[str]) -> str:
    return html.unescape(reference[0])


def clean_reason(error: object) -> CleanText:
    """The clean text of an error, which may quote untrusted input."""
    return clean_text(str(error), MAX_REASON)


def unchanged_if_clean(value: str, limit: int) -> CleanText:
    """An opaque value (RFC 9110, section 8.8) byte for byte, ``""`` where it is not clean text.

    A validator is sent back unchanged or not at all.
    """
    return CleanText(value if len(value) <= limit and is_clean(value) else "")
