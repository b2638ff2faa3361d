"""The order of the shown stories of a store, over columns that are loaded once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from aggregator.classify import EVERYTHING
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.records import load_since
from aggregator.publish import periods_before
from aggregator.queries.story_source import Position
from aggregator.rank import RankingOptions
from aggregator.rank.score import REORDERED
from aggregator.rank.signals import NEVER, SECOND
from aggregator.store import ShownColumns, Store

if TYPE_CHECKING:
    from aggregator.rank.row_order import RowOrder
    from aggregator.rank.story_columns import StoryColumns

LedBy = Callable[[str, Sequence[str]], frozenset[str]]
"""The ids of the stories of a topic (slug) whose lead matches one of some queries."""


class StoredOrder:
    """The order of the stories of each topic. For several threads: one at a time loads and
    ranks. `columns` gives those of a process that has them, with their topics."""

    def __init__(
        self,
        store: Store,
        options: PlanOptions,
        now: datetime,
        led_by: LedBy,
        columns: Callable[[], StoryColumns] | None = None,
    ) -> None:
        self._given_columns = columns
        self._store = store
        self._options = options
        self._now = now
        self._led_by = led_by
        self._since = load_since(options, now)
        self._lock = threading.RLock()
        self._columns: StoryColumns | None = None
        self._orders: dict[str, RowOrder] = {}
        self._ids_by_topic: dict[str, list[str]] = {}

    @property
    def loaded(self) -> Collection[str]:
        """The topics whose order is known."""
        return list(self._orders)

    def is_loaded(self, slug: str) -> bool:
        """Whether the order of a topic is known."""
        return slug in self._orders

    def load(self, slugs: Iterable[str]) -> None:
        """Make the order of these topics known."""
        for slug in slugs:
            self._order_of(slug)

    def ids(self, slug: str, ids: Collection[str] | None = None) -> Iterator[str]:
        """The ids of all stories of a topic, or of those of `ids` in it, best first."""
        order = self._order_of(slug)
        with self._lock:
            iterator = order.ids(ids)
        size = 64
        while batch := self._next(iterator, size):
            yield from batch
            size *= 2

    def _next(self, iterator: Iterator[str], size: int) -> list[str]:
        with self._lock:
            return list(islice(iterator, size))

    def entries(self, slug: str) -> list[str]:
        """The ids of the entries of a topic's feed, in their order."""
        return list(islice(self.ids(slug), self._options.ranking_for(slug).max_entries))

    def position(self, slug: str, story_id: str) -> Position | None:
        """The position of a story in the feed of a topic."""
        order = self._order_of(slug)
        with self._lock:
            position = order.position(story_id)
            return None if position is None else Position(position + 1, len(order))

    def all_ids(self, slug: str) -> list[str]:
        """The ids of all stories of a topic, whatever their age."""
        with self._lock:
            columns = self._loaded_columns(slug)
            return [columns.id_of(row) for row in columns.rows(slug).tolist()]

    def of_periods(
        self, slug: str, interval: str, dates: Mapping[str, datetime] | None = None
    ) -> list[str]:
        """The ids of the first stories of each period of a topic's digest, more than it shows.
        `dates` (of promotion, by id) are those of a topic that has its stories by them."""
        from aggregator.rank.row_order import RowOrder

        ranking = replace(self._options.ranking_for(slug), window=None)
        pinned, blocked = self._pinned_and_blocked(slug, ranking)
        ids: list[str] = []
        for start, end in periods_before(self._now, interval, self._options.site.timezone):
            if dates is None:
                stored = self._store.shown.columns(self._since, (start, end))
            else:
                promoted = [story_id for story_id, date in dates.items() if start <= date < end]
                stored = self._store.shown.columns(self._since, ids=promoted)
            columns = _columns(stored)
            if slug != EVERYTHING:
                columns.put_topic(slug, self._store.shown.ids_of_topic(slug))
            order = RowOrder(columns, slug, ranking, end, pinned, blocked)
            ids += islice(order.ids(), REORDERED + len(pinned))  # these decide its order
        return ids

    def _order_of(self, slug: str) -> RowOrder:
        with self._lock:
            if slug not in self._orders:
                from aggregator.rank.row_order import RowOrder

                ranking = self._options.ranking_for(slug)
                columns = self._loaded_columns(slug)
                pinned, blocked = self._pinned_and_blocked(slug, ranking)
                order = RowOrder(columns, slug, ranking, self._now, pinned, blocked)
                self._orders[slug] = order
            return self._orders[slug]

    def _pinned_and_blocked(
        self, slug: str, ranking: RankingOptions
    ) -> tuple[frozenset[str], frozenset[str]]:
        return self._led_by(slug, ranking.pinned), self._led_by(slug, ranking.blocked)

    def _loaded_columns(self, slug: str) -> StoryColumns:
        if self._given_columns is not None:
            self._columns = self._columns or self._given_columns()
            return self._columns
        if self._columns is None:
            self._columns = _columns(self._store.shown.columns(self._since))
        if slug != EVERYTHING and slug not in self._ids_by_topic:
            self._ids_by_topic[slug] = self._store.shown.ids_of_topic(slug)
            self._columns.put_topic(slug, self._ids_by_topic[slug])
        return self._columns


def _columns(stored: ShownColumns) -> StoryColumns:
    from aggregator.rank.story_columns import StoryColumns

    columns = StoryColumns()
    if stored.ids:
        signals = (
            stored.quality,
            stored.related,
            [time * SECOND for time in stored.published],
            [NEVER if time is None else time * SECOND for time in stored.newest_coverage],
            stored.position,
        )
        coverage = [
            [int(time) * SECOND for time in times.split()] if times else ()
            for times in stored.coverage_times
        ]
        columns.put_rows(stored.ids, signals, stored.owner, coverage)
    return columns
