"""One tick: start what is due, take in what has been read, publish what changed.

Each step stands for itself: what goes wrong in one is reported (log, health, metrics) and keeps no
other from being taken. What was read is kept until the store has taken it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from time import perf_counter

from aggregator.config import Settings
from aggregator.errors import StoreError, describe
from aggregator.model import Reading, Source, SourceState
from aggregator.pipeline import (
    Output,
    PlanOptions,
    Report,
    UpdateResult,
    document_loader,
    publish_plan,
    save_poll_results,
    stored_epochs,
    update_stories,
    with_configured_options,
)
from aggregator.publish import Published
from aggregator.queries import StoryQueries
from aggregator.read.background import BackgroundReader
from aggregator.schedule.due import is_due
from aggregator.schedule.exclusions import Exclusions
from aggregator.schedule.metrics import Metrics
from aggregator.schedule.pinger import Pinger
from aggregator.schedule.subscriber import Subscriber
from aggregator.schedule.trouble import Trouble
from aggregator.schedule.update_log import ProblemLog, log_update
from aggregator.store import Store

COLLECT_TIMEOUT = 0.5  # seconds that a tick gathers readings before it publishes those it has
RANK_AGAIN = timedelta(minutes=10)  # scores decay even when nothing new was read
STALLED = timedelta(minutes=15)
RETRY = timedelta(seconds=30)  # after a step of an update went wrong
TRIES = 3  # of an update, before the readings that it was to save are given up


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
        patience: float = COLLECT_TIMEOUT,
    ) -> None:
        self._settings = settings
        self._store = store
        self._reader = reader
        self._clock = clock
        self._metrics = metrics
        self.subscriber = subscriber
        self._pinger = pinger
        self._collect_timeout = patience
        self.published: int = before.published if before else 0
        self._options = PlanOptions.of(settings)
        self._output = Output(settings.output, settings.formats)
        self._epochs = stored_epochs(store)
        self._states = store.sources()
        self.pending: list[Reading] = before.pending if before else []
        self._failures = 0  # updates of the pending readings that failed
        self._ticked: datetime | None = None
        self._tried: datetime | None = None  # when the stories were last updated, or tried to be
        self._problem_log = ProblemLog()
        self._trouble = Trouble(metrics)
        self._exclusions = Exclusions(self._trouble)
        self._hub_problem = ""
        self._init_lock = threading.Lock()  # of many that ask first, one makes the stories
        self.ready: StoryQueries | None = before.ready if before else None

    def __call__(self) -> None:
        """Publish as soon as something changed: a slow source holds up nobody but itself. While
        readings wait for the store, nothing more is read. Raises nothing."""
        with self.step("run a tick"):
            self._tick()

    def step(self, name: str) -> AbstractContextManager[None]:
        """A step whose error is reported, by log, health and metrics, until it succeeds."""
        return self._trouble.step(name)

    def _tick(self) -> None:
        now = self._ticked = self._clock().replace(microsecond=0)
        step = self._trouble.step
        for source in () if self.pending else self.due(now):
            with step(f"start reading {source.name}"):
                self._start(source, now)
        with step("collect readings"):
            self.pending += self._reader.collect(self._collect_timeout)
        with step("ask hubs"):
            self.subscriber.discovered(self.pending)
            self.subscriber.ask(now)
        with step("notify the hub"):
            self._pinger.tell(now)
        if self._pinger.problem != self._hub_problem:
            self._hub_problem = self._pinger.problem
            if self._hub_problem:
                self._trouble.count("notify the hub")
        failed_before = self._trouble.blocked or self._failures
        if failed_before and not self._is_stale(now):
            return
        if self.pending or (self._is_stale(now) and not self._awaits_first_reading()):
            with step("update"):
                self._update(now)

    def _start(self, source: Source, now: datetime) -> None:
        documents = document_loader([source], self._states, self._store)
        state = with_configured_options(source, self._states.get(source.name))
        self._reader.start([source], {source.name: state}, documents, now)

    def _awaits_first_reading(self) -> bool:
        """Whether no source was ever read and some are being read: publishing now would give
        subscribers empty feeds, which readers take for the end of all entries."""
        return not self._states and bool(self._reader.in_flight)

    def _is_stale(self, now: datetime) -> bool:
        wait = RETRY if self._trouble else RANK_AGAIN
        return self._tried is None or abs(now - self._tried) >= wait

    def _update(self, now: datetime) -> None:
        """Save what was read; where stories can have changed, update and publish them."""
        readings = [self._with_due_time(reading, now) for reading in self.pending]
        stale, began = self._is_stale(now), perf_counter()
        updated: UpdateResult | None = None
        try:
            self._tried = now if stale else self._tried
            if stale or any(reading.articles for reading in readings):
                self._tried = now
                excluded = self._exclusions.current(now)
                updated = update_stories(
                    readings, self._store, self._options, now, excluded, self._epochs
                )
            else:
                save_poll_results(readings, self._store, now)
        except StoreError as error:
            self._trouble.block(f"nothing was published: {describe(error)}")
            self._tried = now
            return
        except Exception:
            # The store took nothing of the readings but their due times, or not even these.
            self._failures += 1
            if self._failures >= TRIES:
                self._forget(readings, now)
            raise
        self.pending, self._failures = [], 0
        self._take_in(updated.readings if updated else readings)
        if updated is not None:
            self._exclude(updated, now)
            self._trouble.report("merge", updated.errors)
            self._publish(updated, now, began)

    def _with_due_time(self, reading: Reading, now: datetime) -> Reading:
        """The reading with its next poll later where a hub pushes. From here on its source is not
        due, whatever becomes of the reading."""
        state = self.subscriber.reduce_polling(reading.source, reading.state, now)
        known = self._states.get(reading.source.name)
        self._states[reading.source.name] = (
            replace(known, checked=now, due=state.due, location=state.location) if known else state
        )
        return replace(reading, state=state)

    def _forget(self, readings: Sequence[Reading], now: datetime) -> None:
        """Give up readings that no update comes of. Their sources are as before but for their due
        times, so that they give the same again."""
        self.pending, self._failures = [], 0
        stored = self._store.sources()
        for reading in readings:
            name, state = reading.source.name, reading.state
            before = stored.get(name) or SourceState(name, state.location)
            self._states[name] = replace(before, checked=now, due=state.due)

    def _take_in(self, readings: Sequence[Reading]) -> None:
        self._states.update({r.source.name: r.state for r in readings})
        self._metrics.read(readings)
        states = [self._states.get(source.name) for source in self._settings.sources]
        self._metrics.sources([state for state in states if state], len(states))
        self._problem_log.report(readings)

    def _exclude(self, updated: UpdateResult, now: datetime) -> None:
        """Take note of what was set aside: the states of these sources say why."""
        aside = {**updated.set_aside, **updated.excluded}
        self._exclusions.log_new(aside)
        if aside:
            stored = self._store.sources()
            self._states.update({name: stored[name] for name in aside if name in stored})
        self._exclusions.replace(updated.excluded, now)

    def _publish(self, updated: UpdateResult, now: datetime, began: float) -> None:
        step, made = self._trouble.step, updated.plan
        published = Published(())
        self._trouble.block("")
        with step("publish", blocking="nothing was published"):
            published, blamed = publish_plan(made, self._store, self._options, self._output, now)
            if blamed:
                self._exclude(replace(updated, set_aside=blamed), now)
            if published.error is not None:
                raise published.error
        self._trouble.report("render", [f"{f.name}: {f.reason}" for f in published.failures])
        with step("prepare pages"):
            queries = StoryQueries(made, self._options, now, self._store)
            if self.ready is not None:
                queries.prepare(self.ready)
            self.ready = queries
        with step("measure"):
            report = Report(updated.readings, made, published)
            self._metrics.published(report, perf_counter() - began, now)
        log_update(updated, published)
        if published.changed:
            self.published += 1
            self._pinger.changed(published.changed)

    def queries(self) -> StoryQueries:
        """The stories of the last tick that published; before it, those that are remembered."""
        with self._init_lock:
            if self.ready is None:
                now = self._clock().replace(microsecond=0)
                queries = StoryQueries.from_store(self._store, self._options, now)
                self.ready = self.ready or queries  # a tick may have published meanwhile
            return self.ready

    def due(self, now: datetime) -> list[Source]:
        """The sources whose time has come and that are not being read."""
        reading = self._reader.in_flight
        return [
            source
            for source in self._settings.sources
            if source.name not in reading and is_due(source, self._states.get(source.name), now)
        ]

    def health(self) -> str:
        """What is wrong, or ``""``: polling has stopped, or nothing can be published."""
        now = self._clock()
        if self._ticked is not None and now - self._ticked > STALLED:
            return f"no tick since {self._ticked:%Y-%m-%dT%H:%M:%SZ}"
        if not self._reader.is_alive:
            return "reading has stopped: its thread has ended"
        if stuck := self._reader.stuck(STALLED.total_seconds()):
            return f"reading has stopped: {', '.join(sorted(stuck)[:5])}"
        return self._trouble.blocked

    def degraded(self) -> str:
        """What goes wrong though the rest is published, or ``""``: sources that are set aside, and
        steps that failed the last time."""
        states = [s for source in self._settings.sources if (s := self._states.get(source.name))]
        hub = f"the hub was not notified: {self._hub_problem}" if self._hub_problem else ""
        return "; ".join(part for part in (self._trouble.described(states), hub) if part)
