"""Read sources in the background of the daemon, so that a slow source does not delay others."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Mapping
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlencode

from aggregator.errors import AggregatorError, describe, surviving
from aggregator.model import DocumentState, Reading, Source, SourceState
from aggregator.read.all_sources import Documents
from aggregator.read.fetch import Fetcher
from aggregator.read.options import FetchOptions, ReadOptions
from aggregator.read.single_source import (
    internal_failure,
    is_url,
    postponed,
    read_local,
    read_pushed,
    read_remote,
)

T = TypeVar("T")


class BackgroundReader:
    """An event loop in its own thread, with one connection pool for the life of the process.

    The caller starts the sources that are due and collects the readings that are ready. A source
    that is being read is not started again.
    """

    def __init__(self, options: ReadOptions) -> None:
        self._options = options
        self._done: queue.SimpleQueue[Reading] = queue.SimpleQueue()
        self._in_flight: Counter[str] = Counter()
        self._started_at: dict[str, float] = {}
        self._loop = asyncio.new_event_loop()
        self._running: set[Future[None]] = set()  # the loop itself holds its tasks weakly
        self._is_closing = False
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
        """Whether the reading thread runs; without it nothing can be read."""
        return self._thread.is_alive()

    def stuck(self, seconds: float) -> frozenset[str]:
        """The names of the sources whose reading began more than `seconds` ago."""
        started_before = time.monotonic() - seconds
        with self._lock:
            return frozenset(
                name for name, started_at in self._started_at.items() if started_at < started_before
            )

    def start(
        self,
        sources: Collection[Source],
        states: Mapping[str, SourceState],
        documents: Documents,
        now: datetime,
    ) -> None:
        """Begin to read the sources, except those that are being read. Returns at once."""
        for source in sources:
            if source.name in self._in_flight:
                continue
            state = states.get(source.name) or SourceState(source.name)
            if is_url(source):
                self._submit(source, state, self._read_url(source, state, now), now)
            else:
                document_states = documents(source.name)
                self._submit(
                    source, state, self._read_files(source, state, document_states, now), now
                )

    def take(
        self, source: Source, state: SourceState, body: bytes, content_type: str, now: datetime
    ) -> None:
        """Read a document that a WebSub hub has sent for a source."""
        reading = self._read_pushed(source, state, body, content_type, now)
        self._submit(source, state, reading, now)

    def post(self, url: str, fields: Mapping[str, str], on_result: Callable[[str], None]) -> None:
        """POST a form in the background, then call `on_result` with the reason of a failure, or
        ``""`` on success."""

        async def post_form() -> str:
            body = urlencode(fields).encode()
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            return await self._get_fetcher().post(url, body, headers)

        self._create(post_form(), on_result, lambda error: on_result(describe(error)))

    def run(
        self,
        work: Callable[[Fetcher], Coroutine[None, None, T]],
        on_result: Callable[[T], None],
        on_error: Callable[[Exception], None],
    ) -> None:
        """Do other work with the same fetcher in the background, so that both together keep to one
        request per host. One of the functions is called at its end, unless the reader is closed."""

        async def work_with_fetcher() -> T:
            return await work(self._get_fetcher())

        self._create(work_with_fetcher(), on_result, on_error)

    def collect(self, timeout: float) -> list[Reading]:
        """The readings since the last call.

        Waits until nothing is being read any more, at most `timeout` seconds.
        """
        readings: list[Reading] = []
        deadline = time.monotonic() + timeout
        while self._in_flight:
            try:
                readings.append(self._done.get(timeout=max(0.0, deadline - time.monotonic())))
            except queue.Empty:
                break
            with self._lock:
                name = readings[-1].source.name
                self._in_flight[name] -= 1
                if not self._in_flight[name]:
                    del self._in_flight[name], self._started_at[name]
        return readings

    def close(self, timeout: float) -> bool:
        """Cancel all readings. Returns whether the thread ended within `timeout` seconds."""
        with suppress(RuntimeError):  # the loop is closed already
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _submit(
        self,
        source: Source,
        state: SourceState,
        reading: Coroutine[None, None, Reading],
        now: datetime,
    ) -> None:
        def on_error(error: Exception) -> None:
            # Without a reading, the source would stay in flight for ever.
            self._done.put(internal_failure(source, state, describe(error), now))

        with self._lock:
            self._started_at.setdefault(source.name, time.monotonic())
            self._in_flight[source.name] += 1
        with surviving(on_error):
            self._create(reading, self._done.put, on_error)

    def _create(
        self,
        work: Coroutine[None, None, T],
        on_result: Callable[[T], None],
        on_error: Callable[[Exception], None],
    ) -> None:
        """Do the work in the loop's thread. `on_result` is called there with its result, or
        `on_error` with the reason why there is none; neither when the reader is closed meanwhile.

        The work reports its result itself, and its end is looked at once more from outside: an
        error in one of the two, or a cancellation inside a library, must not lose the result.
        """

        async def report_result() -> None:
            with surviving(on_error):
                on_result(await work)

        def finish(future: Future[None]) -> None:
            self._running.discard(future)
            work.close()
            if self._is_closing:
                return
            if future.cancelled():
                on_error(AggregatorError("cancelled before it ended"))
            elif isinstance(error := future.exception(), Exception):
                on_error(error)

        reporting = report_result()
        with surviving(on_error):
            future = asyncio.run_coroutine_threadsafe(reporting, self._loop)
            self._running.add(future)
            future.add_done_callback(finish)
            return  # only an exception, which `surviving` has reported, leads to the lines below
        reporting.close()
        work.close()

    def _get_fetcher(self) -> Fetcher:
        if self._fetcher is None:  # created inside the event loop that it belongs to
            self._fetcher = Fetcher(FetchOptions.of(self._options))
        return self._fetcher

    async def _read_url(self, source: Source, state: SourceState, now: datetime) -> Reading:
        postponed_reading = postponed(source, state, now)
        return postponed_reading or await read_remote(source, state, self._get_fetcher(), now)

    async def _read_pushed(
        self, source: Source, state: SourceState, body: bytes, content_type: str, now: datetime
    ) -> Reading:
        return await asyncio.to_thread(read_pushed, source, state, body, content_type, now)

    async def _read_files(
        self,
        source: Source,
        state: SourceState,
        document_states: Mapping[str, DocumentState],
        now: datetime,
    ) -> Reading:
        return await asyncio.to_thread(read_local, source, state, document_states, now)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(self._shut_down())
        finally:
            self._loop.close()

    async def _shut_down(self) -> None:
        self._is_closing = True
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._fetcher is not None:
            await self._fetcher.__aexit__(None, None, None)
        await self._loop.shutdown_default_executor()
