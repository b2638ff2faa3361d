"""Entries of one document stay distinct, whatever their ids and addresses have in common.

An entry is told apart by its id; entries with one id by their address or title; entries without
an id by their address, else their title, else their date. Entries that differ in nothing of that
are one entry that is written twice: the first one counts, since feeds begin with the newest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import blake2b
from urllib.parse import urldefrag

from aggregator.identify import canonical_url
from aggregator.model import Item

_MANY = 3
"""So many titles or addresses under one id are entries; fewer are one that was corrected."""


def distinct(items: Iterable[Item]) -> tuple[Item, ...]:
    """The items with refs that are distinct within the document, and with `part` where the
    address of one is that of another, too."""
    all_items = list(items)
    named = [item if item.ref else None for item in all_items]
    refs = {item.ref for item in named if item is not None}
    with_refs = _without_id(all_items)
    by_ref: dict[str, list[Item]] = defaultdict(list)
    for item in with_refs:
        by_ref[item.ref].append(item)
    kept: dict[int, Item] = {}
    for ref, same in by_ref.items():
        for item in _entries_of_one_id(same) if len(same) > 1 and ref in refs else same[:1]:
            kept[item.order] = item
    return tuple(_with_parts([kept[order] for order in sorted(kept)]))


def _without_id(items: Sequence[Item]) -> list[Item]:
    """Refs for items that name none: the address where it is one item's alone."""
    links: dict[str, int] = defaultdict(int)
    titles: dict[tuple[str, str], int] = defaultdict(int)
    for item in items:
        if not item.ref:
            links[_link(item)] += 1
            titles[_link(item), item.title.value] += 1
    return [item if item.ref else replace(item, ref=_ref(item, links, titles)) for item in items]


def _ref(item: Item, links: dict[str, int], titles: dict[tuple[str, str], int]) -> str:
    link, title = _link(item), item.title.value
    if link and links[link] == 1:
        return link
    text = title or item.summary.value
    if titles[link, title] > 1 and item.published is not None:
        text = f"{text} {item.published.isoformat()}"
    return f"{link}#{_digest(text)}" if link else text


def _link(item: Item) -> str:
    return item.url if item.linked else ""


def _entries_of_one_id(same: Sequence[Item]) -> list[Item]:
    """The entries among items of one id, each with a ref of its own; ids as they are where all
    of the items are one entry."""
    entries: dict[tuple[str, str], Item] = {}
    for item in same:
        entries.setdefault((_link(item), item.title.value), item)
    links, titles = {link for link, _ in entries}, {title for _, title in entries}
    is_other = (len(links) > 1 and len(titles) > 1) or len(entries) >= _MANY or links == {""}
    if len(entries) == 1 or not is_other:
        return [same[0]]
    by_link = len(links) == len(entries)
    return [
        replace(item, ref=f"{item.ref}#{_digest(link if by_link else f'{link} {title}')}")
        for (link, title), item in entries.items()
    ]


def _with_parts(items: Sequence[Item]) -> list[Item]:
    """The items, those at one address with the part of it that is theirs: its anchor, else what
    they say, where that differs."""
    by_page: dict[str, list[int]] = defaultdict(list)
    for number, item in enumerate(items):
        if item.linked and (key := canonical_url(item.url)):
            by_page[key].append(number)
    entries = list(items)
    for numbers in by_page.values():
        if len(numbers) < 2:
            continue
        anchors = {urldefrag(items[n].url).fragment for n in numbers}
        titles = {items[n].title.value for n in numbers}
        for n in numbers:
            anchor = urldefrag(items[n].url).fragment
            if len(anchors) > 1:
                entries[n] = replace(items[n], part=anchor)
            elif len(titles) > 1:
                entries[n] = replace(items[n], part=items[n].title.value)
            elif not _has_own_id(items[n]):
                entries[n] = replace(items[n], part=items[n].ref)
    return entries


def _has_own_id(item: Item) -> bool:
    """Whether the ref came from the document rather than from its address."""
    return not item.ref.startswith(f"{item.url}#")


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
