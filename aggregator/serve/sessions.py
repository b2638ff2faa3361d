"""Who is logged in as the admin."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable

_SESSIONS = 20
_LONGEST = 12 * 3600.0  # seconds


class Sessions:
    """Sessions in memory: an end of the program ends them all. Each has a CSRF token of its own."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._csrf: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def begin(self) -> str:
        """A new session's secret, for its cookie."""
        session = secrets.token_urlsafe(32)
        self._csrf[session] = (secrets.token_urlsafe(32), self._clock() + _LONGEST)
        if len(self._csrf) > _SESSIONS:
            self._csrf.popitem(last=False)
        return session

    def csrf(self, session: str) -> str:
        """The CSRF token of a session; ``""`` where there is none."""
        token, until = self._csrf.get(session, ("", 0.0))
        return token if self._clock() < until else ""

    def end(self, session: str) -> None:
        """Log out."""
        self._csrf.pop(session, None)
