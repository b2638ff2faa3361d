"""Arrays that grow at their end: columns of numbers, and sparse rows of entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Number = TypeVar("Number", bound=np.generic)

_NUMBER_BITS = 32  # of an entry's key; the row is in the bits above


class Column(Generic[Number]):
    """A one-dimensional array that grows at its end. Reading it copies nothing."""

    def __init__(self, dtype: type[Number]) -> None:
        self._values: NDArray[Number] = np.empty(64, dtype)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def extend(self, values: Sequence[float] | NDArray[np.generic]) -> None:
        """Add these values at the end. Arrays that were read before do not change."""
        end = self._size + len(values)
        if end > len(self._values):
            larger = np.empty(max(end, 2 * len(self._values)), self._values.dtype)
            larger[: self._size] = self._values[: self._size]
            self._values = larger
        self._values[self._size : end] = values
        self._size = end

    @property
    def values(self) -> NDArray[Number]:
        """All values so far, as a view."""
        return self._values[: self._size]


class RowBounds:
    """Where the entries of each row begin and end, as the index pointer of a CSR matrix."""

    def __init__(self) -> None:
        self._ends = Column(np.int64)
        self._ends.extend([0])

    def __len__(self) -> int:
        return len(self._ends) - 1

    def append(self, sizes: Sequence[int]) -> None:
        """Add rows, each with this number of entries."""
        self._ends.extend(self._ends.values[-1] + np.cumsum(np.asarray(sizes, np.int64)))

    @property
    def values(self) -> Ints:
        """Row r holds the entries from values[r] up to values[r + 1]."""
        return self._ends.values

    def entries(self, rows: Ints) -> tuple[Ints, Ints]:
        """The indices of all entries of these rows, and for each the position of its row in
        `rows`."""
        ends = self.values
        sizes = ends[rows + 1] - ends[rows]
        position = np.repeat(np.arange(len(rows)), sizes)
        starts = np.cumsum(sizes) - sizes
        return np.arange(len(position)) - starts[position] + ends[rows][position], position


class SparseRows:
    """Rows of entries, each with a number (a term, say) and a value in each of the named columns.
    Within a row the numbers ascend, so that an entry is looked up by binary search."""

    def __init__(self, *names: str) -> None:
        self.bounds = RowBounds()
        self._numbers = Column(np.int64)
        self._keys = Column(np.int64)  # row and number in one, ascending
        self._columns = {name: Column(np.float32) for name in names}

    def __len__(self) -> int:
        return len(self.bounds)

    @property
    def numbers(self) -> Ints:
        """The number of each entry."""
        return self._numbers.values

    def column(self, name: str) -> Floats:
        """The value of each entry in a column. Raises KeyError."""
        return self._columns[name].values

    def append(self, sizes: Sequence[int], numbers: Ints, columns: Mapping[str, Floats]) -> None:
        """Add rows, each with this number of entries, which come in any order within their row."""
        first_row = len(self)
        rows = np.repeat(np.arange(first_row, first_row + len(sizes)), sizes)
        keys = (rows << _NUMBER_BITS) | numbers
        order = np.argsort(keys)
        self._numbers.extend(numbers[order])
        self._keys.extend(keys[order])
        for name, values in columns.items():
            self._columns[name].extend(values[order])
        self.bounds.append(sizes)

    def find(self, rows: Ints, numbers: Ints) -> Ints:
        """For each pair of a row and a number the index of the entry; -1 where there is none."""
        keys = self._keys.values
        if not len(keys):
            return np.full(len(rows), -1)
        sought = (rows << _NUMBER_BITS) | numbers
        index = np.searchsorted(keys, sought)
        index[index == len(keys)] = 0
        return np.where(keys[index] == sought, index, -1)
