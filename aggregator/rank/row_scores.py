"""The scores of many rows at one moment, and which rows have the best ones.

Arrays of scores tell which few rows can be the best, and these are ordered by the scores that
``rank`` gives them: the powers of arrays may differ from those of floats in the last bits.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from aggregator.rank.options import RankingOptions
from aggregator.rank.score import Scored
from aggregator.rank.story_columns import Rows, StoryColumns
from aggregator.rank.terms import score_of

Bound = tuple[float | int | str, ...]
"""Stands between two items of type ``Scored``."""
NO_BOUND: Bound = (float("inf"),)
_FEW = 64  # one in so many rows is looked at by itself; for more, all rows are
_CHUNK = 1 << 15  # rows that are scored at once, so that the arrays stay in the processor's cache
_SHARED = 4  # all rows are scored for a feed that has one in so many, and so for the others too
_SAMPLE = 16  # one in so many scores is sampled: a tenth of the time of looking at all
_ROUNDING = 1e-12
"""As a share of a score: more than what arrays of powers differ from powers of floats (1e-15)."""
_MAX_LOG10 = 20.0  # of the heat of any story


class RowScores:
    """The scores of the rows of some columns at `now`, in microseconds since 1970. They are kept
    for the feeds that ask by the same `options`, of which only the formula, the half-lives and the
    weights play a part: the others should be the same for all feeds."""

    def __init__(self, columns: StoryColumns, now: int) -> None:
        self.now = now
        self._columns = columns
        self._inside_state: tuple[timedelta | None, int, int] | None = None
        self._inside = np.empty(0, np.bool_)
        self._exact: dict[RankingOptions, dict[int, Scored]] = {}
        self._shared_options: RankingOptions | None = None
        self._shared = np.empty(0)  # the scores of the first rows by these options

    def inside(self, rows: Rows, window: timedelta | None) -> Rows:
        """Those of the rows that are live and inside the window."""
        columns = self._columns
        if len(rows) < columns.row_count // _FEW:
            return columns.inside(rows, window, self.now)
        state = (window, columns.row_count, columns.removals)
        if state != self._inside_state:
            self._inside_state, self._inside = state, columns.all_inside(window, self.now)
        return rows[self._inside[rows]]

    def best(self, rows: Rows, options: RankingOptions, size: int) -> tuple[list[Scored], Bound]:
        """At most `size` of the rows, best first, and a bound that none of the others comes before.
        Only if there is no bound, it can be fewer than `size`."""
        bound = NO_BOUND
        if len(rows) > size:
            scores = self._approximate(rows, options)
            last = _nth_largest(scores, size)
            margin = self._margin(last, options)
            rows = rows[scores >= last - 2 * margin]
            bound = (margin - last,)
        best = sorted(self._exact_once(rows, options))
        del best[bisect_left(best, bound) :]
        if len(best) > size:
            bound = best[size]
            del best[size:]
        return best, bound

    def exact(self, rows: Rows, options: RankingOptions) -> list[Scored]:
        """The stories of the rows with the scores that ``rank`` gives them."""
        columns = self._columns
        return [
            Scored.of(columns.id_of(row), row, signals, options, self.now)
            for row, signals in zip(rows.tolist(), columns.signals(rows), strict=True)
        ]

    def count_before(self, rows: Rows, item: Scored, options: RankingOptions) -> int:
        """How many of the rows come before the item, which has the score that ``exact`` gives."""
        scores = self._approximate(rows, options)
        margin = 2 * self._margin(-item.negative_score, options)
        better = scores > -item.negative_score + margin
        near = rows[~better & (scores >= -item.negative_score - margin)]
        return int(better.sum()) + sum(other < item for other in self._exact_once(near, options))

    def _exact_once(self, rows: Rows, options: RankingOptions) -> list[Scored]:
        """The same, kept for the other feeds."""
        scored = self._exact.setdefault(options, {})
        for item in self.exact(rows[[row not in scored for row in rows.tolist()]], options):
            scored[item.row] = item
        return [scored[row] for row in rows.tolist()]

    def _approximate(self, rows: Rows, options: RankingOptions) -> NDArray[np.float64]:
        """The scores of the rows but for errors of rounding."""
        count = self._columns.row_count
        if options != self._shared_options:
            if len(rows) * _SHARED < count:
                parts = [rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK)]
                return np.concatenate([self._computed(part, options) for part in parts])
            self._shared_options, self._shared = options, np.empty(0)
        new = range(len(self._shared), count, _CHUNK)
        slices = [slice(start, min(start + _CHUNK, count)) for start in new]
        if slices:
            scores = [self._computed(part, options) for part in slices]
            self._shared = np.concatenate([self._shared, *scores])
        return self._shared[rows]

    def _computed(self, rows: Rows | slice, options: RankingOptions) -> NDArray[np.float64]:
        return score_of(self._columns.inputs(rows, self.now), options)

    def _margin(self, score: float, options: RankingOptions) -> float:
        """More than any of ``_approximate`` is wrong near this score. Where numbers of different
        signs are added, the error is a share of these, not of their sum."""
        if options.formula == "reddit":
            addend = _MAX_LOG10
        else:
            addend = 2 * options.quality_weight * -self._columns.lowest_quality
        return _ROUNDING * (abs(score) + addend) + 1e-300


def _nth_largest(scores: NDArray[np.float64], n: int) -> float:
    """The score in the n-th position. A sample tells first which scores cannot be it."""
    sample, position = scores[::_SAMPLE], 2 * n // _SAMPLE + 8
    if position < len(sample):
        large = scores[scores >= np.partition(sample, -position)[-position]]
        if len(large) >= n:
            scores = large
    return float(np.partition(scores, -n)[-n])
