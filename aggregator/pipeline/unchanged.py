"""Readings that change no story: what is stored of the stories can be published as it is."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from aggregator.errors import surviving
from aggregator.merge import Statistics
from aggregator.model import FailureKind, Promotion, Reading
from aggregator.pipeline.feed_set import FeedSet
from aggregator.pipeline.intake import sanitised
from aggregator.pipeline.live_stories import unknown_or_changed
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.planning import Changes, Plan
from aggregator.pipeline.records import documents_of, poll_days_of
from aggregator.pipeline.shown import are_current, is_shown_by
from aggregator.pipeline.story_step import Baselines
from aggregator.pipeline.update_result import UpdateResult
from aggregator.store import Store


@dataclass(frozen=True, slots=True)
class StoredFeeds:
    """The feeds of the stories as they are stored, the promotions that are new in them, and the
    stored baselines."""

    feed_set: FeedSet
    promotions: tuple[Promotion, ...]
    baselines: Baselines


StoredFeedsLoader = Callable[[Store, PlanOptions, datetime], StoredFeeds]
"""Makes the feeds of the stored stories at a time. Raises StoreError."""


def update_unchanged(
    unsanitised: Collection[Reading],
    store: Store,
    options: PlanOptions,
    now: datetime,
    load_feeds: StoredFeedsLoader,
) -> UpdateResult | None:
    """Save readings that change no story, and return the stored feeds. None, and nothing is saved,
    where the window must be planned, or if something fails: planning then finds out what."""
    with surviving(lambda _: None):
        readings = tuple(map(sanitised, unsanitised))
        if not are_unchanged(readings, store, options, now):
            return None
        stored = load_feeds(store, options, now)
        store.save(
            document_states=documents_of(readings),
            source_states=[reading.state for reading in readings],
            story_promotions=stored.promotions,
            poll_days=poll_days_of(readings, now),
        )
        plan = Plan.of_feeds(stored.feed_set, stored.feed_set.stories.values(), stored.baselines)
        return UpdateResult(plan, Changes(promotions=stored.promotions), readings)
    return None


def are_unchanged(
    readings: Collection[Reading], store: Store, options: PlanOptions, now: datetime
) -> bool:
    """Whether an update with these readings would find nothing new, and the stored stories are
    those of the options and of an epoch that goes on. Where a source is set aside, an update tries
    it again. Raises StoreError."""
    return (
        is_shown_by(store, options, now)
        and not any(s.failure == FailureKind.INTERNAL for s in store.sources().values())
        and _epochs_go_on(store, options, now)
        and not _has_news(readings, store)
    )


def _epochs_go_on(store: Store, options: PlanOptions, now: datetime) -> bool:
    baselines, began = store.shown.baselines(), store.shown.epoch_began()
    if baselines is None or not are_current(baselines, options, now, baselines.articles):
        return False
    if not options.merging.text or began is None:  # nothing was ever compared
        return True
    return not Statistics(began).is_outdated((), now)


def _has_news(readings: Collection[Reading], store: Store) -> bool:
    read = [article for reading in readings for article in reading.articles]
    if not read:
        return False
    stored = store.touched({(article.source, article.ref) for article in read}, ())
    return bool(unknown_or_changed(read, {a.row_key: a for a in stored.articles}))
