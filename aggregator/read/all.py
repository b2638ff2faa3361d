"""Reading many sources: files first, then all URLs at once, each on its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from aggregator.model import DocumentState, Problem, Reading, Source, SourceState
from aggregator.read.files import Step, read_files, unstepped
from aggregator.read.kinds import KINDS
from aggregator.read.options import ReadOptions
from aggregator.read.polite import Hints, local_due, may_ask, with_due

if TYPE_CHECKING:
    from aggregator.read.fetch import Fetcher

Documents = Callable[[str], Mapping[str, DocumentState]]


def read_sources(
    sources: Iterable[Source],
    states: Mapping[str, SourceState],
    documents: Documents,
    options: ReadOptions,
    now: datetime,
    step: Step = unstepped,
) -> Iterator[Reading]:
    """One reading a source, as each is ready. `documents` gives a source's remembered files."""
    urls = []
    for source in sources:
        state = states.get(source.name) or SourceState(source.name)
        if not source.place.startswith(("http://", "https://")):
            reading = _read_local(source, state, documents, now, step)
            yield replace(reading, state=local_due(source, reading.state, now))
        elif state.place == source.place and not (options.insist or may_ask(state, now)):
            yield Reading(source, state, postponed=True)
        else:
            urls.append(source)
    if urls:
        yield from _read_urls(urls, states, options, now)


def _read_local(
    source: Source, state: SourceState, documents: Documents, now: datetime, step: Step
) -> Reading:
    try:
        if source.place.startswith("file://"):
            from aggregator.read.file_url import read_file_url

            return read_file_url(source, KINDS[source.kind], state, now)
        return read_files(source, KINDS[source.kind], state, documents(source.name), now, step)
    except Exception as error:  # noqa: BLE001 -- the one broad except: it stands around one source
        return _broken(source, state, now, error)


def _read_urls(
    sources: Sequence[Source],
    states: Mapping[str, SourceState],
    options: ReadOptions,
    now: datetime,
) -> Iterator[Reading]:
    """All URLs at once; readings are given as they come in."""
    import asyncio

    # Not asyncio.Runner: it sets a signal handler for each run, and in doing so makes a text of
    # the task that ended before, with every article that it gave.
    loop = asyncio.new_event_loop()
    readings = _all_urls(sources, states, options, now)
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
    sources: Sequence[Source],
    states: Mapping[str, SourceState],
    options: ReadOptions,
    now: datetime,
) -> AsyncGenerator[Reading, None]:
    import asyncio

    from aggregator.read.fetch import Fetcher, FetchOptions
    from aggregator.read.guard import networks

    allowed = networks(options.allow_networks)
    fetching = FetchOptions(options.user_agent, allowed, deadline=options.deadline)
    async with Fetcher(fetching) as fetcher:
        tasks = [
            asyncio.create_task(
                _read_one(source, states.get(source.name) or SourceState(source.name), fetcher, now)
            )
            for source in sources
        ]
        try:
            for finished in asyncio.as_completed(tasks):
                yield await finished
        finally:
            for task in tasks:
                task.cancel()


async def _read_one(source: Source, state: SourceState, fetcher: Fetcher, now: datetime) -> Reading:
    from aggregator.read.web import read_url

    try:
        return await read_url(source, KINDS[source.kind], state, fetcher, now)
    except Exception as error:  # noqa: BLE001 -- the one broad except: it stands around one source
        broken = _broken(source, state, now, error)
        due = with_due(source, broken.state, Hints(), now, changed=False, own=False)
        return replace(broken, state=due)


def _broken(source: Source, state: SourceState, now: datetime, error: Exception) -> Reading:
    """A fault of ours met one source: said as such, and the others go on."""
    reason = f"unexpected {type(error).__name__}: {str(error)[:200]}"
    failed = replace(state, checked=now, failures=state.failures + 1, error=reason)
    return Reading(source, failed, problems=(Problem(source.name, "", reason),))
