"""One tick: which sources are due, and the line run over them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from aggregator.config import Settings
from aggregator.errors import AggregatorError
from aggregator.model import Source
from aggregator.pipeline import Output, PlanOptions, Report, run
from aggregator.store import Store

RANK_AGAIN = timedelta(minutes=10)  # scores decay even when nothing new was read
STALLED = timedelta(minutes=15)

log = logging.getLogger("aggregator")


class Tick:
    """Called every second; due times are in the store, so a restart is no poll storm."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._options = PlanOptions.of(settings)
        self._output = Output(settings.output, settings.formats)
        self._due = {name: state.due for name, state in store.sources().items()}
        self._published: datetime | None = None
        self._wrong = ""

    def __call__(self) -> None:
        """Read what is due and publish what changed; what goes wrong is said and tried again."""
        now = self._clock().replace(microsecond=0)
        due = self.due(now)
        stale = self._published is None or abs(now - self._published) >= RANK_AGAIN
        if not due and not stale:
            return
        try:
            report = run(due, self._settings.reading, self._store, self._options, self._output, now)
        except (AggregatorError, OSError) as error:
            self._wrong = str(error)
            log.error("nothing was published: %s", error)
            self._due.update({source.name: now + timedelta(seconds=30) for source in due})
            self._published = now
            return
        self._wrong = ""
        self._published = now
        self._due.update({r.source.name: r.state.due for r in report.readings})
        _tell(report)

    def due(self, now: datetime) -> list[Source]:
        """The sources whose time has come: never read, or due, or due impossibly far ahead
        (the clock was set back)."""
        found = []
        for source in self._settings.sources:
            due = self._due.get(source.name)
            if due is None or due <= now or due - now > timedelta(days=8):
                found.append(source)
        return found

    def health(self) -> str:
        """What is wrong, or ``""``: polling has stopped, or nothing can be published."""
        now = self._clock()
        if self._published is None:
            return ""
        if now - self._published > RANK_AGAIN + STALLED:
            return f"no tick since {self._published:%Y-%m-%dT%H:%M:%SZ}"
        return self._wrong


def _tell(report: Report) -> None:
    for problem in report.problems:
        log.warning("%s", problem)
    articles = len(report.plan.articles)
    if articles or report.published.changed:
        log.info(
            "%d sources read, %d articles new or changed, %d files published",
            len(report.readings), articles, len(report.published.changed),
        )  # fmt: skip
