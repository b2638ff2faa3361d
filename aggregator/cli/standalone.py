"""What ``aggregator serve`` serves: what is published and stored, loaded again when another process
has changed it."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime

from aggregator.config import Settings
from aggregator.errors import describe, surviving
from aggregator.pipeline import PlanOptions
from aggregator.queries import StoryQueries
from aggregator.store import Store

_LOOK_AGAIN = 5.0  # seconds between two looks at whether something changed
_RANK_AGAIN = 600.0  # seconds after which scores have decayed


class StandaloneService:
    """The HTTP side without a daemon (see ``aggregator.serve.Service``). The stories are made
    anew in the background, while those that were made before are shown."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self.store = store
        self.published = 0
        self._options = PlanOptions.of(settings)
        self._desk: StoryQueries | None = None
        self._seen, self._at = 0, 0.0  # the number of changes that the desk knows, and since when
        self._error = ""
        self._first = threading.Lock()
        self._ended = threading.Event()
        threading.Thread(target=self._look, name="looking", daemon=True).start()

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC)

    def queries(self) -> StoryQueries:
        """The stories that are remembered; the first to ask waits for them."""
        with self._first:
            if self._desk is None:
                queries = self._made()
                queries.prepare(None)
                self._desk = queries
            return self._desk

    def loaded_queries(self) -> StoryQueries | None:
        """The current stories if they are built, else None."""
        return self._desk

    def health(self) -> str:
        """Nothing is polled here that could have stopped."""
        return ""

    def degraded(self) -> str:
        """Why the stories could not be refreshed the last time, or ``""``."""
        return self._error

    def metrics(self) -> bytes:
        """Nothing is measured here."""
        return b""

    def confirm(self, token: str, mode: str, topic: str, lease: int) -> bool:
        """Hubs are the daemon's."""
        del token, mode, topic, lease
        return False

    def expects(self, token: str) -> bool:
        """Hubs are the daemon's."""
        del token
        return False

    def deliver(self, token: str, body: bytes, content_type: str, signature: str) -> None:
        """Hubs are the daemon's."""

    def listening(self) -> None:
        """Nobody waits for it."""

    def stopping(self) -> bool:
        """Whether the end has come."""
        return self._ended.is_set()

    def end(self) -> None:
        """Look no more."""
        self._ended.set()

    def _made(self) -> StoryQueries:
        return StoryQueries.from_store(self.store, self._options, self.now().replace(microsecond=0))

    def _look(self) -> None:
        """Until the end, whatever the store says at times."""
        while not self._ended.is_set():
            errors: list[Exception] = []
            with surviving(errors.append):
                self._look_again()
            self._error = f"could not refresh the stories: {describe(errors[0])}" if errors else ""
            if errors:
                logging.getLogger("aggregator").error(
                    "could not refresh; serving the previous stories: %s", describe(errors[0])
                )
            self._ended.wait(_LOOK_AGAIN)

    def _look_again(self) -> None:
        number = self.store.changes()
        if self._desk is None:
            self.queries()
        elif number != self._seen or time.monotonic() - self._at >= _RANK_AGAIN:
            queries = self._made()
            queries.prepare(self._desk)
            self._desk = queries
            self.published += number != self._seen
        else:
            return
        self._seen, self._at = number, time.monotonic()
