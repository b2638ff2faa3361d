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

    pair_index: Ints
    left: Ints
    right: Ints


def shared_entries(entries: SparseRows, lefts: Ints, rights: Ints) -> SharedEntries:
    """The shared entries of pairs; pair i is the rows `lefts[i]` and `rights[i]`. The time depends
    on the length of the left rows."""
    left, pair_index = entries.entries(lefts)
    right = entries.find(rights[pair_index], entries.numbers[left])
    is_shared = right >= 0
    return SharedEntries(pair_index[is_shared], left[is_shared], right[is_shared])


def sums(pair_index: Ints, values: NDArray[np.generic], pair_count: int) -> NDArray[np.float64]:
    """The sum of the values of each of `pair_count` pairs; `pair_index` is the pair of each value,
    from 0 on."""
    return np.bincount(pair_index, values, pair_count).astype(np.float64)


def largest(
    pair_index: Ints, values: NDArray[np.floating], count: int, pair_count: int
) -> list[NDArray[np.float64]]:
    """The `count` largest values of each of `pair_count` pairs as one array each, the largest
    first; 0 where a pair has fewer. `pair_index` must ascend, and no value may be below 0."""
    result = []
    values = values.astype(np.float64)
    starts = run_starts(pair_index)
    sizes = np.append(starts[1:], len(pair_index)) - starts
    for number in range(count):
        column = np.zeros(pair_count)
        if len(pair_index):
            maximum = np.maximum.reduceat(values, starts)
            column[pair_index[starts]] = np.maximum(maximum, 0)
            if number + 1 < count:  # the next maximum is without one of those that equal this one
                equal = np.flatnonzero(values == np.repeat(maximum, sizes))
                values[equal[run_starts(pair_index[equal])]] = -np.inf
        result.append(column)
    return result


def run_starts(values: Ints) -> Ints:
    """Where in ascending values each different value starts."""
    is_start = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=is_start[1:])
    return np.flatnonzero(is_start)
