"""Keep the entries of a document distinct, even where ids or addresses are shared.

The id identifies an entry; entries with the same id differ by address or title; entries without an
id are identified by address, otherwise title, otherwise date. Entries that are equal in all of that
are duplicates: the first one is kept, since feeds start with the newest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import blake2b
from urllib.parse import urldefrag

from aggregator.identify import canonical_url
from aggregator.model import Item

_MIN_DISTINCT = 3
"""This many titles or addresses under one id are separate entries; fewer are a correction."""


def distinct(items: Iterable[Item]) -> tuple[Item, ...]:
    """The items without duplicates, in their order: each has a `ref` that is unique within the
    document, and a `part` where several have the same address."""
    all_items = list(items)
    refs = {item.ref for item in all_items if item.ref}
    with_refs = _without_id(all_items)
    by_ref: dict[str, list[Item]] = defaultdict(list)
    for item in with_refs:
        by_ref[item.ref].append(item)
    items_by_order: dict[int, Item] = {}
    for ref, items_of_id in by_ref.items():
        is_shared_id = len(items_of_id) > 1 and ref in refs
        for item in _entries_of_one_id(items_of_id) if is_shared_id else items_of_id[:1]:
            items_by_order[item.order] = item
    return tuple(_with_parts([items_by_order[order] for order in sorted(items_by_order)]))


def _without_id(items: Sequence[Item]) -> list[Item]:
    """The items, with a ref for those without an id: the address, if no other item has it."""
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


def _entries_of_one_id(items_of_id: Sequence[Item]) -> list[Item]:
    """The entries among the items of one id, each with its own ref; the id stays the ref where all
    items are one entry."""
    entries: dict[tuple[str, str], Item] = {}
    for item in items_of_id:
        entries.setdefault((_link(item), item.title.value), item)
    links, titles = {link for link, _ in entries}, {title for _, title in entries}
    are_different_entries = (
        (len(links) > 1 and len(titles) > 1) or len(entries) >= _MIN_DISTINCT or links == {""}
    )
    if len(entries) == 1 or not are_different_entries:
        return [items_of_id[0]]
    by_link = len(links) == len(entries)
    return [
        replace(item, ref=f"{item.ref}#{_digest(link if by_link else f'{link} {title}')}")
        for (link, title), item in entries.items()
    ]


def _with_parts(items: Sequence[Item]) -> list[Item]:
    """The items; those with the same address get a `part`: the anchor, the title or the ref,
    whichever differs."""
    by_page: dict[str, list[int]] = defaultdict(list)
    for number, item in enumerate(items):
        if item.linked and (key := canonical_url(item.url)):
            by_page[key].append(number)
    entries = list(items)
    for numbers in by_page.values():
        if len(numbers) < 2:
            continue
        anchors = {urldefrag(items[number].url).fragment for number in numbers}
        titles = {items[number].title.value for number in numbers}
        for number in numbers:
            anchor = urldefrag(items[number].url).fragment
            if len(anchors) > 1:
                entries[number] = replace(items[number], part=anchor)
            elif len(titles) > 1:
                entries[number] = replace(items[number], part=items[number].title.value)
            elif not _has_own_id(items[number]):
                entries[number] = replace(items[number], part=items[number].ref)
    return entries


def _has_own_id(item: Item) -> bool:
    """Whether the ref came from the document rather than from its address."""
    return not item.ref.startswith(f"{item.url}#")


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
