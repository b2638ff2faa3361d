"""A cache of responses by query, for the current view of the stories."""

from __future__ import annotations

import threading
from collections import OrderedDict

from aggregator.queries import StoryQueries
from aggregator.serve.output_cache import Representation

_MAX_RESPONSES = 256  # bounds memory; the one used longest ago is dropped first


class ResponseCache:
    """The responses used last, by key. A new view of the stories empties the cache, and a response
    of an older view is not stored. May be used from several threads."""

    def __init__(self) -> None:
        self._view: StoryQueries | None = None
        self._responses: OrderedDict[tuple[str, ...], Representation] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, view: StoryQueries | None, key: tuple[str, ...]) -> Representation | None:
        """The response stored under this key for this very view, else None."""
        with self._lock:
            if view is None or view is not self._view or key not in self._responses:
                return None
            self._responses.move_to_end(key)
            return self._responses[key]

    def use_view(self, view: StoryQueries) -> None:
        """Store responses of this view from now on, and drop those of any other."""
        with self._lock:
            if view is not self._view:
                self._view = view
                self._responses.clear()

    def put(self, view: StoryQueries, key: tuple[str, ...], response: Representation) -> None:
        """Store a response, unless another view came into use while it was built."""
        with self._lock:
            if view is self._view:
                self._responses[key] = response
                while len(self._responses) > _MAX_RESPONSES:
                    self._responses.popitem(last=False)
