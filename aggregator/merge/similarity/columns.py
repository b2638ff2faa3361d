"""Arrays that grow: rows of numbers, one after the other, as numpy sees them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


class Column:
    """One array that grows at its end; a look at it costs nothing, and stays as it was."""

    def __init__(self, dtype: Any) -> None:
        self._values = np.empty(64, dtype)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def extend(self, values: Any) -> None:
        """Add these values at the end."""
        end = self._size + len(values)
        if end > len(self._values):
            room = np.empty(max(end, 2 * len(self._values)), self._values.dtype)
            room[: self._size] = self._values[: self._size]
            self._values = room
        self._values[self._size : end] = values
        self._size = end

    @property
    def values(self) -> Any:
        """All values so far."""
        return self._values[: self._size]


class Ends:
    """Where the entries of each row end, and begin."""

    def __init__(self) -> None:
        self._ends = Column(np.int64)
        self._ends.extend([0])

    def __len__(self) -> int:
        return len(self._ends) - 1

    def append(self, sizes: Any) -> None:
        """Rows of so many entries each come next."""
        self._ends.extend(self._ends.values[-1] + np.cumsum(np.asarray(sizes, np.int64)))

    @property
    def values(self) -> Ints:
        """Row r holds the entries from values[r] to values[r + 1]."""
        ends: Ints = self._ends.values
        return ends

    def entries(self, rows: Ints) -> tuple[Ints, Ints]:
        """The numbers of all entries of these rows, and for each the position of its row in
        `rows`."""
        ends = self.values
        sizes = ends[rows + 1] - ends[rows]
        position = np.repeat(np.arange(len(rows)), sizes)
        starts = np.cumsum(sizes) - sizes
        return np.arange(len(position)) - starts[position] + ends[rows][position], position
