"""Letters and webhooks beside the ticks, which never wait for a mail server or a receiver."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from aggregator.config import Settings
from aggregator.errors import describe, surviving
from aggregator.notify import Notifier, report_of
from aggregator.queries import StoryQueries
from aggregator.store import Store

INTERVAL = 5.0  # seconds between two rounds

log = logging.getLogger("aggregator")


class Notifications:
    """A thread that notifies until it is closed. `queries` gives the stories, None while they are
    not loaded. Without `notify` in the configuration it only reports what is left of earlier
    ones."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        queries: Callable[[], StoryQueries | None],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._queries = queries
        self._clock = clock
        self._settings = settings
        self._notifier = Notifier(settings, store)
        self._stopping = threading.Event()
        self._error = ""
        self._report = ""
        self._thread = threading.Thread(target=self._run, name="notify", daemon=True)

    @property
    def problem(self) -> str:
        """What was given up, or why nothing can be sent, with what to do; ``""`` if all is well."""
        return self._error or self._report

    def start(self) -> None:
        """Begin. Without this nothing is sent."""
        self._thread.start()

    def use(self, settings: Settings) -> None:
        """From the next round on, notify by these settings."""
        self._settings = settings

    def close(self, timeout: float) -> None:
        """Begin no further delivery, and wait for the running one, at most `timeout` seconds. One
        that does not end by then is made again after the next start, under the same id."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        used = self._settings
        while not self._stopping.is_set():
            errors: list[Exception] = []
            with surviving(errors.append):
                if self._settings is not used:
                    used = self._settings
                    self._notifier = Notifier(used, self._store)
                self._round(used)
            error = f"cannot notify: {describe(errors[0])}" if errors else ""
            if error and error != self._error:
                log.error("%s", error)
            self._error = error
            self._stopping.wait(INTERVAL)

    def _round(self, settings: Settings) -> None:
        notify = settings.notify
        if notify.email or notify.webhook:
            self._notifier.round(self._queries(), self._clock(), self._stopping.is_set)
        self._report = report_of(self._store).problem
