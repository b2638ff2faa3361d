"""``aggregator run`` and ``aggregator serve``."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from pathlib import Path

from aggregator.cli.session import opened, present
from aggregator.config import Settings
from aggregator.pipeline import Desk, PlanOptions
from aggregator.store import Store

_LOOK_AGAIN = 60.0  # seconds


def run(config: Path, host: str, port: int, *, http: bool, verbose: bool, quiet: bool) -> None:
    """Poll, publish and serve until SIGTERM."""
    _log(verbose=verbose, quiet=quiet)
    with opened(config) as (settings, store):
        from aggregator.schedule import Daemon, only_one

        def serve_folder(daemon: Daemon) -> None:
            _serve(settings.output, host, port, daemon.health, daemon.desk, daemon.metrics.text)

        with only_one(settings):
            Daemon(settings, store).run(serve_folder if http else None)


def serve(config: Path, host: str, port: int) -> None:
    """Serve what is published until SIGTERM."""
    _log(verbose=False, quiet=False)
    with opened(config) as (settings, store):
        _serve(settings.output, host, port, lambda: "", _Desks(settings, store).latest)


class _Desks:
    """The stories of the store, looked at again after a minute."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._lock = threading.Lock()
        self._made = -math.inf
        self._desk: Desk | None = None

    def latest(self) -> Desk:
        """The desk over what is remembered."""
        with self._lock:
            if self._desk is None or time.monotonic() - self._made > _LOOK_AGAIN:
                options = PlanOptions.of(self._settings)
                self._desk = Desk.remembered(self._store, options, present(None))
                self._made = time.monotonic()
            return self._desk


def _serve(
    folder: Path,
    host: str,
    port: int,
    health: Callable[[], str],
    desk: Callable[[], Desk],
    metrics: Callable[[], bytes] | None = None,
) -> None:
    from aggregator.serve import serve_until_signal

    logging.getLogger("aggregator").info("serving %s at http://%s:%d/", folder, host, port)
    serve_until_signal(folder, host, port, health, desk, metrics)


def _log(*, verbose: bool, quiet: bool) -> None:
    level = logging.DEBUG if verbose else logging.WARNING if quiet else logging.INFO
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("aggregator").setLevel(level)
