"""How much one client may ask for."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from aggregator.serve.http_errors import TooMany

_CLIENTS = 10_000


class PerMinute:
    """So many in a minute for each client: a bucket that fills evenly and holds as many."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, client: str, per_minute: int | None) -> None:
        """Take one. Raises TooMany where the client has had its share; None is no limit."""
        if per_minute is None:
            return
        now = self._clock()
        with self._lock:
            left, then = self._left.pop(client, (float(per_minute), now))
            left = min(per_minute, left + (now - then) * per_minute / 60)
            self._left[client] = (left - 1 if left >= 1 else left, now)
            if len(self._left) > _CLIENTS:
                self._left.popitem(last=False)
        if left < 1:
            raise TooMany(f"more than {per_minute} in a minute")
