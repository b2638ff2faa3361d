"""Arrays that grow at their end, and sparse rows of entries."""

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

    def keep(self, indices: Ints) -> None:
        """Keep the values at these indices alone, in this order."""
        self._values = self._values[indices]
        self._size = len(indices)

    @property
    def values(self) -> NDArray[Number]:
        """All values so far, as a view."""
        return self._values[: self._size]


class RowBounds:
    """Where the entries of each row begin and end, as the index pointer of a CSR matrix."""

    def __init__(self) -> None:
        self._ends = Column(np.uint32)
        self._ends.extend([0])

    def __len__(self) -> int:
        return len(self._ends) - 1

    def append(self, sizes: Sequence[int] | Ints) -> None:
        """Add rows, each with this number of entries."""
        self._ends.extend(int(self._ends.values[-1]) + np.cumsum(np.asarray(sizes, np.int64)))

    def keep(self, rows: Ints) -> None:
        """Keep these rows alone, in this order."""
        sizes = self.sizes(rows)
        self._ends.keep(np.zeros(1, np.int64))
        self.append(sizes)

    def sizes(self, rows: Ints) -> Ints:
        """The number of entries of each of these rows."""
        ends = self._ends.values
        return ends[rows + 1].astype(np.int64) - ends[rows]

    def start(self, row: int) -> int:
        """Where the entries of a row begin, which is where those of the row before it end."""
        return int(self._ends.values[row])

    def starts(self, rows: Ints) -> Ints:
        """Where the entries of each of these rows begin."""
        return self._ends.values[rows].astype(np.int64)

    def rows_of(self, entries: Ints) -> Ints:
        """The row of each of these entries."""
        return np.searchsorted(self._ends.values, entries.astype(np.uint32), side="right") - 1

    def entries(self, rows: Ints) -> tuple[Ints, Ints]:
        """The indices of all entries of these rows, and for each the position of its row in
        `rows`."""
        return ranges(self.starts(rows), self.sizes(rows))


def ranges(starts: Ints, sizes: Ints) -> tuple[Ints, Ints]:
    """The numbers of several ranges one after the other, and for each the position of its range."""
    position = np.repeat(np.arange(len(sizes)), sizes)
    offset = starts - (np.cumsum(sizes) - sizes)
    return np.arange(len(position)) + offset[position], position


class SparseRows:
    """Rows of entries, each with a number (a term, say) and a value in each of the named columns.
    Within a row the numbers ascend, so that an entry is looked up by binary search."""

    def __init__(self, sizes: Ints, numbers: Ints, columns: Mapping[str, Floats]) -> None:
        self.sizes, self.numbers = sizes, numbers
        self._starts = np.cumsum(sizes) - sizes
        self._columns = columns
        self._keys = (np.repeat(np.arange(len(sizes)), sizes) << _NUMBER_BITS) | numbers

    def column(self, name: str) -> Floats:
        """The value of each entry in a column. Raises KeyError."""
        return self._columns[name]

    def entries(self, rows: Ints) -> tuple[Ints, Ints]:
        """The indices of all entries of these rows, and for each the position of its row in
        `rows`."""
        return ranges(self._starts[rows], self.sizes[rows])

    def find(self, rows: Ints, numbers: Ints) -> Ints:
        """For each pair of a row and a number the index of the entry; -1 where there is none."""
        keys = self._keys
        if not len(keys):
            return np.full(len(rows), -1)
        sought = (rows << _NUMBER_BITS) | numbers
        index = np.searchsorted(keys, sought)
        index[index == len(keys)] = 0
        return np.where(keys[index] == sought, index, -1)
