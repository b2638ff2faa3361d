"""Retention: what is older than `keep` is not taken in, and what is stored goes in small steps.

An article that is older than `keep` and not stored is left out when it is read: it could be in no
feed. So what was removed does not come back as new from a source that still lists it; an article
without a date is recognised by the memory of those that were removed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from aggregator.model import Article, Reading, Source
from aggregator.model.urls import is_http_url
from aggregator.publish import missing_files
from aggregator.store import Store, pruning, removed_articles, removed_stories, sizes

STORIES = 50  # looked at in a step: 10 ms of CPU time and one sync of the disk
ARTICLES = 500
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
    """The readings without articles that are not stored and older than `keep`, or that were
    removed. Raises StoreError."""
    if keep is None:
        return list(readings)
    cutoff = now - keep
    candidates = [
        article
        for reading in readings
        for article in reading.articles
        if not article.dated or article.published < cutoff
    ]
    if not candidates:
        return list(readings)
    known = removed_articles.known_rows(store.database, candidates)
    unknown = [article for article in candidates if article.row_key not in known]
    left_out = {article.row_key for article in unknown if article.dated}
    undated = [article for article in unknown if not article.dated]
    left_out |= removed_articles.recognised(store.database, undated, now)
    return [_without(reading, left_out) for reading in readings]


def _without(reading: Reading, row_keys: Collection[tuple[str, str, str]]) -> Reading:
    def is_kept(article: Article) -> bool:
        return article.row_key not in row_keys

    return replace(reading, articles=tuple(filter(is_kept, reading.articles)))


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
) -> Iterator[int]:
    """Remove what is older than `keep`, step by step, so many `stories` at a time; each step yields
    how much it removed. Raises StoreError."""
    if keep is None:
        return
    database, cutoff = store.database, now - keep
    yield from _steps(lambda at: pruning.remove_stories(database, cutoff, now, at, stories))
    yield from _steps(lambda at: pruning.remove_orphans(database, cutoff, now, at, ARTICLES))
    names = {source.name for source in sources}
    for name in pruning.unconfigured_sources(database, names, cutoff):
        while pruning.remove_source_state(database, name, DOCUMENTS):
            yield DOCUMENTS
        yield 1
    remote = {source.name for source in sources if is_http_url(source.location)}
    for name in removed_articles.sources_with_memory(database) & remote:
        yield removed_articles.forget_unlisted(database, name, keep)
    position: bytes | None = b""
    while position is not None:
        before = now - max(REMEMBERED, keep)
        position = removed_stories.forget_removed(database, before, position, IDS)
        yield 0
    yield _forget_outputs(store, output)
    if stories > STORIES or now.hour == MERGE_HOUR:
        begin = True
        while pruning.merge_texts(database, PAGES, begin=begin):
            begin = False
            yield 0
    begun = False
    while begun := sizes.free_pages(database, PAGES, begun=begun):
        yield 0


def _steps(step: Callable[[Any], pruning.Step]) -> Iterator[int]:
    """Take steps from the beginning to the end."""
    outcome = step(None)
    yield outcome.removed
    while outcome.position is not None:
        outcome = step(outcome.position)
        yield outcome.removed


def prune(
    store: Store,
    keep: timedelta | None,
    sources: Collection[Source],
    output: Path,
    now: datetime,
) -> int:
    """All steps, but not more than a build should wait for. Returns how much they removed."""
    steps = prune_steps(store, keep, sources, output, now, BUILD_STORIES)
    return sum(islice(steps, BUILD_STEPS))


def _forget_outputs(store: Store, output: Path) -> int:
    """Forget the files of other output folders that are not there any more."""
    elsewhere = [path for path in store.outputs() if Path(path).parent != output]
    if missing := missing_files(elsewhere):
        store.save_outputs({}, missing)
    return len(missing)
