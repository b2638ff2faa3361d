"""An array that grows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


class GrowingArray:
    """An array that grows."""

    __slots__ = ("size", "values")

    def __init__(self, dtype: DTypeLike) -> None:
        self.values: NDArray[Any] = np.empty(16, dtype)
        self.size = 0

    def append(self, value: int) -> None:
        """Add an item. Raises OverflowError for one that the type does not hold."""
        if self.size == len(self.values):
            values = np.empty(self.size + self.size // 8 + 16, self.values.dtype)
            values[: self.size] = self.values
            self.values = values
        self.values[self.size] = value
        self.size += 1

    def extend(self, values: Sequence[int]) -> None:
        """Add items. Raises OverflowError as ``append`` does."""
        added = np.array(values, self.values.dtype)
        self.values = np.concatenate([self.items(), added])
        self.size = len(self.values)

    def replace(self, values: NDArray[Any]) -> None:
        """Make these the items."""
        self.values = values.astype(self.values.dtype)
        self.size = len(values)

    def view(self) -> GrowingArray:
        """The present items as an array of their own; what is appended later is not in it. It must
        not be changed."""
        view = GrowingArray.__new__(GrowingArray)
        view.values, view.size = self.items(), self.size
        return view

    def items(self) -> NDArray[Any]:
        """A view of the items."""
        return self.values[: self.size]
