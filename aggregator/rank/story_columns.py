"""The stories of the window as columns of numbers, so that many can be ranked without objects.

A story is a row. Rows are only appended: a story that is put again gets a new row, and its old one
is dead. So what changed since a row number was noted are the rows after it and the dead ones. When
many rows are dead, all are renumbered; ``StoryColumns.numbering`` tells it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from datetime import timedelta
from itertools import accumulate, chain, compress

import numpy as np
from numpy.typing import NDArray

from aggregator.model import EVERYTHING, Story
from aggregator.rank.growing_array import GrowingArray
from aggregator.rank.signals import NEVER, SECOND, ScoreInputs, Signals, decay

Rows = NDArray[np.int32]
"""Row numbers."""
_DEAD_SHARE = 4  # rows are renumbered when one in so many is dead: at most a third more memory
_FEW_DEAD = 1_000  # which is never worth it


class StoryColumns:
    """The signals and topics of stories.

    A story takes 37 bytes, 4 per topic and 8 per article of independent coverage, and some 80 for
    the way from its id to its row and back; up to a third more with dead rows. The ids themselves
    are the strings of the stories, not copies. Only one thread may use an object of this class.
    """

    def __init__(self) -> None:
        self.numbering = 0
        """Changes when all row numbers do."""
        self.removals = 0
        """Changes when a row dies."""
        self.lowest_quality = 0
        """The lowest quality of a lead so far, if it is negative."""
        self._row_of: dict[str, int] = {}
        self._ids: list[str] = []
        self._owners: list[str] = []
        self._owner_numbers: dict[str, int] = {}
        self._live = GrowingArray(np.bool_)
        self._quality = GrowingArray(np.int32)
        self._related = GrowingArray(np.int32)
        self._published = GrowingArray(np.int64)
        self._newest_coverage = GrowingArray(np.int64)
        self._position = GrowingArray(np.int32)
        self._owner = GrowingArray(np.int32)
        self._one_per_row: tuple[GrowingArray, ...] = (
            self._live,
            self._quality,
            self._related,
            self._published,
            self._newest_coverage,
            self._position,
            self._owner,
        )
        self._coverage = GrowingArray(np.int64)  # the times of all rows, one row after the other
        self._coverage_end = GrowingArray(
            np.int32
        )  # has one item more: 0, where the first row begins
        self._coverage_end.append(0)
        self._topics: dict[str, GrowingArray] = {}  # the rows of each

    def __len__(self) -> int:
        """How many stories there are."""
        return len(self._row_of)

    def put(self, story: Story) -> None:
        """Add the story, or replace the one with its id. Raises OverflowError for a quality or a
        position outside 32 bits."""
        self.remove(story.id)
        row = len(self._ids)
        self._row_of[story.id] = row
        self._ids.append(story.id)
        signals = Signals.of(story)
        self.lowest_quality = min(self.lowest_quality, signals.quality)
        self._live.append(True)
        self._quality.append(signals.quality)
        self._related.append(signals.related)
        self._published.append(signals.published)
        self._newest_coverage.append(signals.newest_coverage)
        self._position.append(signals.position)
        self._owner.append(self._owner_number(signals.owner))
        for time in signals.coverage:
            self._coverage.append(time)
        self._coverage_end.append(self._coverage.size)
        for slug in set(story.topics):
            if slug not in self._topics:
                self._topics[slug] = GrowingArray(np.int32)
            self._topics[slug].append(row)

    def put_rows(
        self,
        ids: Sequence[str],
        signals: Sequence[Sequence[int]],
        owners: Sequence[str],
        coverage: Sequence[Sequence[int]],
    ) -> None:
        """Add many stories at once, none of which is there, without topics. `signals` are the
        columns quality, related, published, newest coverage and position; `coverage` has the times
        of each. Times are in microseconds since 1970. Raises OverflowError as ``put`` does."""
        first = len(self._ids)
        self._row_of.update(zip(ids, range(first, first + len(ids)), strict=True))
        self._ids.extend(ids)
        columns = (self._quality, self._related, self._published, self._newest_coverage)
        for column, values in zip((*columns, self._position), signals, strict=True):
            column.extend(values)
        self.lowest_quality = min(self.lowest_quality, *signals[0], 0)
        self._live.extend([True] * len(ids))
        self._owner.extend([self._owner_number(owner) for owner in owners])
        start = self._coverage.size
        self._coverage.extend(list(chain.from_iterable(coverage)))
        self._coverage_end.extend(list(accumulate(map(len, coverage), initial=start))[1:])

    def put_topic(self, slug: str, ids: Iterable[str]) -> None:
        """Give those of the stories that are there a topic that none has yet."""
        rows = [row for story_id in ids if (row := self._row_of.get(story_id)) is not None]
        column = self._topics[slug] = GrowingArray(np.int32)
        column.extend(sorted(rows))

    def snapshot(self) -> StoryColumns:
        """The stories as they are now, for another thread. It must not be changed. It shares what
        does not change: it takes 25 bytes per story."""
        snapshot = copy(self)
        snapshot._row_of, snapshot._ids = dict(self._row_of), list(self._ids)
        snapshot._owners, snapshot._owner_numbers = list(self._owners), dict(self._owner_numbers)
        for name, column in vars(self).items():
            if isinstance(column, GrowingArray):
                setattr(snapshot, name, column.view())
        snapshot._live.values = snapshot._live.values.copy()
        snapshot._topics = {slug: column.view() for slug, column in self._topics.items()}
        snapshot._one_per_row = ()
        return snapshot

    def remove(self, story_id: str) -> None:
        """Remove the story. Nothing happens if it is not there."""
        row = self._row_of.pop(story_id, None)
        if row is None:
            return
        self._live.values[row] = False
        self._ids[row] = ""
        self.removals += 1
        dead = len(self._ids) - len(self._row_of)
        if dead > _FEW_DEAD and dead * _DEAD_SHARE > len(self._ids):
            self._renumber()

    @property
    def row_count(self) -> int:
        """How many rows there are, with the dead ones."""
        return len(self._ids)

    def row_of(self, story_id: str) -> int | None:
        """The row of a story; None if it is not there."""
        return self._row_of.get(story_id)

    def id_of(self, row: int) -> str:
        """The id of the story in a live row."""
        return self._ids[row]

    def is_live(self, row: int) -> bool:
        """Whether a story is in the row."""
        return bool(self._live.values[row])

    def rows(self, slug: str, start: int = 0) -> Rows:
        """The rows of a topic, or of all stories for "all", in rising order, dead ones too; from
        the one at the position `start` of them."""
        if slug == EVERYTHING:
            return np.arange(start, len(self._ids), dtype=np.int32)
        column = self._topics.get(slug)
        return np.empty(0, np.int32) if column is None else column.items()[start:]

    def has_topic(self, row: int, slug: str) -> bool:
        """Whether a row is one of ``rows(slug)``."""
        if slug == EVERYTHING:
            return row < len(self._ids)
        rows = self.rows(slug)
        position = int(np.searchsorted(rows, row))
        return position < len(rows) and int(rows[position]) == row

    def inside(self, rows: Rows, window: timedelta | None, now: int) -> Rows:
        """Those of the rows that are live and ``Signals.is_inside`` the window."""
        rows = rows[self._live.items()[rows]]
        return rows if window is None else rows[self._is_inside(rows, window, now)]

    def all_inside(self, window: timedelta | None, now: int) -> NDArray[np.bool_]:
        """For all rows whether ``inside`` gives them."""
        every_row = slice(self.row_count)
        live = self._live.items()
        return live.copy() if window is None else live & self._is_inside(every_row, window, now)

    def _is_inside(self, rows: Rows | slice, window: timedelta, now: int) -> NDArray[np.bool_]:
        oldest = now - window // timedelta(microseconds=1)
        newest = np.maximum(self._published.items()[rows], self._newest_coverage.items()[rows])
        inside: NDArray[np.bool_] = newest >= oldest
        return inside

    def signals(self, rows: Rows) -> list[Signals]:
        """The signals of the stories in the rows."""
        per_row = (
            self._quality,
            self._related,
            self._published,
            self._newest_coverage,
            self._position,
            self._owner,
            self._coverage_end,
        )
        ends = self._coverage_end.items()[rows + 1]
        columns = [column.items()[rows].tolist() for column in per_row]
        times = self._coverage.items()
        return [
            Signals(
                quality,
                related,
                published,
                newest_coverage,
                position,
                self._owners[owner],
                tuple(times[start:end].tolist()) if end > start else (),
            )
            for quality, related, published, newest_coverage, position, owner, start, end in zip(
                *columns, ends.tolist(), strict=True
            )
        ]

    def without(self, rows: Rows, story_ids: Iterable[str], owners: Iterable[str]) -> Rows:
        """Those of the rows that have none of the stories, and no lead by one of the owners."""
        left_out = [self._row_of[story_id] for story_id in story_ids if story_id in self._row_of]
        numbers = [self._owner_numbers[owner] for owner in owners]
        rows = rows[np.isin(rows, left_out, invert=True)]
        return rows[np.isin(self._owner.items()[rows], numbers, invert=True)]

    def inputs(self, rows: Rows | slice, now: int) -> ScoreInputs[NDArray[np.float64]]:
        """The inputs of the scores of the rows at `now`, in microseconds since 1970."""
        published = self._published.items()[rows]
        newest_coverage = self._newest_coverage.items()[rows]
        has_coverage = newest_coverage != NEVER
        return ScoreInputs(
            self._quality.items()[rows].astype(np.float64),
            self._related.items()[rows].astype(np.float64),
            published / SECOND,
            _ages(published, now),
            has_coverage.astype(np.float64),
            np.where(has_coverage, _ages(newest_coverage, now), 0),
            lambda half_life: self._coverage_decay(rows, half_life, now),
            lambda values: np.log10(np.maximum(values, 1)),
        )

    def _coverage_decay(
        self, rows: Rows | slice, half_life: timedelta, now: int
    ) -> NDArray[np.float64]:
        ends = self._coverage_end.items()
        starts = ends[:-1][rows]
        counts = ends[1:][rows] - starts
        sums = np.zeros(len(starts))
        (covered,) = np.nonzero(counts)
        if len(covered):
            starts, counts = starts[covered], counts[covered]
            offsets = np.cumsum(counts) - counts
            times = np.arange(counts.sum()) + np.repeat(starts - offsets, counts)
            factors = decay(_ages(self._coverage.items()[times], now), half_life)
            sums[covered] = np.add.reduceat(factors, offsets)
        return sums

    def _owner_number(self, owner: str) -> int:
        number = self._owner_numbers.setdefault(owner, len(self._owners))
        if number == len(self._owners):
            self._owners.append(owner)
        return number

    def _renumber(self) -> None:
        """Drop the dead rows. The stories keep their order."""
        live = self._live.items().copy()
        self._ids = list(compress(self._ids, live.tolist()))
        counts = np.diff(self._coverage_end.items())
        self._coverage.replace(self._coverage.items()[np.repeat(live, counts)])
        self._coverage_end.replace(np.concatenate(([0], np.cumsum(counts[live]))))
        row_after = np.cumsum(live, dtype=np.int32) - 1
        for slug, column in list(self._topics.items()):
            rows = column.items()
            column.replace(row_after[rows[live[rows]]])
            if not column.size:
                del self._topics[slug]
        for column in self._one_per_row:
            column.replace(column.items()[live])
        self._row_of = {story_id: row for row, story_id in enumerate(self._ids)}
        self.numbering += 1


def _ages(times: NDArray[np.int64], now: int) -> NDArray[np.float64]:
    """In seconds; 0 for times after `now`."""
    return np.maximum((now - times) / SECOND, 0.0)
