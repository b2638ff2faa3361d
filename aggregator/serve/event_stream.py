"""``/events``: server-sent events (WHATWG HTML, section 9.2) that tell open pages of changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from aggregator.serve.http_errors import SECURITY, TooBusy
from aggregator.serve.service import Service

_MAX_STREAMS = 200  # of the server's 900 connections
_MAX_SECONDS = 240  # below the response timeout of 300; the browser reconnects by itself
_HEARTBEAT = 15  # seconds: proxies cut idle connections, often after 60


class Events:
    """Handler of the event stream: an event per update that changed files."""

    def __init__(self, service: Service, is_stopping: Callable[[], bool]) -> None:
        self._service = service
        self._is_stopping = is_stopping
        self._open = 0

    async def stream(self, _request: Request) -> Response:
        """The stream of one page. Raises TooBusy."""
        if self._open >= _MAX_STREAMS:
            raise TooBusy("too many pages are open")
        headers = {**SECURITY, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._events(), headers=headers, media_type="text/event-stream")

    async def _events(self) -> AsyncIterator[bytes]:
        self._open += 1
        try:
            published = self._service.publish_count
            yield b"retry: 10000\n\n"
            for second in range(1, _MAX_SECONDS):
                await asyncio.sleep(1)
                if self._is_stopping():
                    return
                if self._service.publish_count != published:
                    published = self._service.publish_count
                    yield b"event: changed\ndata: %d\n\n" % published
                elif second % _HEARTBEAT == 0:
                    yield b": alive\n\n"
        finally:
            self._open -= 1
