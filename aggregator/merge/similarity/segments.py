"""Aggregates over the entries of many pairs of rows at once: sums and largest values per pair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.similarity.columns import Ints, SparseRows


@dataclass(frozen=True, slots=True)
class SharedEntries:
    """Entries with one number in both rows of a pair: the index of the pair, in ascending order,
    and that of the entry in either row."""

    pair: Ints
    left: Ints
    right: Ints


def shared_entries(entries: SparseRows, lefts: Ints, rights: Ints) -> SharedEntries:
    """The shared entries of pairs; pair i is the rows `lefts[i]` and `rights[i]`. The time depends
    on the length of the left rows."""
    left, pair = entries.bounds.entries(lefts)
    right = entries.find(rights[pair], entries.numbers[left])
    is_shared = right >= 0
    return SharedEntries(pair[is_shared], left[is_shared], right[is_shared])


def sums(pair: Ints, values: NDArray[np.generic], pairs: int) -> NDArray[np.float64]:
    """The sum of the values of each of `pairs` pairs, where `pair` is the pair of each value."""
    return np.bincount(pair, values, pairs).astype(np.float64)


def largest(
    pair: Ints, values: NDArray[np.floating], count: int, pairs: int
) -> list[NDArray[np.float64]]:
    """The `count` largest values of each of `pairs` pairs as one array each, the largest first; 0
    where a pair has fewer. `pair` must ascend, and no value may be below 0."""
    result = []
    values = values.astype(np.float64)
    starts = np.flatnonzero(np.diff(pair, prepend=-1))
    sizes = np.diff(np.append(starts, len(pair)))
    for _ in range(count):
        column = np.zeros(pairs)
        if len(pair):
            maximum = np.maximum.reduceat(values, starts)
            column[pair[starts]] = np.maximum(maximum, 0)
            equal = np.flatnonzero(values == np.repeat(maximum, sizes))
            values[equal[np.flatnonzero(np.diff(pair[equal], prepend=-1))]] = -np.inf
        result.append(column)
    return result
