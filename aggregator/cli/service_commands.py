"""``aggregator run`` and ``aggregator serve``."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.cli.logs import log_to_stderr
from aggregator.cli.session import errors_as_text, opened
from aggregator.cli.standalone import StandaloneService
from aggregator.config import Settings, check_secrets

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
        from aggregator.schedule import Daemon

        check_secrets(settings)
        log_warnings(settings)

        def serve_http(daemon: Daemon) -> None:
            _serve(daemon, host, port)

        with store.exclusive():
            Daemon(settings, store, http=http).run(serve_http if http else None)


def serve(config: Path, host: str, port: int, log_format: str) -> None:
    """Serve the stored stories and published files until SIGTERM."""
    with errors_as_text():
        log_to_stderr(log_format, verbose=False, quiet=False)
    with opened(config) as (settings, store):
        check_secrets(settings)
        log_warnings(settings)
        service = StandaloneService(settings.with_story_pages(), store)
        try:
            _serve(service, host, port)
        finally:
            service.stop()


def _serve(service: Service, host: str, port: int) -> None:
    from aggregator.serve import serve_until_signal

    serve_until_signal(service, host, port)


def log_warnings(settings: Settings) -> None:
    """Log the warnings of the configuration."""
    for warning in settings.warnings:
        logging.getLogger("aggregator").warning("%s", warning)
