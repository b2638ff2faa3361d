"""The HTTP server, until SIGTERM or SIGINT.

It adds two time limits that uvicorn lacks: for a client to send its request, and to receive the
response. Then the connection is closed.
"""

from __future__ import annotations

import asyncio
import logging
import signal

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from aggregator.errors import AggregatorError
from aggregator.serve.application import make_app
from aggregator.serve.service import Service

REQUEST_TIMEOUT = 20  # seconds to send a request, so that slow clients cannot fill the connections
RESPONSE_TIMEOUT = 300  # seconds to receive a response: a feed of 1 MB at 4 KB per second
KEEP_ALIVE = 30  # seconds that a connection may be idle between two requests
MAX_CONNECTIONS = 900  # below the usual limit of 1,024 open files; beyond it 503
MAX_HEADER_BYTES = 32_768  # beyond it 400; more than the application accepts, which answers 431


class _TimeoutProtocol(H11Protocol):
    """HTTP/1.1 with a deadline per connection. A request moves the deadline, which one timer per
    connection checks from time to time: a timer per request would cost as much as the request."""

    _deadline = 0.0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._deadline = self.loop.time() + REQUEST_TIMEOUT
        self._timer = self.loop.call_later(REQUEST_TIMEOUT, self._check_deadline)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        previous_cycle = self.cycle
        super().handle_events()
        if self.cycle is not previous_cycle:  # a request has begun
            self._deadline = self.loop.time() + RESPONSE_TIMEOUT

    def on_response_complete(self) -> None:
        self._deadline = self.loop.time() + KEEP_ALIVE + REQUEST_TIMEOUT
        super().on_response_complete()

    def _check_deadline(self) -> None:
        if self.loop.time() >= self._deadline:
            self.transport.abort()
        else:
            self._timer = self.loop.call_later(REQUEST_TIMEOUT / 2, self._check_deadline)


class _Server(uvicorn.Server):
    """A server that also stops when its service does: a signal may arrive before uvicorn handles
    signals."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    async def main_loop(self) -> None:
        host, port = self.config.host, self.config.port
        logging.getLogger("aggregator").info(
            "serving %s at http://%s:%d/",
            self._service.settings.output,
            host,
            port,
            extra={"host": host, "port": port},
        )
        self._service.listening()
        await super().main_loop()

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._service.stopping()


def serve_until_signal(service: Service, host: str, port: int) -> None:
    """Serve until SIGTERM, SIGINT or `service.stopping()`. Raises AggregatorError if the server
    cannot listen on the address."""
    servers: list[_Server] = []  # the one below, once it exists

    def is_stopping() -> bool:
        return service.stopping() or any(server.should_exit for server in servers)

    config = uvicorn.Config(
        make_app(service, is_stopping),
        host=host,
        port=port,
        http=_TimeoutProtocol,
        log_config=None,
        access_log=False,  # the address of a private feed contains its token
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=2,
        limit_concurrency=MAX_CONNECTIONS,
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
        lifespan="off",
        # Set, so that uvicorn does not read the environment (FORWARDED_ALLOW_IPS).
        forwarded_allow_ips=list(service.settings.http.trusted_proxies),
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            # uvicorn stops cleanly and then raises the signal again, which must not kill us
            signal.signal(number, lambda _number, _frame: None)
    server = _Server(config, service)
    servers.append(server)
    try:
        server.run()
    except SystemExit as error:  # uvicorn exits if it cannot listen, after logging why
        raise AggregatorError(_cannot_listen(host, port)) from error
    if not server.started and not service.stopping():
        raise AggregatorError(_cannot_listen(host, port))


def _cannot_listen(host: str, port: int) -> str:
    return f"cannot listen on {host}:{port}; if it is in use, choose another --port"
