"""Slugs: the names of topics in a form for file names and URLs."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from aggregator.model import EVERYTHING, fold_text

RESERVED = frozenset({EVERYTHING, "index"})
"""Slugs that no topic can have, because the program uses their file names."""
_NOT_SLUG = re.compile(r"[\W_]+")
_MAX_SLUG = 64  # characters: a slug is part of URLs that people read
_MAX_SLUG_BYTES = 200  # file systems limit names to 255 bytes, and extensions are appended


@lru_cache(maxsize=8_192)
def slug_of(name: str) -> str:
    """A name in a form for file names and URLs: lower-case letters, digits and hyphens, at most 64
    characters and 200 bytes.

    ``Machine Learning`` becomes ``machine-learning``, ``../../x`` becomes ``x``. Letters of any
    script remain, without their accents. Empty if the name has no letter or digit.
    """
    return _folded_slug(_folded_slug(name))  # the result of folding may fold further


def _folded_slug(name: str) -> str:
    text = unicodedata.normalize("NFKC", fold_text(name))
    slug = _NOT_SLUG.sub("-", text).strip("-")[:_MAX_SLUG]
    if not slug.isascii():
        slug = slug.encode("utf-8", "ignore")[:_MAX_SLUG_BYTES].decode("utf-8", "ignore")
    return slug.strip("-")
