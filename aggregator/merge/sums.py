"""Rows of matrices: summed by label, multiplied pair by pair."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
_SLICE = 20_000  # pairs at a time
_LONG = 200  # cells: longer rows are unpacked, since walking through them costs their length ...
_UNPACKED = 64  # ... so many at a time


def distinct_pairs(one: Ints, other: Ints, number: int) -> tuple[Ints, Ints]:
    """Each pair of two different numbers below `number` once, the smaller first, in order."""
    low, high = np.minimum(one, other), np.maximum(one, other)
    pairs = np.unique((low * number + high)[low < high])
    return pairs // number, pairs % number


def indicator(labels: Ints, number: int) -> Any:
    """A matrix that sums rows by their label: `number` labels by rows."""
    ones = np.ones(len(labels), np.float32)
    return sparse.csr_matrix((ones, (labels, np.arange(len(labels)))), (number, len(labels)))


def extreme(function: Any, into: Ints, values: Any, made: Any) -> Any:
    """The least or greatest (``np.minimum``, ``np.maximum``) of the values by their label, and of
    what is in `made`, which is changed."""
    function.at(made, into, values)
    return made


def squares(matrix: Any) -> Any:
    """The product of each row with itself."""
    return np.asarray(matrix.multiply(matrix).sum(1)).ravel()


def dense_products(matrix: Floats, one: Ints, other: Ints) -> Floats:
    """The products of pairs of rows."""
    made = np.empty(len(one), np.float32)
    for start in range(0, len(one), _SLICE):
        part = slice(start, start + _SLICE)
        np.einsum("ij,ij->i", matrix[one[part]], matrix[other[part]], out=made[part])
    return made


def products(matrix: Any, one: Ints, other: Ints) -> Floats:
    """The products of pairs of rows of a sparse matrix (CSR)."""
    sizes = np.diff(matrix.indptr)
    swap = sizes[one] > sizes[other]
    short, long = np.where(swap, other, one), np.where(swap, one, other)
    made = np.empty(len(one), np.float32)
    few = np.flatnonzero(sizes[long] <= _LONG)
    for start in range(0, len(few), _SLICE):
        part = few[start : start + _SLICE]
        found = matrix[short[part]].multiply(matrix[long[part]])
        made[part] = np.asarray(found.sum(1)).ravel()
    many = np.flatnonzero(sizes[long] > _LONG)
    many = many[np.argsort(long[many], kind="stable")]
    for part in _by_rows(many, long):
        made[part] = _with_unpacked(matrix, short[part], long[part])
    return made


def _by_rows(pairs: Ints, long: Ints) -> list[Ints]:
    """The pairs (in the order of their long row) with some long rows at a time."""
    new = np.flatnonzero(np.diff(long[pairs], prepend=-1))[_UNPACKED::_UNPACKED]
    return [part for part in np.split(pairs, new) if len(part)]


def _with_unpacked(matrix: Any, short: Ints, long: Ints) -> Floats:
    rows, at = np.unique(long, return_inverse=True)
    unpacked = matrix[rows].toarray()
    some = matrix[short]
    pair = np.repeat(np.arange(len(short)), np.diff(some.indptr))
    cells = some.data * unpacked[at[pair], some.indices]
    return np.bincount(pair, cells, len(short)).astype(np.float32)
