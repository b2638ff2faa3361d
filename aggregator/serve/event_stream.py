"""``/events``: news of changes for open pages, as server-sent events (WHATWG HTML, 9.2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from aggregator.serve.http_errors import SECURITY, TooBusy
from aggregator.serve.service import Service

_AT_ONCE = 200  # pages
_LONGEST = 240  # seconds; a page connects again by itself
_ALIVE = 15  # seconds between two signs of life


class Events:
    """Tells pages that something was published."""

    def __init__(self, service: Service, ending: Callable[[], bool]) -> None:
        self._service = service
        self._ending = ending
        self._open = 0

    async def stream(self, _request: Request) -> Response:
        """One page's stream."""
        if self._open >= _AT_ONCE:
            raise TooBusy("too many pages listen")
        headers = {**SECURITY, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._events(), headers=headers, media_type="text/event-stream")

    async def _events(self) -> AsyncIterator[bytes]:
        self._open += 1
        try:
            seen = self._service.published
            yield b"retry: 10000\n\n"
            for second in range(1, _LONGEST):
                await asyncio.sleep(1)
                if self._ending():
                    return
                if self._service.published != seen:
                    seen = self._service.published
                    yield b"event: changed\ndata: %d\n\n" % seen
                elif second % _ALIVE == 0:
                    yield b": alive\n\n"
        finally:
            self._open -= 1
