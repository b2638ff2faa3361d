"""The daemon's life: scheduler and HTTP side by side, reloads, and an end within seconds of
SIGTERM."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from aggregator.config import Settings, check_secrets, load_settings
from aggregator.errors import ConfigError
from aggregator.queries import StoryQueries
from aggregator.read.background import BackgroundReader
from aggregator.schedule.metrics import Metrics
from aggregator.schedule.pinger import Pinger
from aggregator.schedule.subscriber import Subscriber
from aggregator.schedule.systemd import notify
from aggregator.schedule.tick import Tick
from aggregator.store import Store

EVERY = 1.0  # seconds between two looks at what is due
GRACE = 3.0  # seconds that a running tick gets to end
WATCH = 0.5  # seconds between two looks at the scheduler itself
LATE = 1.5  # seconds without a tick after which the scheduler is told to go on
HUNG = 600.0  # seconds of one tick, or of reading one source, after which all is not well
_JOB = "tick"

log = logging.getLogger("aggregator")


class _FromNow(IntervalTrigger):  # type: ignore[misc]
    """The next run is an interval from now, whatever was missed: the trigger that it is made from
    would list each second of ten years when the clock is set forward by ten years."""

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        return now + timedelta(seconds=self.interval_length)


class Daemon:
    """Ticks until it is told to stop. Its methods are called from several threads."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self.store = store
        self._metrics = Metrics()
        self._reader = BackgroundReader(settings.reading)
        self._config = _stamp(settings)
        self._stopping = threading.Event()
        self._reload = threading.Event()
        self._listening = threading.Event()
        self._tick = self._ticking(settings)
        self._idle = threading.Lock()
        self._began = time.monotonic()
        # One worker: ticks never overlap, and memory of ever new threads would not be given back.
        self._scheduler = BackgroundScheduler(
            timezone=UTC, executors={"default": ThreadPoolExecutor(1)}
        )

    def run(self, serve: Callable[[Daemon], None] | None) -> None:
        """Tick until SIGTERM or SIGINT; SIGHUP, or a change of the file, reloads the
        configuration. `serve` blocks until the end."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: self._stopping.set())
        signal.signal(signal.SIGHUP, lambda _number, _frame: self._reload.set())
        # APScheduler 3 drops runs that are a second late unless told otherwise, and would start a
        # second instance of a slow one; the due times themselves are in the store.
        self._scheduler.add_job(
            self._one_at_a_time, _FromNow(seconds=EVERY, timezone=UTC), id=_JOB,
            coalesce=True, misfire_grace_time=None, max_instances=1,
            next_run_time=datetime.now(UTC),
        )  # fmt: skip
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler.start()
        threading.Thread(target=self._watch, name="watch", daemon=True).start()
        log.info("running: %d sources", len(self.settings.sources))
        try:
            if serve is None:
                self._stopping.wait()
            else:
                serve(self)
        finally:
            notify("STOPPING=1")
            self._stopping.set()
            self._scheduler.shutdown(wait=False)
            self._end()

    def _ticking(self, settings: Settings, before: Tick | None = None) -> Tick:
        subscriber = Subscriber(
            settings, self.store, self._reader, self.now, self._listening.is_set
        )
        return Tick(
            settings, self.store, self._reader, self.now, self._metrics,
            subscriber, Pinger(settings.site, self._reader), before,
        )  # fmt: skip

    # ------------------------------------------------ what the HTTP side asks (serve.Service)

    @property
    def published(self) -> int:
        """How often a file changed."""
        return self._tick.published

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC)

    def health(self) -> str:
        """What is wrong, or ``""``."""
        return self._tick.health()

    def degraded(self) -> str:
        """What goes wrong though the rest is published, or ``""``."""
        return self._tick.degraded()

    def queries(self) -> StoryQueries:
        """The stories that pages and feeds on demand are made of."""
        return self._tick.queries()

    def ready(self) -> StoryQueries | None:
        """The current stories if they are built, else None."""
        return self._tick.ready

    def metrics(self) -> bytes:
        """What has been measured."""
        return self._metrics.text()

    def confirm(self, token: str, mode: str, topic: str, lease: int) -> bool:
        """Whether a hub asks about a subscription that we want."""
        return self._tick.subscriber.confirm(token, mode, topic, lease)

    def expects(self, token: str) -> bool:
        """Whether a hub may send something to this callback."""
        return self._tick.subscriber.expects(token)

    def deliver(self, token: str, body: bytes, content_type: str, signature: str) -> None:
        """Take what a hub sends."""
        self._tick.subscriber.deliver(token, body, content_type, signature)

    def listening(self) -> None:
        """Called once the server accepts connections."""
        self._listening.set()

    def stopping(self) -> bool:
        """Whether the end has come."""
        return self._stopping.is_set()

    # ------------------------------------------------

    def _one_at_a_time(self) -> None:
        with self._idle:
            self._began = time.monotonic()
            if self._stopping.is_set():
                return
            with self._tick.step("load the configuration"):
                if self._reload.is_set() or _stamp(self.settings) != self._config:
                    self._load_again()
            self._tick()

    def _load_again(self) -> None:
        """A bad configuration is refused with its mistakes, and the old one goes on."""
        self._reload.clear()
        self._config = _stamp(self.settings)
        try:
            settings = load_settings(self.settings.path)
            check_secrets(settings)
        except ConfigError as error:
            log.error("configuration not reloaded, keeping the previous one: %s", error)
            return
        if (settings.store, settings.output) != (self.settings.store, self.settings.output):
            log.error("configuration not reloaded: changing store or output needs a restart")
            return
        if settings.reading != self.settings.reading:
            self._reader.close(GRACE)
            self._reader = BackgroundReader(settings.reading)
        self.settings = settings
        self._tick = self._ticking(settings, self._tick)
        log.info("the configuration was loaded again: %d sources", len(settings.sources))

    def _watch(self) -> None:
        """APScheduler goes by the wall clock: set back by an hour, it would wait for an hour. This
        goes by a clock that nobody can set."""
        notify("READY=1")
        while not self._stopping.wait(WATCH):
            since = time.monotonic() - self._began
            working = self._idle.locked()
            if not working and since > LATE:
                self._scheduler.modify_job(_JOB, next_run_time=datetime.now(UTC))
            if (not working or since < HUNG) and not self._reader.stuck(HUNG):
                notify("WATCHDOG=1")

    def _end(self) -> None:
        """Give a running tick a moment. A save is one transaction and a file is placed whole, so
        that ending in the middle of it leaves nothing half done."""
        reading = self._reader.close(GRACE / 2)
        if not (self._idle.acquire(timeout=GRACE / 2) and reading):
            log.info("ended in the middle of reading or publishing")
            logging.shutdown()
            os._exit(0)
        log.info("ended")


def _stamp(settings: Settings) -> tuple[int, int]:
    """When the configuration was written; the same where it cannot be looked at now."""
    try:
        stat = settings.path.stat()
    except OSError:
        return (0, 0)
    return (stat.st_mtime_ns, stat.st_size)
