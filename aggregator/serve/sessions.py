"""The sessions of logged-in admins."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable

_MAX_SESSIONS = 20  # then the oldest ends
_MAX_AGE = 12 * 3600.0  # seconds: a working day


class Sessions:
    """Sessions in memory, each with its own CSRF token; a restart ends them all."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._csrf: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def begin(self) -> str:
        """Begin a session and return its secret, the value of the cookie."""
        session = secrets.token_urlsafe(32)
        self._csrf[session] = (secrets.token_urlsafe(32), self._clock() + _MAX_AGE)
        if len(self._csrf) > _MAX_SESSIONS:
            self._csrf.popitem(last=False)
        return session

    def csrf(self, session: str) -> str:
        """The CSRF token of a session; ``""`` if it does not exist or has expired."""
        token, expires = self._csrf.get(session, ("", 0.0))
        return token if self._clock() < expires else ""

    def end(self, session: str) -> None:
        """End a session, if it exists."""
        self._csrf.pop(session, None)
