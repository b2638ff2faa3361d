"""Pruning in the daemon: a little per tick, and a whole round per hour."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from time import perf_counter

BUDGET = 0.02  # seconds per tick after which no further step begins
EVERY = timedelta(hours=1)  # between the beginnings of two rounds


class Pruner:
    """Takes the steps that `begin` gives for a time; each call takes a few."""

    def __init__(self, begin: Callable[[datetime], Iterator[int]]) -> None:
        self._begin = begin
        self._steps: Iterator[int] | None = None
        self._began: datetime | None = None

    def __call__(self, now: datetime) -> None:
        """Take steps until the budget is spent. Raises what a step raises; the round then begins
        again within the hour."""
        if self._steps is None:
            if self._began is not None and abs(now - self._began) < EVERY:
                return
            self._began, self._steps = now, self._begin(now)
        end = perf_counter() + BUDGET
        steps, self._steps = self._steps, None  # a round that fails is over
        while perf_counter() < end:
            if next(steps, None) is None:
                return
        self._steps = steps
