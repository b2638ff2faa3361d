"""A cache of responses by query, for the stories as they are now."""

from __future__ import annotations

import threading
from collections import OrderedDict

from aggregator.queries import StoryQueries
from aggregator.serve.output_cache import Representation

_MAX_RESPONSES = 256  # bounds memory; the one used longest ago is dropped first


class ResponseCache:
    """The responses used last, by key. New stories (another `StoryQueries`) empty the cache, and a
    response from older ones is not stored. May be used from several threads."""

    def __init__(self) -> None:
        self._queries: StoryQueries | None = None
        self._responses: OrderedDict[tuple[str, ...], Representation] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, queries: StoryQueries | None, key: tuple[str, ...]) -> Representation | None:
        """The response stored under this key for these very stories, else None."""
        with self._lock:
            if queries is None or queries is not self._queries or key not in self._responses:
                return None
            self._responses.move_to_end(key)
            return self._responses[key]

    def use_queries(self, queries: StoryQueries) -> None:
        """Store responses from these stories from now on, and drop those from any other."""
        with self._lock:
            if queries is not self._queries:
                self._queries = queries
                self._responses.clear()

    def put(self, queries: StoryQueries, key: tuple[str, ...], response: Representation) -> None:
        """Store a response, unless other stories came into use while it was built."""
        with self._lock:
            if queries is self._queries:
                self._responses[key] = response
                while len(self._responses) > _MAX_RESPONSES:
                    self._responses.popitem(last=False)
