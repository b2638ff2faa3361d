"""The daemon: scheduler, HTTP server, reloads, and an end within seconds of SIGTERM."""

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
from aggregator.schedule.hub_notifier import HubNotifier
from aggregator.schedule.metrics import Metrics
from aggregator.schedule.notifications import Notifications
from aggregator.schedule.subscriber import Subscriber
from aggregator.schedule.systemd import notify
from aggregator.schedule.tick import Tick
from aggregator.store import Store

TICK_INTERVAL = 1.0  # seconds
GRACE = 3.0  # seconds that a running tick gets to end
WATCH_INTERVAL = 0.5  # seconds between two checks of the scheduler
LATE = 1.5  # seconds without a tick after which the scheduler is woken: more than TICK_INTERVAL
HUNG = 600.0  # seconds of one tick, or of reading one source: the watchdog is no longer fed
_JOB = "tick"

log = logging.getLogger("aggregator")


class _OneIntervalFromNow(IntervalTrigger):  # type: ignore[misc]
    """The next run is one interval from now, whatever was missed. IntervalTrigger would iterate
    over every second of ten years when the clock is set forward by ten years."""

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        return now + timedelta(seconds=self.interval_length)


class Daemon:
    """Ticks until it is stopped. With `http` its entries link to the pages of stories that the HTTP
    server serves. Its methods are called from several threads."""

    def __init__(self, settings: Settings, store: Store, *, http: bool = True) -> None:
        self._http = http
        self.settings = settings.with_story_pages() if http else settings
        self.store = store
        self._metrics = Metrics()
        self._reader = BackgroundReader(settings.reading)
        self._config = _file_version(settings)
        self._stopping = threading.Event()
        self._reload_requested = threading.Event()
        self._listening = threading.Event()
        self._tick = self._new_tick(self.settings)
        self._notifications = Notifications(self.settings, store, self.loaded_queries, self.now)
        self._ticking = threading.Lock()  # held while a tick runs
        self._tick_began = time.monotonic()
        # One worker: ticks never overlap, and one thread needs less memory than ever new ones.
        self._scheduler = BackgroundScheduler(
            timezone=UTC, executors={"default": ThreadPoolExecutor(1)}
        )

    def run(self, serve: Callable[[Daemon], None] | None) -> None:
        """Tick until SIGTERM or SIGINT; SIGHUP or a change of the configuration file reloads it.
        `serve` runs the HTTP server and blocks until the end; None runs without HTTP."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: self._stopping.set())
        signal.signal(signal.SIGHUP, lambda _number, _frame: self._reload_requested.set())
        # By default APScheduler 3 drops runs that are a second late.
        self._scheduler.add_job(
            self._run_tick,
            _OneIntervalFromNow(seconds=TICK_INTERVAL, timezone=UTC),
            id=_JOB,
            coalesce=True,
            misfire_grace_time=None,
            max_instances=1,
            next_run_time=datetime.now(UTC),
        )
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler.start()
        self._notifications.start()
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
            self._shut_down()

    def _new_tick(self, settings: Settings, previous: Tick | None = None) -> Tick:
        subscriber = Subscriber(
            settings, self.store, self._reader, self.now, self._listening.is_set
        )
        return Tick(
            settings,
            self.store,
            self._reader,
            self.now,
            self._metrics,
            subscriber,
            HubNotifier(settings.site, self._reader),
            previous,
        )

    # ------------------------------------------------ for the HTTP server (serve.Service)

    @property
    def publish_count(self) -> int:
        """The number of updates that changed files."""
        return self._tick.publish_count

    def now(self) -> datetime:
        """The current time in UTC."""
        return datetime.now(UTC)

    def health(self) -> str:
        """Why polling has stopped or nothing can be published, or ``""``."""
        return self._tick.health()

    def degraded(self) -> str:
        """What fails while the rest is published, or ``""``."""
        problems = (self._tick.degraded(), self._notifications.problem)
        return "; ".join(problem for problem in problems if problem)

    def queries(self) -> StoryQueries:
        """The stories for pages and feeds on demand; the first call may load them."""
        return self._tick.queries()

    def loaded_queries(self) -> StoryQueries | None:
        """The same if they are loaded, else None."""
        return self._tick.current

    def metrics(self) -> bytes:
        """All metrics in the text format of Prometheus."""
        return self._metrics.text()

    def confirm(self, token: str, mode: str, topic: str, lease: int) -> bool:
        """Whether a WebSub hub is right to subscribe or unsubscribe us; `lease` in seconds."""
        return self._tick.subscriber.confirm(token, mode, topic, lease)

    def expects(self, token: str) -> bool:
        """Whether a hub may deliver content to the callback with this token."""
        return self._tick.subscriber.expects(token)

    def deliver(self, token: str, body: bytes, content_type: str, signature: str) -> None:
        """Read what a hub delivers; content without a valid signature is dropped."""
        self._tick.subscriber.deliver(token, body, content_type, signature)

    def listening(self) -> None:
        """Called once the server accepts connections."""
        self._listening.set()

    def stopping(self) -> bool:
        """Whether the daemon is shutting down."""
        return self._stopping.is_set()

    # ------------------------------------------------

    def _run_tick(self) -> None:
        with self._ticking:
            self._tick_began = time.monotonic()
            if self._stopping.is_set():
                return
            with self._tick.step("load the configuration"):
                if self._reload_requested.is_set() or _file_version(self.settings) != self._config:
                    self._reload()
            self._tick()

    def _reload(self) -> None:
        """Load the configuration again; one with mistakes is logged and not used."""
        self._reload_requested.clear()
        self._config = _file_version(self.settings)
        try:
            settings = load_settings(self.settings.path)
            settings = settings.with_story_pages() if self._http else settings
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
        self._tick = self._new_tick(settings, self._tick)
        self._notifications.use(settings)
        log.info("configuration reloaded: %d sources", len(settings.sources))

    def _watch(self) -> None:
        """Wake the scheduler when it is late, and report to the service manager. APScheduler uses
        the wall clock: set back by an hour, it would wait for an hour. This uses monotonic time."""
        notify("READY=1")
        while not self._stopping.wait(WATCH_INTERVAL):
            age = time.monotonic() - self._tick_began
            running = self._ticking.locked()
            if not running and age > LATE:
                self._scheduler.modify_job(_JOB, next_run_time=datetime.now(UTC))
            if (not running or age < HUNG) and not self._reader.stuck(HUNG):
                notify("WATCHDOG=1")

    def _shut_down(self) -> None:
        """Give a running tick a moment to end, then exit anyway: a save is one transaction and each
        file is replaced atomically, so nothing is left half done."""
        self._notifications.close(GRACE / 3)
        reader_closed = self._reader.close(GRACE / 3)
        if not (self._ticking.acquire(timeout=GRACE / 3) and reader_closed):
            log.info("stopped while reading or publishing")
            logging.shutdown()
            os._exit(0)
        log.info("stopped")


def _file_version(settings: Settings) -> tuple[int, int]:
    """The time and size of the configuration file; (0, 0) if it cannot be read now."""
    try:
        stat = settings.path.stat()
    except OSError:
        return (0, 0)
    return (stat.st_mtime_ns, stat.st_size)
