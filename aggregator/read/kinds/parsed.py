"""What a source type gives, and what is known of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aggregator.errors import BadItem
from aggregator.model import Document, Item
from aggregator.read.polite import NO_HINTS, Hints


@dataclass(frozen=True, slots=True)
class Parsed:
    """The items of a document; `bad` are those that could not be read; `next_page` is a URL;
    `hints` are what the document says of when to ask again; `hub` and `own` are its WebSub hub and
    its own address, as it names them."""

    items: tuple[Item, ...]
    title: str = ""
    bad: tuple[BadItem, ...] = ()
    next_page: str = ""
    hints: Hints = NO_HINTS
    hub: str = ""
    own: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """How documents of a source type are read.

    `parse` raises BadDocument. `suffixes` are the files that belong to it in a folder; `paged`
    says that further pages follow by ``?page=N``. `quick` is `parse` where that never takes long,
    and gives None where it would.
    """

    parse: Callable[[Document], Parsed]
    suffixes: tuple[str, ...]
    paged: bool = False
    quick: Callable[[Document], Parsed | None] | None = None
