"""Retention: what is older than `keep` is not taken in, and what is stored goes in small steps.

An article that is older than `keep` and not stored is left out when it is read: it could be in no
feed. So what was removed does not come back as new from a source that still lists it; an article
without a date is recognised by the memory of those that were removed. What is stored and retired
(``store.retired``) is not read again, since it may be removed at any time; until then its story is
shown as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from aggregator.model import Reading, RowKey, Source
from aggregator.model.urls import is_http_url
from aggregator.publish import missing_files
from aggregator.store import (
    NOTHING_REMOVED,
    Removed,
    Store,
    pruning,
    removed_articles,
    removed_stories,
    sizes,
)

STORIES = 10  # looked at in a step: some 8 ms of CPU time and one sync of the disk
ARTICLES = 20
IDS = 5_000
PAGES = 256  # a megabyte
DOCUMENTS = 2_000
MERGE_HOUR = 3  # UTC: the daemon rewrites the full-text index once a day, a build each time
BUILD_STORIES = 500  # looked at in a step of a build, which nobody waits for
BUILD_STEPS = 100  # at the end of a build: up to 50,000 stories
REMEMBERED = timedelta(days=730)
"""How long the id of a removed story is remembered after the story last changed, at least."""


def within_retention(
    readings: Sequence[Reading], store: Store, keep: timedelta | None, now: datetime
) -> list[Reading]:
    """The readings without articles that are older than `keep` and not stored, that were removed,
    or that are stored and retired. Raises StoreError."""
    if keep is None:
        return list(readings)
    cutoff = now - keep
    articles = [article for reading in readings for article in reading.articles]
    candidates = [a for a in articles if not a.dated or a.published < cutoff]
    if not candidates:
        return list(readings)
    stored = removed_articles.stored_rows(store.database, candidates)
    unknown = [article for article in candidates if article.row_key not in stored]
    left_out = {article.row_key for article in unknown if article.dated}
    undated = [article for article in unknown if not article.dated]
    left_out |= removed_articles.recognised(store.database, undated, now)
    keys = {key for key, published in stored.values() if published < cutoff}
    unsure = {article.row_key for article in candidates} & stored.keys() | left_out
    others = (article for article in articles if article.row_key not in unsure)
    retired = pruning.retired(store.database, cutoff, keys, others)
    left_out.update(retired.rows)
    return [_without(reading, left_out) for reading in readings]


def _without(reading: Reading, row_keys: Collection[RowKey]) -> Reading:
    articles = tuple(a for a in reading.articles if a.row_key not in row_keys)
    return (
        reading if len(articles) == len(reading.articles) else replace(reading, articles=articles)
    )


def begin_retention(store: Store, keep: timedelta | None) -> None:
    """Note what `keep` is now. Where it is longer than it was, documents are read again, since they
    list articles that were left out. Raises StoreError."""
    pruning.set_keep(store.database, keep)


def prune_steps(
    store: Store,
    keep: timedelta | None,
    sources: Collection[Source],
    output: Path,
    now: datetime,
    stories: int = STORIES,
) -> Iterator[Removed]:
    """Remove what is older than `keep`, step by step, so many `stories` at a time; each step yields
    the articles and stories that it removed. Raises StoreError."""
    if keep is None:
        return
    database, cutoff = store.database, now - keep
    articles = ARTICLES * (stories // STORIES or 1)
    yield from _steps(lambda at: pruning.remove_stories(database, cutoff, now, at, stories))
    yield from _steps(lambda at: pruning.remove_orphans(database, cutoff, now, at, articles))
    for _ in _housekeeping(store, keep, sources, output, now):
        yield NOTHING_REMOVED
    if stories > STORIES or now.hour == MERGE_HOUR:
        begin = True
        while pruning.merge_texts(database, PAGES, begin=begin):
            begin = False
            yield NOTHING_REMOVED
    begun = False
    while begun := sizes.free_pages(database, PAGES, begun=begun):
        yield NOTHING_REMOVED


def _steps(step: Callable[[Any], pruning.Step]) -> Iterator[Removed]:
    """Take steps from the beginning to the end."""
    outcome = step(None)
    yield outcome.removed
    while outcome.position is not None:
        outcome = step(outcome.position)
        yield outcome.removed


def _housekeeping(
    store: Store, keep: timedelta, sources: Collection[Source], output: Path, now: datetime
) -> Iterator[None]:
    """Forget, step by step, the states of sources and outputs that are gone, and the memory of
    what was removed where nothing needs it any more."""
    database, cutoff = store.database, now - keep
    names = {source.name for source in sources}
    for name in pruning.unconfigured_sources(database, names, cutoff):
        while pruning.remove_source_state(database, name, DOCUMENTS):
            yield
        yield
    remote = {source.name for source in sources if is_http_url(source.location)}
    for name in removed_articles.sources_with_memory(database) & remote:
        removed_articles.forget_unlisted(database, name, keep)
        yield
    position: bytes | None = b""
    while position is not None:
        before = now - max(REMEMBERED, keep)
        position = removed_stories.forget_removed(database, before, position, IDS)
        yield
    _forget_outputs(store, output)
    yield


def prune(
    store: Store,
    keep: timedelta | None,
    sources: Collection[Source],
    output: Path,
    now: datetime,
) -> Removed:
    """All steps, but not more than a build should wait for. Returns what they removed."""
    steps = prune_steps(store, keep, sources, output, now, BUILD_STORIES)
    return Removed.of(islice(steps, BUILD_STEPS))


def _forget_outputs(store: Store, output: Path) -> None:
    """Forget the files of other output folders that are not there any more."""
    elsewhere = [path for path in store.outputs() if Path(path).parent != output]
    if missing := missing_files(elsewhere):
        store.save_outputs({}, missing)
