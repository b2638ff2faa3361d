"""One tick: start reading the sources that are due, collect readings, save and publish them.

A step that fails is reported (log, health, metrics) and does not prevent the others. Readings wait
in memory until the store has saved them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from time import perf_counter

from aggregator.config import Settings
from aggregator.errors import StoreError, describe
from aggregator.model import Feed, Reading, Source, SourceState
from aggregator.model.times import rfc3339
from aggregator.pipeline import (
    Output,
    PlanOptions,
    begin_retention,
    document_loader,
    prune_steps,
    publish_feeds,
    save_poll_results,
    with_configured_options,
)
from aggregator.pipeline.live_stories import LiveStories, LiveUpdate
from aggregator.publish import Published, RenderCache
from aggregator.queries import StoryQueries
from aggregator.queries.stored_stories import StoredStories
from aggregator.read.background import BackgroundReader
from aggregator.schedule.due import is_due
from aggregator.schedule.exclusions import Exclusions
from aggregator.schedule.hub_notifier import HubNotifier
from aggregator.schedule.metrics import Metrics
from aggregator.schedule.picture_keeper import PictureKeeper
from aggregator.schedule.pruner import Pruner
from aggregator.schedule.step_errors import StepErrors
from aggregator.schedule.subscriber import Subscriber
from aggregator.schedule.update_log import ProblemLog, log_update
from aggregator.store import Store

COLLECT_TIMEOUT = 0.5  # seconds: readings that arrive together are published together
RANK_AGAIN = timedelta(minutes=10)  # scores decay even when nothing new is read
STALLED = timedelta(minutes=15)  # since the last tick, or in one reading: polling has stopped
RETRY = timedelta(seconds=30)  # between two updates, while a step fails
TRIES = 3  # updates with the same readings; if all fail, the readings are discarded


class Tick:
    """Called every second. Due times are in the store, so a restart does not poll every source.

    `publish_count` counts the updates that changed files. `current` are the stories that pages
    show: of the `previous` tick (with an older configuration) until this one has published.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        reader: BackgroundReader,
        clock: Callable[[], datetime],
        metrics: Metrics,
        subscriber: Subscriber,
        hub_notifier: HubNotifier,
        previous: Tick | None = None,
        collect_timeout: float = COLLECT_TIMEOUT,
    ) -> None:
        self._settings = settings
        self._store = store
        self._reader = reader
        self._clock = clock
        self._metrics = metrics
        self.subscriber, self._hub_notifier = subscriber, hub_notifier
        self._collect_timeout = collect_timeout
        self.publish_count: int = previous.publish_count if previous else 0
        self._options = PlanOptions.of(settings)
        self._output = Output(settings.output, settings.formats, cache=RenderCache())
        begin_retention(store, settings.keep)
        self._stories = LiveStories(store, self._options)
        self._published: Mapping[str, Feed] = {}  # by slug; empty where something is left to do
        self._states = store.sources()
        self._pruner = Pruner(
            lambda now: prune_steps(store, settings.keep, settings.sources, settings.output, now)
        )
        self.pending: list[Reading] = previous.pending if previous else []
        self._failures = 0  # updates of the pending readings that failed
        self._ticked: datetime | None = None
        self._tried: datetime | None = None  # the last attempt to update the stories
        self._problem_log = ProblemLog()
        self._step_errors = StepErrors(metrics)
        self._exclusions = Exclusions(self._step_errors)
        self._hub_problem = ""
        self._init_lock = threading.Lock()  # of many first requests, one loads the stories
        self._pictures = PictureKeeper(settings, reader, self._step_errors.count)
        self.current: StoryQueries | None = previous.current if previous else None

    def __call__(self) -> None:
        """Run one tick. Publishes as soon as something changed, without waiting for slow sources;
        starts no reading while others wait for the store. Raises nothing."""
        with self.step("run a tick"):
            self._tick()
        if not self.pending:
            with self.step("prune the store"):
                self._stories.forget_removed(self._pruner(self._clock()))
        self._pictures(self._clock())

    def step(self, name: str) -> AbstractContextManager[None]:
        """A step whose error is reported by log, health and metrics until the step succeeds."""
        return self._step_errors.step(name)

    def _tick(self) -> None:
        now = self._ticked = self._clock().replace(microsecond=0)
        step = self._step_errors.step
        for source in () if self.pending else self.due(now):
            with step(f"start reading {source.name}"):
                self._start(source, now)
        with step("collect readings"):
            self.pending += self._reader.collect(self._collect_timeout)
        with step("ask hubs"):
            self.subscriber.add_hubs(self.pending)
            self.subscriber.request_subscriptions(now)
        with step("notify the hub"):
            self._hub_notifier.notify_hub(now)
        self._count_hub_problem()
        last_update_failed = self._step_errors.blocked or self._failures
        if last_update_failed and not self._update_is_due(now):
            return
        if self.pending or (self._update_is_due(now) and not self._awaits_first_reading()):
            with step("update"):
                self._update(now)

    def _start(self, source: Source, now: datetime) -> None:
        documents = document_loader([source], self._states, self._store)
        state = with_configured_options(source, self._states.get(source.name))
        self._reader.start([source], {source.name: state}, documents, now)

    def _count_hub_problem(self) -> None:
        if self._hub_notifier.problem != self._hub_problem:
            self._hub_problem = self._hub_notifier.problem
            if self._hub_problem:
                self._step_errors.count("notify the hub")

    def _awaits_first_reading(self) -> bool:
        """Whether no source was ever read and some are being read now: publishing would give
        subscribers empty feeds, and feed readers would drop all entries."""
        return not self._states and bool(self._reader.in_flight)

    def _update_is_due(self, now: datetime) -> bool:
        """Whether enough time has passed since the last update: less after an error,
        and where pictures have come."""
        wait = RETRY if self._step_errors or self._pictures.is_news else RANK_AGAIN
        return self._tried is None or abs(now - self._tried) >= wait

    def _update(self, now: datetime) -> None:
        """Save the readings; if stories can have changed, update and publish them too."""
        readings = [self._with_due_time(reading, now) for reading in self.pending]
        due, began = self._update_is_due(now), perf_counter()
        updated: LiveUpdate | None = None
        try:
            if due or any(reading.articles for reading in readings):
                self._tried = now
                excluded = self._exclusions.current(now)
                updated = self._stories.update(readings, now, excluded, rank_again=due)
            else:
                save_poll_results(readings, self._store, now)
        except StoreError as error:
            self._step_errors.block(f"nothing was published: {describe(error)}")
            self._tried = now
            return
        except Exception:
            # The store saved at most the due times of the readings.
            self._failures += 1
            if self._failures >= TRIES:
                self._give_up(readings, now)
            raise
        self.pending, self._failures = [], 0
        self._record(updated.readings if updated else readings)
        if updated is not None:
            self._exclude(updated, now)
            self._step_errors.report("merge", updated.errors)
            if updated.is_change or self.current is None:
                self._publish(updated, now, began, everything=due)

    def _with_due_time(self, reading: Reading, now: datetime) -> Reading:
        """The reading with a later next poll if a hub pushes its source. From now on the source is
        not due, whatever happens to the reading."""
        state = self.subscriber.reduce_polling(reading.source, reading.state, now)
        name = reading.source.name
        old_state = self._states.get(name)
        self._states[name] = (
            replace(old_state, checked=now, due=state.due, location=state.location)
            if old_state
            else state
        )
        return replace(reading, state=state)

    def _give_up(self, readings: Sequence[Reading], now: datetime) -> None:
        """Drop readings that cannot be saved. Their sources keep their stored states except for the
        due times, so that the next poll reads the same again."""
        self.pending, self._failures = [], 0
        stored = self._store.sources()
        for reading in readings:
            name, state = reading.source.name, reading.state
            stored_state = stored.get(name) or SourceState(name, state.location)
            self._states[name] = replace(stored_state, checked=now, due=state.due)

    def _record(self, readings: Sequence[Reading]) -> None:
        self._states.update({r.source.name: r.state for r in readings})
        self._metrics.count_readings(readings)
        states = [self._states.get(source.name) for source in self._settings.sources]
        self._metrics.set_sources([state for state in states if state], len(states))
        self._problem_log.report(readings)

    def _exclude(self, updated: LiveUpdate, now: datetime) -> None:
        """Exclude the sources whose stored articles failed, and take over the stored states of all
        that were set aside, which say why."""
        reasons = {**updated.set_aside, **updated.excluded}
        self._exclusions.log_new(reasons)
        if reasons:
            stored = self._store.sources()
            self._states.update({name: stored[name] for name in reasons if name in stored})
        self._exclusions.replace(updated.excluded, now)

    def _publish(
        self, updated: LiveUpdate, now: datetime, began: float, *, everything: bool
    ) -> None:
        """Publish the feeds that changed, or look at `everything`: a file may have been lost."""
        step, feed_set = self._step_errors.step, updated.feed_set
        published = Published(())
        self._step_errors.block("")
        unchanged = () if everything else self._unchanged(feed_set.feeds)
        self._published = {}
        with step("publish", blocking="nothing was published"):
            published, faulty = publish_feeds(
                feed_set, self._store, self._options, self._output, now, unchanged
            )
            if faulty:
                self._exclude(replace(updated, set_aside=faulty), now)
            if published.error is not None:
                raise published.error
            if not published.failures:
                self._published = {feed.slug: feed for feed in feed_set.feeds}
        self._step_errors.report("render", [f"{f.name}: {f.reason}" for f in published.failures])
        with step("prepare pages"):
            stories = StoredStories(self._store, self._options, now, updated.current)
            self.current = StoryQueries(stories, self._store)
        with step("measure"):
            files, seconds = len(published.changed), perf_counter() - began
            self._metrics.record_update(updated.changes, files, updated.story_count, seconds, now)
        self._pictures.want(feed_set)
        log_update(updated, published)
        if published.changed:
            self.publish_count += 1
            self._hub_notifier.add_changed(published.changed)

    def _unchanged(self, feeds: Sequence[Feed]) -> set[str]:
        """The slugs of the feeds whose files are as they were published: the same values, in pages
        with the same menu."""
        menu = {feed.slug: feed.title for feed in feeds}
        if menu != {slug: feed.title for slug, feed in self._published.items()}:
            return set()
        return {feed.slug for feed in feeds if self._published[feed.slug] is feed}

    def queries(self) -> StoryQueries:
        """The stories of the last tick that published; before the first, those of the store."""
        with self._init_lock:
            if self.current is None:
                now = self._clock().replace(microsecond=0)
                queries = StoryQueries.from_store(self._store, self._options, now)
                self.current = self.current or queries  # a tick may have published meanwhile
            return self.current

    def due(self, now: datetime) -> list[Source]:
        """The sources that are due and not being read."""
        reading = self._reader.in_flight
        idle = [source for source in self._settings.sources if source.name not in reading]
        return [source for source in idle if is_due(source, self._states.get(source.name), now)]

    def health(self) -> str:
        """Why polling has stopped or nothing can be published, or ``""``."""
        now = self._clock()
        if self._ticked is not None and now - self._ticked > STALLED:
            return f"no tick since {rfc3339(self._ticked)}"
        if not self._reader.is_alive:
            return "reading has stopped: its thread has ended"
        if stuck := self._reader.stuck(STALLED.total_seconds()):
            return f"reading has stopped: {', '.join(sorted(stuck)[:5])}"
        return self._step_errors.blocked

    def degraded(self) -> str:
        """What fails while the rest is published, or ``""``: sources that are set aside, and steps
        that failed the last time."""
        states = [s for source in self._settings.sources if (s := self._states.get(source.name))]
        hub = f"the hub was not notified: {self._hub_problem}" if self._hub_problem else ""
        parts = (self._step_errors.summary(states), hub, self._pictures.problem)
        return "; ".join(filter(None, parts))
