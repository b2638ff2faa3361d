"""One tick: start what is due, take in what has been read, publish what changed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from time import perf_counter

from aggregator.config import Settings
from aggregator.errors import AggregatorError
from aggregator.model import Problem, Reading, Source
from aggregator.pipeline import (
    Desk,
    Output,
    PlanOptions,
    Report,
    publish_plan,
    remember,
    settle,
    stored_epochs,
)
from aggregator.read.background import BackgroundReader
from aggregator.schedule.metrics import Metrics
from aggregator.schedule.pinger import Pinger
from aggregator.schedule.subscriber import Subscriber
from aggregator.store import Store

PATIENCE = 0.5  # seconds that a tick gathers readings before it publishes those that are there
RANK_AGAIN = timedelta(minutes=10)  # scores decay even when nothing new was read
STALLED = timedelta(minutes=15)
RETRY = timedelta(seconds=30)
FARTHEST = timedelta(days=8)
SET_BACK = timedelta(minutes=1)

log = logging.getLogger("aggregator")


class Tick:
    """Called every second; due times are in the store, so a restart is no poll storm.

    `published` counts how often a file changed. The stories of the tick `before` this one, which
    had another configuration, are shown until this one has its own.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        reader: BackgroundReader,
        clock: Callable[[], datetime],
        metrics: Metrics,
        subscriber: Subscriber,
        pinger: Pinger,
        before: Tick | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._settings = settings
        self._store = store
        self._reader = reader
        self._clock = clock
        self._metrics = metrics
        self.subscriber = subscriber
        self._pinger = pinger
        self._patience = patience
        self.published: int = before.published if before else 0
        self._options = PlanOptions.of(settings)
        self._output = Output(settings.output, settings.formats)
        self._epochs = stored_epochs(store)
        self._states = store.sources()
        self._again: dict[str, datetime] = {}  # after a failure of our own
        self._ticked: datetime | None = None
        self._published: datetime | None = None
        self._told: set[Problem] = set()
        self._wrong = ""
        self._first = threading.Lock()  # of many that ask first, one makes the stories
        self.ready: Desk | None = before.ready if before else None

    def __call__(self) -> None:
        """Publish as soon as something changed: a slow source holds up nobody but itself. What
        goes wrong is said and tried again."""
        now = self._ticked = self._clock().replace(microsecond=0)
        try:
            self._reader.start(self.due(now), self._states, self._store.documents, now)
            readings = [self._slower(one, now) for one in self._reader.collect(self._patience)]
            self.subscriber.discovered(readings)
            self.subscriber.ask(now)
            self._pinger.tell(now)
        except AggregatorError as error:
            self._failed(error, (), now)
            return
        age = RETRY if self._wrong else RANK_AGAIN
        stale = self._published is None or abs(now - self._published) >= age
        changed = any(reading.articles for reading in readings)
        if not readings and not stale:
            return
        try:
            if changed or stale:
                self._publish(readings, now)
            else:
                remember(readings, self._store, now)
        except (AggregatorError, OSError) as error:
            self._failed(error, readings, now)
            return
        self._again.clear()
        self._states.update({r.source.name: r.state for r in readings})
        self._metrics.read(readings)
        known = [self._states.get(source.name) for source in self._settings.sources]
        self._metrics.sources(sum(bool(s and s.error) for s in known), len(known))
        self._tell(readings)

    def _slower(self, reading: Reading, now: datetime) -> Reading:
        state = self.subscriber.slower(reading.source, reading.state, now)
        return replace(reading, state=state)

    def _publish(self, readings: Sequence[Reading], now: datetime) -> None:
        began = perf_counter()
        made = settle(readings, self._store, self._options, now, self._epochs)
        published = publish_plan(made, self._store, self._options, self._output)
        self._wrong = ""
        self._published = now
        desk = Desk(made, self._options, now, self._store)
        if self.ready is not None:
            desk.prepare(self.ready)
        self.ready = desk
        report = Report(tuple(readings), made, published)
        self._metrics.published(report, perf_counter() - began, now)
        if made.articles or published.changed:
            log.info(
                "%d sources read, %d articles new or changed, %d files published",
                len(readings), len(made.articles), len(published.changed),
                extra={
                    "sources": len(readings), "articles": len(made.articles),
                    "files": len(published.changed),
                },
            )  # fmt: skip
        if published.changed:
            self.published += 1
            self._pinger.changed(published.changed)

    def _failed(self, error: Exception, readings: Sequence[Reading], now: datetime) -> None:
        self._wrong = str(error)
        self._metrics.failed()
        log.error("nothing was published: %s", error)
        self._again.update({reading.source.name: now + RETRY for reading in readings})
        self._published = now

    def desk(self) -> Desk:
        """The stories of the last tick that published; before it, those that are remembered."""
        with self._first:
            if self.ready is None:
                now = self._clock().replace(microsecond=0)
                made = Desk.remembered(self._store, self._options, now)
                self.ready = self.ready or made  # a tick may have published meanwhile
            return self.ready

    def due(self, now: datetime) -> list[Source]:
        """The sources whose time has come and that are not being read."""
        reading = self._reader.in_flight
        return [
            source
            for source in self._settings.sources
            if source.name not in reading and self._is_due(source, now)
        ]

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

    def _tell(self, readings: Sequence[Reading]) -> None:
        """Say what is new; a problem that stays is said once, not at every poll for years."""
        read = {reading.source.name for reading in readings}
        problems = [problem for reading in readings for problem in reading.problems]
        for problem in problems:
            if problem not in self._told:
                facts = {"source": problem.source, "ref": problem.ref, "line": problem.line}
                log.warning("%s", problem, extra={**facts, "reason": problem.reason})
        self._told = {p for p in self._told if p.source not in read} | set(problems)

    def health(self) -> str:
        """What is wrong, or ``""``: polling has stopped, or nothing can be published."""
        now = self._clock()
        if self._ticked is not None and now - self._ticked > STALLED:
            return f"no tick since {self._ticked:%Y-%m-%dT%H:%M:%SZ}"
        if stuck := self._reader.stuck(STALLED.total_seconds()):
            return f"reading has stopped: {', '.join(sorted(stuck)[:5])}"
        return self._wrong
