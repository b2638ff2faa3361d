"""The values that the entries of a feed inherit from it."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.model import Text
from aggregator.read.kinds.elements import Vocabulary


@dataclass(frozen=True, slots=True)
class Channel:
    """The values of a feed that its entries inherit.

    `base` is the base URL of relative links, `home` the URL of the feed's page; `based` and
    `tagged` say that the document contains ``xml:base`` or ``xml:lang`` anywhere.
    """

    vocabulary: Vocabulary
    base: str
    home: str
    url: str
    title: Text
    author: Text
    lang: str
    based: bool
    tagged: bool
