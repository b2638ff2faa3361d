"""WebSub as a publisher: our hub is told which of our feeds changed, and fetches them."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from aggregator.model import Site
from aggregator.publish import FORMATS
from aggregator.read.background import BackgroundReader

RETRY = timedelta(minutes=1)

log = logging.getLogger("aggregator")


class Pinger:
    """Tells the hub, and again what it did not take."""

    def __init__(self, site: Site, reader: BackgroundReader) -> None:
        self._site = site
        self._reader = reader
        self._changed: set[str] = set()
        self._lock = threading.Lock()
        self._not_before: datetime | None = None
        self.problem = ""
        """Why the hub refused the last notification, or ``""``."""

    def changed(self, names: tuple[str, ...]) -> None:
        """Take note of the files that changed."""
        feeds = {name for name in names if name.rpartition(".")[2] in FORMATS}
        if self._site.hub:
            with self._lock:
                self._changed |= feeds

    def tell(self, now: datetime) -> None:
        """Notify the hub of each feed that changed since its last notification."""
        if self._not_before is not None and timedelta(0) < self._not_before - now <= RETRY:
            return
        with self._lock:
            names = sorted(self._changed)
        for name in names:
            with self._lock:
                self._changed.discard(name)
            try:
                self._tell(name, now)
            except Exception:  # it is told again, whatever went wrong
                with self._lock:
                    self._changed.add(name)
                raise

    def _tell(self, name: str, now: datetime) -> None:
        def answered(reason: str) -> None:
            self.problem = reason
            if reason:
                log.warning("the hub %s was not told of %s: %s", self._site.hub, name, reason)
                with self._lock:
                    self._changed.add(name)
                    self._not_before = now + RETRY

        url = f"{self._site.url}feeds/{name}"
        self._reader.post(self._site.hub, {"hub.mode": "publish", "hub.url": url}, answered)
