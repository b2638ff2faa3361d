"""Values of an update: states and counts to save, and windows with more or fewer articles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Container, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from aggregator.config import COVERAGE_GRACE
from aggregator.model import (
    Article,
    DocumentState,
    FailureKind,
    PollDay,
    Reading,
    RowKey,
    SourceState,
)
from aggregator.model.times import day_number
from aggregator.pipeline.options import PlanOptions
from aggregator.read.cleaning import clean_reason
from aggregator.store import Store, StoredWindow

_MAX_WAIT = timedelta(hours=24)
_MIN_WAIT = timedelta(minutes=1)


def set_aside(state: SourceState, reason: str) -> SourceState:
    """The state of a source that is left out because of an error in this program."""
    error = clean_reason(f"set aside: {reason}")
    return replace(state, error=error, failure=FailureKind.INTERNAL.value, status=0)


def state_without_reading(
    previous: SourceState, reading: Reading, now: datetime, reason: str = ""
) -> SourceState:
    """The previous state of a source with the location and due times of the reading. With a
    `reason`, the reading counts as a failure, and each failure in a row doubles the wait (from one
    minute up to 24 hours; a later due time stays)."""
    state = replace(
        previous,
        location=reading.state.location,
        checked=now,
        due=reading.state.due,
        not_before=reading.state.not_before,
    )
    if not reason:
        return state
    failures = previous.failures + 1
    if state.due is not None:
        wait = max(state.due - now, _MIN_WAIT) * 2 ** min(failures - 1, 12)
        state = replace(state, due=max(state.due, now + min(wait, _MAX_WAIT)))
    return set_aside(replace(state, failures=failures), reason)


def without(window: StoredWindow, sources: Collection[str]) -> StoredWindow:
    """The window without the articles of these sources."""
    if not sources:
        return window
    return replace(window, articles=tuple(a for a in window.articles if a.source not in sources))


def extended(window: StoredWindow, more: StoredWindow) -> StoredWindow:
    """The window with further articles and stories; where both have one, that of `window`."""
    articles = {article.row_key: article for article in (*more.articles, *window.articles)}
    stories = {story.id: story for story in (*more.stories, *window.stories)}
    return replace(window, articles=tuple(articles.values()), stories=tuple(stories.values()))


def stored_of_unknown(
    store: Store, read: Iterable[Article], known: Container[RowKey]
) -> StoredWindow:
    """What is stored of the articles that were read and are not `known`: they left the window, or
    are new to it, and a story may still know their URLs. Raises StoreError."""
    unknown = [article for article in read if article.row_key not in known]
    if not unknown:
        return StoredWindow()
    document_keys = {(article.source, article.ref) for article in unknown}
    keys = {key for a in unknown for key in (a.key, *a.aliases, *a.related)}
    return store.touched(document_keys, keys)


def poll_days_of(
    readings: Iterable[Reading], now: datetime, new: Iterable[Article] = ()
) -> list[PollDay]:
    """The counts of these readings for the history of polls; `new` are the new articles of all."""
    counts = Counter(article.source for article in new)
    day = day_number(now)
    return [
        PollDay(r.source.name, day, 1, int(bool(r.state.error)), counts[r.source.name])
        for r in readings
        if not r.postponed
    ]


def documents_of(readings: Iterable[Reading]) -> dict[str, tuple[DocumentState, ...]]:
    """The states of files to save, by source."""
    return {r.source.name: r.documents for r in readings if r.documents}


def load_since(options: PlanOptions, now: datetime) -> datetime | None:
    """The date from which articles are loaded; None (all) where some feed has no age limit."""
    windows = [options.ranking.window, *(o.window for o in options.ranking_of.values())]
    limits = [window for window in windows if window is not None]
    return None if len(limits) < len(windows) else now - max(limits) - COVERAGE_GRACE
