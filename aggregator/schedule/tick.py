"""One tick: which sources are due, and the line run over them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from time import perf_counter

from aggregator.config import Settings
from aggregator.errors import AggregatorError
from aggregator.model import Problem, Source
from aggregator.pipeline import Desk, Output, PlanOptions, Report, run
from aggregator.schedule.metrics import Metrics
from aggregator.store import Store

RANK_AGAIN = timedelta(minutes=10)  # scores decay even when nothing new was read
STALLED = timedelta(minutes=15)
RETRY = timedelta(seconds=30)
FARTHEST = timedelta(days=8)
SET_BACK = timedelta(minutes=1)

log = logging.getLogger("aggregator")


class Tick:
    """Called every second; due times are in the store, so a restart is no poll storm."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Callable[[], datetime],
        metrics: Metrics | None = None,
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._metrics = metrics or Metrics()
        self._options = PlanOptions.of(settings)
        self._output = Output(settings.output, settings.formats)
        self._states = store.sources()
        self._again: dict[str, datetime] = {}  # after a failure of our own
        self._published: datetime | None = None
        self._told: set[Problem] = set()
        self._wrong = ""
        self._desk: Desk | None = None

    def __call__(self) -> None:
        """Read what is due and publish what changed; what goes wrong is said and tried again."""
        now = self._clock().replace(microsecond=0)
        due = self.due(now)
        stale = self._published is None or abs(now - self._published) >= RANK_AGAIN
        if not due and not stale:
            return
        began = perf_counter()
        try:
            report = run(due, self._settings.reading, self._store, self._options, self._output, now)
        except (AggregatorError, OSError) as error:
            self._wrong = str(error)
            self._metrics.failed()
            log.error("nothing was published: %s", error)
            self._again.update({source.name: now + RETRY for source in due})
            self._published = now
            return
        self._wrong = ""
        self._published = now
        self._again.clear()
        self._states.update({r.source.name: r.state for r in report.readings})
        self._desk = Desk(report.plan, self._options, now)
        self._metrics.observe(report, perf_counter() - began, now)
        known = [self._states.get(source.name) for source in self._settings.sources]
        self._metrics.sources(sum(bool(s and s.error) for s in known), len(known))
        self._tell(report)

    def desk(self) -> Desk:
        """The stories of the last tick that published; before it, those that are remembered."""
        if self._desk is None:
            now = self._clock().replace(microsecond=0)
            self._desk = Desk.remembered(self._store, self._options, now)
        return self._desk

    def due(self, now: datetime) -> list[Source]:
        """The sources whose time has come."""
        return [source for source in self._settings.sources if self._is_due(source, now)]

    def _is_due(self, source: Source, now: datetime) -> bool:
        """Never read, or due; or the clock was set back: read in what is the future now, or due
        impossibly far ahead."""
        if now < self._again.get(source.name, now):
            return False
        state = self._states.get(source.name)
        if state is None or (state.place and state.place != source.place):
            return True
        if state.gone:
            return False
        if state.checked is not None and state.checked - now > SET_BACK:
            return True
        return state.due is None or state.due <= now or state.due - now > FARTHEST

    def _tell(self, report: Report) -> None:
        """Say what is new; a problem that stays is said once, not at every poll for years."""
        read = {reading.source.name for reading in report.readings}
        for problem in report.problems:
            if problem not in self._told:
                log.warning("%s", problem)
        self._told = {p for p in self._told if p.source not in read} | set(report.problems)
        articles = len(report.plan.articles)
        if articles or report.published.changed:
            log.info(
                "%d sources read, %d articles new or changed, %d files published",
                len(report.readings), articles, len(report.published.changed),
            )  # fmt: skip

    def health(self) -> str:
        """What is wrong, or ``""``: polling has stopped, or nothing can be published."""
        now = self._clock()
        if self._published is None:
            return ""
        if now - self._published > RANK_AGAIN + STALLED:
            return f"no tick since {self._published:%Y-%m-%dT%H:%M:%SZ}"
        return self._wrong
