"""The result of parsing a document, not validated yet, and the interface of a source type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aggregator.errors import BadItem
from aggregator.model import NO_TEXT, Document, Item, Text
from aggregator.read.polling import NO_HINTS, Hints

MAX_ITEMS = 10_000  # of one document that are read


@dataclass(frozen=True, slots=True)
class Parsed:
    """The items of a document; `bad` are those that could not be read; `next_page` is a URL;
    `hints` say when to poll again; `hub` and `self_url` are its WebSub
    hub and its own address, as it names them."""

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

    `parse` raises BadDocument and takes time linear in the length of the document. `suffixes` are
    the files that belong to it in a folder; `paged` says that further pages follow by ``?page=N``.
    """

    parse: Callable[[Document], Parsed]
    suffixes: tuple[str, ...]
    paged: bool = False
