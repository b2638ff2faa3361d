"""The application in a server, until SIGTERM or SIGINT."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import uvicorn

from aggregator.errors import AggregatorError
from aggregator.pipeline import Desk
from aggregator.serve.app import make_app


def serve_until_signal(
    folder: Path,
    host: str,
    port: int,
    health: Callable[[], str],
    desk: Callable[[], Desk],
    metrics: Callable[[], bytes] | None = None,
) -> None:
    """Serve the folder and what is asked of the desk. Raises AggregatorError where the address
    cannot be listened on."""
    config = uvicorn.Config(
        make_app(folder, health, desk, metrics),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=2,
        lifespan="off",
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            # uvicorn ends in good order and then raises the signal again; a good end exits with 0
            signal.signal(number, lambda _number, _frame: None)
    server = uvicorn.Server(config)
    try:
        server.run()
    except SystemExit as error:  # uvicorn's word for "cannot listen"; it has logged why
        raise AggregatorError(f"cannot listen on {host}:{port}") from error
    if not server.started:
        raise AggregatorError(f"cannot listen on {host}:{port}")
