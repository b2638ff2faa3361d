"""WebSub as a publisher (section 6): we notify our hub of feeds that changed."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from aggregator.model import Site
from aggregator.publish import FORMATS
from aggregator.read.background import BackgroundReader

RETRY = timedelta(minutes=1)  # before the hub is notified again after it refused

log = logging.getLogger("aggregator")


class HubNotifier:
    """Notifies the hub of changed feeds, and again of those that it did not accept."""

    def __init__(self, site: Site, reader: BackgroundReader) -> None:
        self._site = site
        self._reader = reader
        self._changed: set[str] = set()
        self._lock = threading.Lock()
        self._not_before: datetime | None = None
        self._problems: dict[str, str] = {}  # file name -> why its last notification failed

    @property
    def problem(self) -> str:
        """Why the hub was not notified of a feed, until it is; ``""`` if nothing failed."""
        with self._lock:
            return next(iter(self._problems.values()), "")

    def add_changed(self, names: tuple[str, ...]) -> None:
        """Queue the feeds among these file names for the next notification."""
        feeds = {name for name in names if name.rpartition(".")[2] in FORMATS}
        if self._site.hub:
            with self._lock:
                self._changed |= feeds

    def notify_hub(self, now: datetime) -> None:
        """Notify the hub of each feed that changed since its last notification; do nothing for a
        minute after it refused one."""
        if self._not_before is not None and timedelta(0) < self._not_before - now <= RETRY:
            return
        with self._lock:
            names = sorted(self._changed)
        for name in names:
            with self._lock:
                self._changed.discard(name)
            try:
                self._post(name, now)
            except Exception:  # whatever went wrong, the hub is notified again
                with self._lock:
                    self._changed.add(name)
                raise

    def _post(self, name: str, now: datetime) -> None:
        def on_result(reason: str) -> None:
            if not reason:
                with self._lock:
                    self._problems.pop(name, None)
            else:
                log.warning(
                    "the hub %s was not notified of %s: %s",
                    self._site.hub,
                    name,
                    reason,
                )
                with self._lock:
                    self._problems[name] = reason
                    self._changed.add(name)
                    self._not_before = now + RETRY

        url = f"{self._site.url}feeds/{name}"
        self._reader.post(self._site.hub, {"hub.mode": "publish", "hub.url": url}, on_result)
