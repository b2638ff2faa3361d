"""The application in a server, until SIGTERM or SIGINT.

What uvicorn leaves open is closed here: a client gets some seconds to send its request, and some
minutes to take the answer; then its connection is cut.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from aggregator.errors import AggregatorError
from aggregator.serve.application import make_app
from aggregator.serve.service import Service

REQUEST_WITHIN = 20  # seconds from the connection, or the last answer's end of idling
ANSWER_WITHIN = 300  # seconds for an answer to be taken
KEEP_ALIVE = 30  # seconds that a connection may be idle
CONNECTIONS = 900  # beyond them 503
HEADER_BYTES = 32_768


class _TimeoutProtocol(H11Protocol):
    """HTTP/1.1 with a deadline per connection. A request moves the deadline; one timer per
    connection checks it now and then, since one per request would cost as much as the request."""

    _end = 0.0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._end = self.loop.time() + REQUEST_WITHIN
        self._timer = self.loop.call_later(REQUEST_WITHIN, self._check_deadline)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        before = self.cycle
        super().handle_events()
        if self.cycle is not before:
            self._end = self.loop.time() + ANSWER_WITHIN

    def on_response_complete(self) -> None:
        self._end = self.loop.time() + KEEP_ALIVE + REQUEST_WITHIN
        super().on_response_complete()

    def _check_deadline(self) -> None:
        if self.loop.time() >= self._end:
            self.transport.abort()
        else:
            self._timer = self.loop.call_later(REQUEST_WITHIN / 2, self._check_deadline)


class _Server(uvicorn.Server):
    """A server that also ends when its service does: a signal may come before it listens to any."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    async def main_loop(self) -> None:
        host, port = self.config.host, self.config.port
        logging.getLogger("aggregator").info(
            "serving %s at http://%s:%d/", self._service.settings.output, host, port,
            extra={"host": host, "port": port},
        )  # fmt: skip
        self._service.listening()
        await super().main_loop()

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._service.stopping()


def serve_until_signal(service: Service, host: str, port: int) -> None:
    """Serve. Raises AggregatorError where the address cannot be listened on."""
    running: list[_Server] = []

    def ending() -> bool:
        return service.stopping() or any(server.should_exit for server in running)

    options: dict[str, Any] = {
        "http": _TimeoutProtocol,
        "log_config": None,
        "access_log": False,  # a private feed's token is in its address
        "server_header": False,
        "timeout_keep_alive": KEEP_ALIVE,
        "timeout_graceful_shutdown": 2,
        "limit_concurrency": CONNECTIONS,
        "h11_max_incomplete_event_size": HEADER_BYTES,
        "lifespan": "off",
        # Whose X-Forwarded-For is believed; the environment (FORWARDED_ALLOW_IPS) is not asked.
        "forwarded_allow_ips": list(service.settings.http.trusted_proxies),
    }
    config = uvicorn.Config(make_app(service, ending), host=host, port=port, **options)
    for number in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            # uvicorn ends in good order and then raises the signal again; a good end exits with 0
            signal.signal(number, lambda _number, _frame: None)
    server = _Server(config, service)
    running.append(server)
    try:
        server.run()
    except SystemExit as error:  # uvicorn's word for "cannot listen"; it has logged why
        raise AggregatorError(_cannot_listen(host, port)) from error
    if not server.started and not service.stopping():
        raise AggregatorError(_cannot_listen(host, port))


def _cannot_listen(host: str, port: int) -> str:
    return f"cannot listen on {host}:{port}: another program may use it; choose another --port"
