"""Numbers of many pairs at once: sums and largest values over the entries of each pair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.similarity.columns import Ints
from aggregator.merge.similarity.corpus import Entries


@dataclass(frozen=True, slots=True)
class Shared:
    """Entries of one side that the other has: the pair each belongs to, and the entry on either
    side."""

    pair: Ints
    here: Ints
    there: Ints


def shared_entries(entries: Entries, rows: Ints, others: Ints) -> Shared:
    """The entries of each of `rows` that the row beside it has too."""
    here, pair = entries.ends.entries(rows)
    there = entries.find(others[pair], entries.columns[here])
    hit = there >= 0
    return Shared(pair[hit], here[hit], there[hit])


def sums(pair: Ints, values: NDArray[np.generic], number: int) -> NDArray[np.float64]:
    """The sum of the values of each of `number` pairs."""
    return np.bincount(pair, values, number).astype(np.float64)


def largest(
    pair: Ints, values: NDArray[np.floating], most: int, number: int
) -> list[NDArray[np.float64]]:
    """The `most` largest values of each of `number` pairs, the largest first; 0 where there are no
    more. `pair` ascends; no value is below 0."""
    result = []
    values = values.astype(np.float64)
    starts = np.flatnonzero(np.diff(pair, prepend=-1))
    sizes = np.diff(np.append(starts, len(pair)))
    for _ in range(most):
        column = np.zeros(number)
        if len(pair):
            largest = np.maximum.reduceat(values, starts)
            column[pair[starts]] = np.maximum(largest, 0)
            equal = np.flatnonzero(values == np.repeat(largest, sizes))
            values[equal[np.flatnonzero(np.diff(pair[equal], prepend=-1))]] = -np.inf
        result.append(column)
    return result
