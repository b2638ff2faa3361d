"""Reading for a daemon: many sources in the background, so that the slowest holds up nobody."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

from aggregator.errors import describe, surviving
from aggregator.model import DocumentState, Reading, Source, SourceState
from aggregator.read.all_sources import Documents
from aggregator.read.fetch import Fetcher, FetchOptions
from aggregator.read.options import ReadOptions
from aggregator.read.single_source import (
    is_url,
    postponed,
    read_local,
    read_pushed,
    read_remote,
    unread,
)

T = TypeVar("T")


class BackgroundReader:
    """One event loop in a thread of its own, over one pool of connections, for years.

    Sources are started when they are due and their readings collected when they are there. A
    source that is being read is not started again.
    """

    def __init__(self, options: ReadOptions) -> None:
        self._options = options
        self._done: queue.SimpleQueue[Reading] = queue.SimpleQueue()
        self._in_flight: Counter[str] = Counter()
        self._since: dict[str, float] = {}
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._fetcher: Fetcher | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="reading", daemon=True)
        self._thread.start()

    @property
    def in_flight(self) -> frozenset[str]:
        """The names of the sources that were started and not collected yet."""
        with self._lock:
            return frozenset(self._in_flight)

    @property
    def is_alive(self) -> bool:
        """Whether anything can be read: its thread runs."""
        return self._thread.is_alive()

    def stuck(self, seconds: float) -> frozenset[str]:
        """The names of the sources that have been read for longer than so many seconds."""
        before = time.monotonic() - seconds
        with self._lock:
            return frozenset(name for name, since in self._since.items() if since < before)

    def start(
        self,
        sources: Collection[Source],
        states: Mapping[str, SourceState],
        documents: Documents,
        now: datetime,
    ) -> None:
        """Begin to read those of the sources that are not being read already."""
        for source in sources:
            if source.name in self._in_flight:
                continue
            state = states.get(source.name) or SourceState(source.name)
            if is_url(source):
                self._begin(source, state, self._read_url(source, state, now), now)
            else:
                known = documents(source.name)
                self._begin(source, state, self._read_files(source, state, known, now), now)

    def take(
        self, source: Source, state: SourceState, body: bytes, content_type: str, now: datetime
    ) -> None:
        """Read what a hub has sent of a source."""
        reading = self._read_pushed(source, state, body, content_type, now)
        self._begin(source, state, reading, now)

    def post(self, url: str, fields: Mapping[str, str], then: Callable[[str], None]) -> None:
        """POST a form in the background; `then` is told why it was not accepted, or ``""``."""

        async def posted() -> str:
            return await self._fetching().post(url, fields)

        self._create(posted(), then, lambda error: then(describe(error)))

    def collect(self, patience: float) -> list[Reading]:
        """What has been read since the last call. Waits until nothing is being read any more, at
        most `patience` seconds."""
        readings: list[Reading] = []
        end = time.monotonic() + patience
        while self._in_flight:
            try:
                readings.append(self._done.get(timeout=max(0.0, end - time.monotonic())))
            except queue.Empty:
                break
            with self._lock:
                name = readings[-1].source.name
                self._in_flight[name] -= 1
                if not self._in_flight[name]:
                    del self._in_flight[name], self._since[name]
        return readings

    def close(self, patience: float) -> bool:
        """Drop what is being read. Returns whether all of it ended within `patience` seconds."""
        with suppress(RuntimeError):  # it has ended before
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(patience)
        return not self._thread.is_alive()

    def _begin(
        self,
        source: Source,
        state: SourceState,
        reading: Coroutine[None, None, Reading],
        now: datetime,
    ) -> None:
        def fail(error: Exception) -> None:  # else the source would be in flight for ever
            self._done.put(unread(source, state, describe(error), now))

        with self._lock:
            self._since.setdefault(source.name, time.monotonic())
            self._in_flight[source.name] += 1
        with surviving(fail):
            self._create(reading, self._done.put, fail)

    def _create(
        self,
        work: Coroutine[None, None, T],
        then: Callable[[T], None],
        fail: Callable[[Exception], None],
    ) -> None:
        """Do the work in the loop's thread. `then` is called there with its result, or `fail` with
        what went wrong, unless it is dropped."""

        def end(task: asyncio.Task[T]) -> None:
            self._tasks.discard(task)
            if task.cancelled():
                return
            with surviving(fail):
                then(task.result())

        def create() -> None:
            with surviving(fail):
                task = self._loop.create_task(work)
                self._tasks.add(task)  # the loop itself holds its tasks weakly
                task.add_done_callback(end)
                return
            work.close()

        with surviving(fail):
            self._loop.call_soon_threadsafe(create)
            return
        work.close()

    def _fetching(self) -> Fetcher:
        if self._fetcher is None:  # made inside the loop that it belongs to
            self._fetcher = Fetcher(FetchOptions.of(self._options))
        return self._fetcher

    async def _read_url(self, source: Source, state: SourceState, now: datetime) -> Reading:
        later = postponed(source, state, now)
        return later or await read_remote(source, state, self._fetching(), now)

    async def _read_pushed(
        self, source: Source, state: SourceState, body: bytes, content_type: str, now: datetime
    ) -> Reading:
        return await asyncio.to_thread(read_pushed, source, state, body, content_type, now)

    async def _read_files(
        self,
        source: Source,
        state: SourceState,
        known: Mapping[str, DocumentState],
        now: datetime,
    ) -> Reading:
        return await asyncio.to_thread(read_local, source, state, known, now)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(self._end())
        finally:
            self._loop.close()

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._fetcher is not None:
            await self._fetcher.__aexit__(None, None, None)
        await self._loop.shutdown_default_executor()
