"""Sources that are excluded from updates because their stored articles made one fail."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from aggregator.schedule.step_errors import StepErrors

INCLUDE_AGAIN = timedelta(hours=1)
"""How long a source is excluded before an update with all sources is tried again: rare enough that
the failed update and the search for its cause cost little."""

log = logging.getLogger("aggregator")


class Exclusions:
    """The sources whose stored articles cannot be used, and why."""

    def __init__(self, step_errors: StepErrors) -> None:
        self._step_errors = step_errors
        self._reasons: dict[str, str] = {}
        self._since: datetime | None = None

    def log_new(self, reasons: Mapping[str, str]) -> None:
        """Log and count the sources (name -> reason) that were not excluded until now."""
        for name, reason in reasons.items():
            if name not in self._reasons:
                self._step_errors.count("update")
                log.error("%s is set aside: %s", name, reason, extra={"source": name})

    def replace(self, reasons: Mapping[str, str], now: datetime) -> None:
        """Exclude exactly these sources from the next updates."""
        self._reasons = dict(reasons)
        if not self._reasons:
            self._since = None
        elif self._since is None:
            self._since = now

    def current(self, now: datetime) -> dict[str, str]:
        """The sources to exclude from an update that starts now, with the reasons. Once per hour
        this is empty, to find out whether their articles can be used again."""
        if self._since is not None and abs(now - self._since) >= INCLUDE_AGAIN:
            self._since = None
            return {}
        return self._reasons
