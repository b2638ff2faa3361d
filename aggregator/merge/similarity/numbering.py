"""Numbers for hashes: a hash table of two flat arrays, which takes a tenth of a dictionary."""

from __future__ import annotations

import numpy as np

from aggregator.merge.similarity.columns import Column, Ints

_FIRST_SLOTS = 1_024
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2**64 by the golden ratio (Fibonacci hashing)


class Numbering:
    """Consecutive numbers, from 0 on, for 64-bit keys in the order in which they are first seen.

    The keys are hashes (``hash``) or codes. Two texts of one hash would count as the same, which
    happens once in 2**64 pairs. Numbers, unlike hashes, are the same in each process.
    """

    def __init__(self) -> None:
        self._keys = Column(np.int64)
        self._slots = np.full(_FIRST_SLOTS, -1, np.int32)  # linear probing, at most half full

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def keys(self) -> Ints:
        """The key of each number."""
        return self._keys.values

    def find(self, keys: Ints) -> Ints:
        """The number of each key; -1 where it has none."""
        result = np.full(len(keys), -1, np.int64)
        if not len(self):
            return result
        stored, mask = self._keys.values, len(self._slots) - 1
        pending, slot = np.arange(len(keys)), self._first_slot(keys)
        while len(pending):
            number = self._slots[slot]
            is_key = (number >= 0) & (stored[number] == keys[pending])
            result[pending[is_key]] = number[is_key]
            go_on = (number >= 0) & ~is_key
            pending, slot = pending[go_on], (slot[go_on] + 1) & mask
        return result

    def add(self, keys: Ints) -> Ints:
        """The number of each key; a key that has none gets the next."""
        numbers = self.find(keys)
        missing = np.flatnonzero(numbers < 0)
        if len(missing):
            new, first, inverse = np.unique(keys[missing], return_index=True, return_inverse=True)
            order = np.argsort(first)
            rank = np.empty(len(new), np.int64)
            rank[order] = np.arange(len(new))
            numbers[missing] = len(self) + rank[inverse]
            self._extend(new[order])
        return numbers

    def _extend(self, keys: Ints) -> None:
        start = len(self)
        self._keys.extend(keys)
        if 2 * len(self) <= len(self._slots):
            self._insert(np.arange(start, len(self)))
            return
        size = len(self._slots)
        while size < 3 * len(self):
            size *= 2
        self._slots = np.full(size, -1, np.int32)
        self._insert(np.arange(len(self)))

    def _insert(self, numbers: Ints) -> None:
        """Put the numbers, which have different keys, into the table."""
        mask, slot = len(self._slots) - 1, self._first_slot(self._keys.values[numbers])
        while len(numbers):
            free = self._slots[slot] < 0
            self._slots[slot[free]] = numbers[free]  # the last of several for one slot gets it
            go_on = self._slots[slot] != numbers
            numbers, slot = numbers[go_on], (slot[go_on] + 1) & mask

    def _first_slot(self, keys: Ints) -> Ints:
        bits = np.uint64(65 - len(self._slots).bit_length())
        return ((keys.astype(np.uint64) * _SPREAD) >> bits).astype(np.int64)


def hashes(texts: list[str]) -> Ints:
    """The hash of each text; different in each process."""
    return np.fromiter(map(hash, texts), np.int64, len(texts))


def salt(name: str) -> int:
    """What the keys of a namespace (a language, say) are combined with by exclusive or."""
    return hash(("namespace", name))
