"""The Service of ``aggregator serve``: it loads the stories again when another process has changed
the store."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime

from aggregator.config import Settings
from aggregator.errors import describe, surviving
from aggregator.notify import report_of
from aggregator.pipeline import PlanOptions
from aggregator.queries import StoryQueries
from aggregator.schedule.tick import RANK_AGAIN
from aggregator.store import Store

_STOP_TIMEOUT = 3.0  # seconds, as a tick of the daemon gets
_CHECK_INTERVAL = 5.0  # seconds between two checks for changes of the store


class StandaloneService:
    """A Service without a daemon (see ``aggregator.serve.Service``). A thread loads changed
    stories; meanwhile the previous ones are served."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self.store = store
        self.publish_count = 0
        self._options = PlanOptions.of(settings)
        self._queries: StoryQueries | None = None
        self._change_number = 0  # of the store, when the stories were loaded
        self._loaded_at = 0.0  # monotonic seconds
        self._error = ""
        self._given_up = ""
        self._load_lock = threading.Lock()  # of many first requests, one loads the stories
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._refresh, name="refresh", daemon=True)
        self._thread.start()

    def now(self) -> datetime:
        """The current time in UTC."""
        return datetime.now(UTC)

    def queries(self) -> StoryQueries:
        """The stored stories; the first call loads them."""
        if self._queries is not None:
            return self._queries  # also while they are loaded again
        with self._load_lock:
            return self._queries or self._load(self.store.changes())

    def loaded_queries(self) -> StoryQueries | None:
        """The same if they are loaded, else None."""
        return self._queries

    def health(self) -> str:
        """``""``: nothing is polled here that could have stopped."""
        return ""

    def degraded(self) -> str:
        """Why the stories could not be refreshed the last time, and which letters and calls the
        daemon gave up; or ``""``."""
        return "; ".join(text for text in (self._error, self._given_up) if text)

    def metrics(self) -> bytes:
        """``b""``: only the daemon measures."""
        return b""

    def confirm(self, token: str, mode: str, topic: str, lease: int) -> bool:
        """False: only the daemon subscribes to hubs."""
        del token, mode, topic, lease
        return False

    def expects(self, token: str) -> bool:
        """False: only the daemon subscribes to hubs."""
        del token
        return False

    def deliver(self, token: str, body: bytes, content_type: str, signature: str) -> None:
        """Ignore the delivery: only the daemon subscribes to hubs."""

    def listening(self) -> None:
        """Do nothing: nothing here waits for the server."""

    def stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """End the refreshing thread; a refresh that runs gets some seconds to finish."""
        self._stopped.set()
        self._thread.join(_STOP_TIMEOUT)

    def _load(self, number: int) -> StoryQueries:
        """Load the stories; `number` is that of the changes of the store, taken before."""
        now = self.now().replace(microsecond=0)
        queries = StoryQueries.from_store(self.store, self._options, now)
        queries.prepare(self._queries)
        self._change_number, self._loaded_at = number, time.monotonic()
        self._queries = queries
        return queries

    def _refresh(self) -> None:
        """Refresh the stories until the end, whatever error a refresh raises."""
        while not self._stopped.is_set():
            errors: list[Exception] = []
            with surviving(errors.append):
                self._refresh_once()
            self._error = f"could not refresh the stories: {describe(errors[0])}" if errors else ""
            if errors:
                logging.getLogger("aggregator").error(
                    "could not refresh; serving the previous stories: %s", describe(errors[0])
                )
            self._stopped.wait(_CHECK_INTERVAL)

    def _refresh_once(self) -> None:
        """Load the stories if the store has changed, or if their scores have decayed."""
        self._given_up = report_of(self.store).problem
        with self._load_lock:
            number, age = self.store.changes(), time.monotonic() - self._loaded_at
            is_first, is_changed = self._queries is None, number != self._change_number
            if is_first or is_changed or age >= RANK_AGAIN.total_seconds():
                self._load(number)
                self.publish_count += is_changed and not is_first
