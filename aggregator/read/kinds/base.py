"""The interface of a source type, and the result of parsing a document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aggregator.errors import BadItem
from aggregator.model import NO_TEXT, Document, Item, Text
from aggregator.read.polling import NO_HINTS, Hints

MAX_ITEMS = 10_000  # of one document that are read


@dataclass(frozen=True, slots=True)
class Parsed:
    """The content of a document, not validated yet: its items, the errors of unreadable items
    (`bad`), the URL of its `next_page`, the `hints` when to poll again, and its WebSub `hub` and
    `self_url` as it names them."""

    items: tuple[Item, ...]
    title: Text = NO_TEXT
    bad: tuple[BadItem, ...] = ()
    next_page: str = ""
    hints: Hints = NO_HINTS
    hub: str = ""
    self_url: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """How documents of a source type are read.

    `parse` raises BadDocument; its time must be linear in the length of the document. `suffixes`
    are those of the files in a folder that are read; where `paged`, further pages are at
    ``?page=N``.
    """

    parse: Callable[[Document], Parsed]
    suffixes: tuple[str, ...]
    paged: bool = False
