"""``aggregator run`` and ``aggregator serve``."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from aggregator.cli.session import errors_as_text, opened
from aggregator.config import load_settings


def run(config: Path, host: str, port: int, *, http: bool, verbose: bool, quiet: bool) -> None:
    """Poll, publish and serve until SIGTERM."""
    _log(verbose=verbose, quiet=quiet)
    with opened(config) as (settings, store):
        from aggregator.schedule import run_daemon

        def serve_folder(health: Callable[[], str]) -> None:
            _serve(settings.output, host, port, health)

        run_daemon(settings, store, serve_folder if http else None)


def serve(config: Path, host: str, port: int) -> None:
    """Serve what is published until SIGTERM."""
    _log(verbose=False, quiet=False)
    with errors_as_text():
        settings = load_settings(config)
        _serve(settings.output, host, port, lambda: "")


def _serve(folder: Path, host: str, port: int, health: Callable[[], str]) -> None:
    from aggregator.serve import serve_until_signal

    logging.getLogger("aggregator").info("serving %s at http://%s:%d/", folder, host, port)
    serve_until_signal(folder, host, port, health)


def _log(*, verbose: bool, quiet: bool) -> None:
    level = logging.DEBUG if verbose else logging.WARNING if quiet else logging.INFO
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("aggregator").setLevel(level)
