"""``aggregator run`` and ``aggregator serve``."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.cli.alone import Alone
from aggregator.cli.logs import log_to_stderr
from aggregator.cli.session import errors_as_text, opened

if TYPE_CHECKING:
    from aggregator.serve import Service


def run(
    config: Path,
    host: str,
    port: int,
    log_format: str,
    *,
    http: bool,
    verbose: bool,
    quiet: bool,
) -> None:
    """Poll, publish and serve until SIGTERM."""
    with errors_as_text():
        log_to_stderr(log_format, verbose=verbose, quiet=quiet)
    with opened(config) as (settings, store):
        from aggregator.schedule import Daemon, only_one

        def serve_http(daemon: Daemon) -> None:
            _serve(daemon, host, port)

        with only_one(settings):
            Daemon(settings, store).run(serve_http if http else None)


def serve(config: Path, host: str, port: int, log_format: str) -> None:
    """Serve what is published until SIGTERM."""
    with errors_as_text():
        log_to_stderr(log_format, verbose=False, quiet=False)
    with opened(config) as (settings, store):
        alone = Alone(settings, store)
        try:
            _serve(alone, host, port)
        finally:
            alone.end()


def _serve(service: Service, host: str, port: int) -> None:
    from aggregator.serve import serve_until_signal

    logging.getLogger("aggregator").info(
        "serving %s at http://%s:%d/", service.settings.output, host, port,
        extra={"host": host, "port": port},
    )  # fmt: skip
    serve_until_signal(service, host, port)
