"""The rate of requests of each client."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from aggregator.serve.http_errors import TooManyRequests

_MAX_CLIENTS = 10_000  # bounds memory: then the client seen longest ago is forgotten


class RateLimiter:
    """A token bucket per client: it holds the requests of one minute and refills evenly."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # (tokens, time)
        self._lock = threading.Lock()

    def take(self, client: str, per_minute: int | None) -> None:
        """Count a request. Raises TooManyRequests if the client exceeds it; None: no limit."""
        if per_minute is None:
            return
        now = self._clock()
        with self._lock:
            tokens, refilled_at = self._buckets.pop(client, (float(per_minute), now))
            tokens = min(per_minute, tokens + (now - refilled_at) * per_minute / 60)
            self._buckets[client] = (tokens - 1 if tokens >= 1 else tokens, now)
            if len(self._buckets) > _MAX_CLIENTS:
                self._buckets.popitem(last=False)
        if tokens < 1:
            raise TooManyRequests(f"more than {per_minute} requests per minute")
