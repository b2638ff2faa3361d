"""The daemon's life: scheduler and HTTP side by side, and an end within seconds of SIGTERM."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler

from aggregator.config import Settings
from aggregator.schedule.tick import Tick
from aggregator.store import Store

EVERY = 1.0  # seconds between two looks at what is due
GRACE = 3.0  # seconds that a running tick gets to end

log = logging.getLogger("aggregator")
Serve = Callable[[Tick], None]


def run_daemon(settings: Settings, store: Store, serve: Serve | None) -> None:
    """Tick until SIGTERM or SIGINT. `serve` blocks until then and is given the tick."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    tick = Tick(settings, store, lambda: datetime.now(UTC))
    idle = threading.Lock()
    scheduler = BackgroundScheduler(timezone=UTC)
    # APScheduler 3 drops runs that are a second late unless told otherwise, and would start a
    # second instance of a slow one; the due times themselves are in the store.
    scheduler.add_job(
        _one_at_a_time, "interval", args=(tick, idle, stopping), seconds=EVERY,
        coalesce=True, misfire_grace_time=None, max_instances=1, next_run_time=datetime.now(UTC),
    )  # fmt: skip
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler.start()
    log.info("running: %d sources", len(settings.sources))
    try:
        if serve is None:
            stopping.wait()
        else:
            serve(tick)
    finally:
        stopping.set()
        scheduler.shutdown(wait=False)
        _end(idle)


def _one_at_a_time(tick: Tick, idle: threading.Lock, stopping: threading.Event) -> None:
    with idle:
        if not stopping.is_set():
            tick()


def _end(idle: threading.Lock) -> None:
    """Give a running tick a moment. A save is one transaction and a file is placed whole, so
    that ending in the middle of a fetch leaves nothing half done."""
    if not idle.acquire(timeout=GRACE):
        log.info("ended while a source was being read")
        logging.shutdown()
        os._exit(0)
    log.info("ended")
