"""The entries of feeds, kept between calls: what ``rank`` gives, at the cost of what is new.

Each feed has a pool of its best stories: some more than it has entries, up to a bound in the order
of ``Scored``. While the moment stays the same, only stories that are put or removed change their
place: a new one enters the pool if it comes before the bound, and a removed one leaves it. When
the pool becomes too short, or the moment another, the feed is ranked anew: arrays of scores tell
which few stories can be in the pool, and these are ordered by the scores that ``rank`` gives them.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

import numpy as np

from aggregator.rank.options import RankingOptions
from aggregator.rank.row_scores import NO_BOUND, RowScores
from aggregator.rank.score import REORDERED, TOP, Scored, arrange
from aggregator.rank.signals import microseconds
from aggregator.rank.story_columns import Rows, StoryColumns

_UNLIMITED = 2**31  # entries; there cannot be more rows
_SLACK = 4  # a pool is filled with a share more of stories than its feed needs: one in so many
_LARGEST = 4  # times the size of a pool: then it is cut to its size
_FEW_NEW = 64  # a feed is ranked anew if one in so many of its rows is new: that costs less


class TopStories:
    """The entries of the feeds of some columns.

    Only one thread may use an object of this class, while no other changes the columns. The pools
    take some 300 bytes per entry of the feeds that were asked for since the last change of the
    moment, the scores 8 bytes per story.
    """

    def __init__(self, columns: StoryColumns) -> None:
        self._columns = columns
        self._scores = RowScores(columns, 0)
        self._numbering = -1
        self._pools: dict[tuple[str, RankingOptions], _Pool] = {}

    def top(
        self,
        slug: str,
        options: RankingOptions,
        moment: datetime,
        pinned: Collection[str] = (),
        blocked: Collection[str] = (),
    ) -> list[str]:
        """The ids of the entries of a feed at `moment`: those that ``rank`` gives for the stories
        that have the topic `slug` ("all": for all) and whose ids are not `blocked`.

        The queries ``options.pinned`` and ``options.blocked`` play no part. A moment other than
        that of the last call makes all feeds be ranked anew.
        """
        now = microseconds(moment)
        if now != self._scores.now or self._numbering != self._columns.numbering:
            self._scores = RowScores(self._columns, now)
            self._numbering = self._columns.numbering
            self._pools.clear()
        pool = self._pools.get((slug, options))
        if pool is None:
            pool = self._pools[slug, options] = _Pool(slug, options, self._columns, self._scores)
        return list(pool.entries(frozenset(pinned), frozenset(blocked)))


class _Pool:
    """The best stories of one feed: all of those that come before a bound."""

    def __init__(
        self, slug: str, options: RankingOptions, columns: StoryColumns, scores: RowScores
    ) -> None:
        self._slug, self._options, self._columns, self._scores = slug, options, columns, scores
        self._weights = replace(  # feeds that differ in the rest only have the same scores
            options,
            window=None,
            max_entries=None,
            per_publisher=None,
            spread=0,
            pinned=(),
            blocked=(),
        )
        limit = _UNLIMITED if options.max_entries is None else options.max_entries
        per_publisher = min(options.per_publisher or 0, TOP)
        self._needed = max(limit, REORDERED, TOP * per_publisher)
        self._entries: list[str] | None = None
        self._asked = (frozenset[str](), frozenset[str]())
        self._fill(self._needed + self._needed // _SLACK)

    def entries(self, pinned: frozenset[str], blocked: frozenset[str]) -> list[str]:
        """The ids of the entries."""
        self._follow()
        if self._entries is None or self._asked != (pinned, blocked):
            allowed = self._allowed(blocked)
            while len(allowed) < self._needed and self._bound != NO_BOUND:
                self._fill(2 * self._size)
                allowed = self._allowed(blocked)
            if self._options.per_publisher is not None:
                limit = self._options.per_publisher
                allowed = self._with_more_publishers(allowed, limit, blocked)
            if pinned:
                self._add_pinned(allowed, pinned - blocked)
            self._entries = [item.id for item in arrange(allowed, self._options, pinned)]
            self._asked = (pinned, blocked)
        return self._entries

    def _fill(self, size: int) -> None:
        """Rank the feed anew."""
        self._size = size
        rows = self._columns.rows(self._slug)
        self._looked_at, self._removals = len(rows), self._columns.removals
        self._best, self._bound = self._scores.best(self._inside(rows), self._weights, size)
        self._entries = None

    def _follow(self) -> None:
        """Take over what was put and removed since the last call."""
        rows = self._columns.rows(self._slug, self._looked_at)
        if len(rows) > self._size + self._looked_at // _FEW_NEW:
            self._fill(self._size)
            return
        if self._removals != self._columns.removals:
            self._removals = self._columns.removals
            best = [item for item in self._best if self._columns.is_live(item.row)]
            if len(best) < len(self._best):
                self._best, self._entries = best, None
        if len(rows):
            self._looked_at += len(rows)
            for item in self._scores.exact(self._inside(rows), self._weights):
                self._add(item)

    def _add(self, item: Scored) -> None:
        if item < self._bound:
            insort(self._best, item)
            self._entries = None
            if len(self._best) > _LARGEST * self._size:
                self._bound = self._best[self._size]
                del self._best[self._size :]

    def _inside(self, rows: Rows) -> Rows:
        return self._scores.inside(rows, self._options.window)

    def _allowed(self, blocked: frozenset[str]) -> list[Scored]:
        return [item for item in self._best if item.id not in blocked]

    def _with_more_publishers(
        self, items: list[Scored], limit: int, blocked: frozenset[str]
    ) -> list[Scored]:
        """The items, and stories after the bound until the first ten positions can be filled with
        at most `limit` of each owner, or no story is left that could take one of them.

        Each round adds the best stories of the owners with fewer than `limit` so far. It finds
        enough, or one more owner has enough: a pool has more than `limit` stories for ten owners.
        """
        bound = self._bound
        while bound != NO_BOUND:
            counts = Counter(item.owner for item in items)
            if sum(min(count, limit) for count in counts.values()) >= TOP:
                break
            full = [owner for owner, count in counts.items() if count >= limit]
            rows = self._inside(self._columns.rows(self._slug))
            rows = self._columns.without(rows, blocked, full)
            more, bound = self._scores.best(rows, self._weights, self._size)
            items = sorted({*items, *more})
        return items

    def _add_pinned(self, items: list[Scored], pinned: frozenset[str]) -> None:
        """Add the pinned stories of the feed that come after the bound."""
        ordered = {item.row for item in items}
        rows = [self._columns.row_of(story_id) for story_id in pinned]
        later = [
            row
            for row in rows
            if row is not None and row not in ordered and self._columns.has_topic(row, self._slug)
        ]
        rows_of_later = self._inside(np.array(later, np.int32))
        for item in self._scores.exact(rows_of_later, self._weights):
            insort(items, item)
