"""Read many sources once: files first, then all URLs concurrently."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from aggregator.model import DocumentState, Reading, Source, SourceState
from aggregator.read.local_files import Progress, no_progress
from aggregator.read.options import FetchOptions, ReadOptions
from aggregator.read.single_source import is_url, postponed, read_local, read_remote

Documents = Callable[[str], Mapping[str, DocumentState]]


def read_sources(
    sources: Iterable[Source],
    states: Mapping[str, SourceState],
    documents: Documents,
    options: ReadOptions,
    now: datetime,
    progress: Progress = no_progress,
) -> Iterator[Reading]:
    """One reading per source, as each is ready.

    `documents` returns the stored states of the files of a source, given its name.
    """
    urls = []
    for source in sources:
        state = states.get(source.name) or SourceState(source.name)
        if not is_url(source):
            yield read_local(source, state, documents(source.name), now, progress)
        elif not options.ignore_not_before and (postponed_reading := postponed(source, state, now)):
            yield postponed_reading
        else:
            urls.append((source, state))
    if urls:
        yield from _read_urls(urls, options, now)


def _read_urls(
    sources: Sequence[tuple[Source, SourceState]], options: ReadOptions, now: datetime
) -> Iterator[Reading]:
    """Read all URLs concurrently; yield each reading when it is ready."""
    import asyncio

    # Not asyncio.Runner: it sets a signal handler for each run, and thereby formats the repr of
    # the previous task, with all its articles.
    loop = asyncio.new_event_loop()
    readings = _all_urls(sources, options, now)
    try:
        while (reading := loop.run_until_complete(_next(readings))) is not None:
            yield reading
    finally:
        loop.run_until_complete(readings.aclose())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


async def _next(readings: AsyncGenerator[Reading, None]) -> Reading | None:
    return await anext(readings, None)


async def _all_urls(
    sources: Sequence[tuple[Source, SourceState]], options: ReadOptions, now: datetime
) -> AsyncGenerator[Reading, None]:
    import asyncio

    from aggregator.read.fetch import Fetcher

    async with Fetcher(FetchOptions.of(options)) as fetcher:
        tasks = [
            asyncio.create_task(read_remote(source, state, fetcher, now))
            for source, state in sources
        ]
        try:
            for finished in asyncio.as_completed(tasks):
                yield await finished
        finally:
            for task in tasks:
                task.cancel()
