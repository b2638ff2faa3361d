"""Pruning in the daemon: a little per tick, and a whole round per hour."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from time import perf_counter

from aggregator.store import Removed

BUDGET = 0.02  # seconds per tick after which no further step begins
EVERY = timedelta(hours=1)  # between the beginnings of two rounds


class Pruner:
    """Takes the steps that `begin` gives for a time; each call takes a few."""

    def __init__(self, begin: Callable[[datetime], Iterator[Removed]]) -> None:
        self._begin = begin
        self._steps: Iterator[Removed] | None = None
        self._began: datetime | None = None
        self._removed: list[Removed] = []

    def __call__(self, now: datetime) -> Removed:
        """Take steps until the budget is spent. Returns what they removed, for those who hold it in
        memory. Raises what a step raises; the round then begins again within the hour."""
        if self._steps is None:
            if self._began is not None and abs(now - self._began) < EVERY:
                return self._taken()
            self._began, self._steps = now, self._begin(now)
        end = perf_counter() + BUDGET
        steps, self._steps = self._steps, None  # a round that fails is over
        while perf_counter() < end:
            step = next(steps, None)
            if step is None:
                return self._taken()
            self._removed.append(step)
        self._steps = steps
        return self._taken()

    def _taken(self) -> Removed:
        """What was removed since the last call that returned."""
        removed, self._removed = self._removed, []
        return Removed.of(removed)
