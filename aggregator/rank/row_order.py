"""The whole order of a feed over columns, as far as it is asked for.

Only the first positions of a feed are arranged: those up to ``REORDERED``, and the pinned stories.
The others are in the order of their scores, so that the best of them, or the position of one of
them, are known without ordering all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime

import numpy as np

from aggregator.rank.options import RankingOptions
from aggregator.rank.row_scores import NO_BOUND, RowScores
from aggregator.rank.score import REORDERED
from aggregator.rank.signals import microseconds
from aggregator.rank.story_columns import Rows, StoryColumns
from aggregator.rank.top_stories import TopStories

_FIRST = 256  # rows that are ordered at once; then four times as many, and so on


class RowOrder:
    """The order of the feed of a topic at one moment, if it had no limit on its entries: that of
    ``rank`` with ``max_entries=None``. `pinned` and `blocked` are ids. The columns must stay as
    they are, and only one thread may use an object of this class."""

    def __init__(
        self,
        columns: StoryColumns,
        slug: str,
        options: RankingOptions,
        now: datetime,
        pinned: Collection[str] = (),
        blocked: Collection[str] = (),
    ) -> None:
        self._columns = columns
        self._options = replace(options, window=None, max_entries=None, pinned=(), blocked=())
        self._scores = RowScores(columns, microseconds(now))
        self._pinned = frozenset(pinned)
        inside = self._scores.inside(columns.rows(slug), options.window)
        self._rows = columns.without(inside, blocked, ()) if blocked else inside
        top = replace(options, max_entries=REORDERED)
        head = TopStories(columns).top(slug, top, now, (), blocked)
        self._head = {story_id: number for number, story_id in enumerate(head)}
        if len(head) < min(REORDERED, len(self._rows)):  # the others have no place in the feed
            self._rows = np.array(sorted(self._row(story_id) for story_id in head), np.int32)

    def __len__(self) -> int:
        """How many stories the feed has."""
        return len(self._rows)

    def ids(self, ids: Collection[str] | None = None) -> Iterator[str]:
        """The ids of all stories, or of those of `ids` that are in the feed, best first."""
        rows = self._rows if ids is None else self._rows_of(ids)
        if not self._pinned:
            return self._in_order(rows)
        pinned = self._rows_of(self._pinned)
        is_pinned = np.isin(rows, pinned)
        first, others = rows[is_pinned], rows[~is_pinned]
        return (story_id for part in (first, others) for story_id in self._in_order(part))

    def position(self, story_id: str) -> int | None:
        """The position of a story, from 0; None if it is not in the feed."""
        rows = self._rows_of([story_id])
        if not len(rows):
            return None
        if self._pinned:
            return next(n for n, other in enumerate(self.ids()) if other == story_id)
        if story_id in self._head:
            return self._head[story_id]
        head = np.array([self._row(other) for other in self._head], np.int32)
        later = self._rows[np.isin(self._rows, head, invert=True)]
        (item,) = self._scores.exact(rows, self._options)
        return len(self._head) + self._scores.count_before(later, item, self._options)

    def _in_order(self, rows: Rows) -> Iterator[str]:
        """The ids in these rows of the feed: first those of the head."""
        in_head = [self._columns.id_of(row) for row in self._heads(rows).tolist()]
        yield from sorted(in_head, key=self._head.__getitem__)
        rows = rows[np.isin(rows, self._heads(rows), invert=True)]
        done, size = 0, _FIRST
        while done < len(rows):
            best, bound = self._scores.best(rows, self._options, size)
            yield from (item.id for item in best[done:])
            done, size = len(best), 4 * size
            if bound == NO_BOUND:
                return

    def _heads(self, rows: Rows) -> Rows:
        head = np.array([self._row(story_id) for story_id in self._head], np.int32)
        return rows[np.isin(rows, head)]

    def _rows_of(self, ids: Collection[str]) -> Rows:
        rows = [self._columns.row_of(story_id) for story_id in ids]
        present = np.array([row for row in rows if row is not None], np.int32)
        return self._rows[np.isin(self._rows, present)]

    def _row(self, story_id: str) -> int:
        row = self._columns.row_of(story_id)
        assert row is not None
        return row
