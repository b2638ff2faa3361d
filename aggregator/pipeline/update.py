"""From readings to stories in the store, whatever fails in one source.

All readings are planned and saved together. Where that fails, the due times of their sources are
saved first, with their previous states; then the readings are halved until those that fail are
alone. These are set aside: their state says why, nothing else of them is saved, and their sources
are polled again with back-off. Where the plan fails without any reading, the sources of the stored
articles are bisected in the same way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from aggregator.errors import IdTaken, StoreError, UpdateFailed, describe, surviving
from aggregator.merge import Epochs
from aggregator.model import Article, Reading, SourceState
from aggregator.pipeline.intake import sanitised
from aggregator.pipeline.loading import stored_epochs
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.planning import Changes, Plan, plan
from aggregator.pipeline.records import (
    documents_of,
    extended,
    load_since,
    poll_days_of,
    set_aside,
    state_without_reading,
    stored_of_unknown,
    without,
)
from aggregator.pipeline.retention import within_retention
from aggregator.pipeline.shown import baselines_of_store, shown_by_plan
from aggregator.pipeline.update_result import UpdateResult
from aggregator.store import Store, StoredWindow, release_contents

_MAX_ATTEMPTS = 3  # to plan again where ids of new stories belong to stored ones


def update_stories(
    readings: Collection[Reading],
    store: Store,
    options: PlanOptions,
    now: datetime,
    excluded: Mapping[str, str] | None = None,
    epochs: Epochs | None = None,
) -> UpdateResult:
    """Load the window, plan and save; nothing is published. The stored articles of `excluded`
    sources (name -> reason) are left out. A process that updates often passes the same `epochs`
    each time (``stored_epochs``).

    Raises StoreError where the store cannot be written at all: nothing of the readings is saved.
    Raises UpdateFailed where no plan can be made: only the due times are saved, so that the next
    poll gives the same articles again.
    """
    return _Update(store, options, now, excluded or {}, epochs).run(readings)


def save_poll_results(readings: Collection[Reading], store: Store, now: datetime) -> None:
    """Save the states of readings without articles. Raises StoreError."""
    readings = list(map(sanitised, readings))
    store.save(
        document_states=documents_of(readings),
        source_states=[reading.state for reading in readings],
        poll_days=poll_days_of(readings, now),
    )


def plan_of_store(store: Store, options: PlanOptions, now: datetime) -> tuple[Plan, dict[str, str]]:
    """The plan of the stored articles, and the sources that were left out because they make it
    fail, with the reasons. Nothing is read or saved. Raises StoreError or UpdateFailed."""
    update = _Update(store, options, now, {})
    errors: list[Exception] = []
    with surviving(errors.append):
        return update.make_plan((), update.load_window())[0], {}
    return update.plan_without_faulty_sources(errors[0]), update.excluded


class _Update:
    """One update, and its results so far."""

    def __init__(
        self,
        store: Store,
        options: PlanOptions,
        now: datetime,
        excluded: Mapping[str, str],
        epochs: Epochs | None = None,
    ) -> None:
        self._store = store
        self._epochs = epochs or stored_epochs(store)
        self._options = options
        self._now = now
        self.excluded = dict(excluded)
        self._plans: list[Plan] = []
        self._saved: list[Reading] = []
        self._set_aside: dict[str, str] = {}
        self._previous_states: dict[str, SourceState] = {}

    def run(self, unsanitised: Collection[Reading]) -> UpdateResult:
        """See `update_stories`."""
        readings = self._sanitised(unsanitised)
        readings = within_retention(readings, self._store, self._options.keep, self._now)
        error = self._attempt(readings)
        if error is None:
            return self._result(())
        raise_where_unavailable(error)
        self._previous_states = self._store.sources()
        self._save_due_times(readings)
        if (failure := self._attempt([])) is not None:
            self.plan_without_faulty_sources(failure)
            if (failure := self._attempt([])) is not None:
                raise UpdateFailed(f"the stories cannot be updated: {describe(failure)}")
        self._save_in_halves(readings)
        return self._result(() if self._set_aside or self.excluded else (describe(error),))

    def _sanitised(self, unsanitised: Collection[Reading]) -> list[Reading]:
        """The sanitised readings; those that fail are set aside. Raises StoreError."""
        readings: list[Reading] = []
        for reading in unsanitised:
            errors: list[Exception] = []
            with surviving(errors.append):
                readings.append(sanitised(reading))
            if errors:
                self._previous_states = self._previous_states or self._store.sources()
                self._set_reading_aside(reading, describe(errors[0]))
        return readings

    def _attempt(self, readings: Sequence[Reading]) -> Exception | None:
        """Plan and save these readings. Returns the error, None for success."""
        errors: list[Exception] = []
        with surviving(errors.append):
            self._plans.append(self._plan_and_save(readings))
            self._saved += map(self._with_exclusion, readings)
        return errors[0] if errors else None

    def _save_due_times(self, readings: Sequence[Reading]) -> None:
        """Save them together, or else one by one. Raises StoreError where none can be saved."""
        if not readings:
            return
        errors: list[Exception] = []
        with surviving(errors.append):
            self._store.save(source_states=[self._unread_state(reading) for reading in readings])
            return
        for reading in readings:
            with surviving(errors.append):
                self._store.save(source_states=[self._unread_state(reading)])
        if len(errors) > len(readings):
            raise StoreError(describe(errors[0])) from errors[0]

    def _save_in_halves(self, readings: list[Reading]) -> None:
        """Save all readings but those that fail alone, which are set aside. Raises StoreError."""
        error = self._attempt(readings) if readings else None
        if error is None:
            return
        if len(readings) > 1:
            middle = len(readings) // 2
            self._save_in_halves(readings[:middle])
            self._save_in_halves(readings[middle:])
            return
        raise_where_unavailable(error)
        self._set_reading_aside(readings[0], describe(error))

    def _set_reading_aside(self, reading: Reading, reason: str) -> None:
        """Save only the reason why a reading is not used. Raises StoreError."""
        aside = self._unread_state(reading, reason)
        self._store.save(
            source_states=[aside],
            poll_days=poll_days_of([replace(reading, state=aside)], self._now),
        )
        self._set_aside[reading.source.name] = reason
        self._saved.append(replace(reading, articles=(), documents=(), state=aside))

    def plan_without_faulty_sources(self, error: Exception) -> Plan:
        """Exclude the sources whose stored articles make the plan fail, and return the plan without
        them. Raises UpdateFailed where it fails without any article."""
        window = self.load_window()
        included: set[str] = set()
        plans: list[Plan] = []
        reasons: dict[str, str] = {}

        def include(sources: list[str]) -> None:
            errors: list[Exception] = []
            with surviving(errors.append):
                left_out = {a.source for a in window.articles} - included - set(sources)
                plans.append(self.make_plan((), without(window, left_out))[0])
                included.update(sources)
            if errors and len(sources) == 1:
                reasons[sources[0]] = describe(errors[0])
            elif errors and sources:
                middle = len(sources) // 2
                include(sources[:middle])
                include(sources[middle:])

        include([])
        if not plans:
            raise UpdateFailed(f"the stories cannot be updated: {describe(error)}") from error
        include(sorted({article.source for article in window.articles}))
        self.excluded |= reasons
        return plans[-1]

    def load_window(self) -> StoredWindow:
        """The stored window without excluded sources."""
        window = self._store.window(load_since(self._options, self._now))
        return without(window, self.excluded)

    def make_plan(
        self, articles: Sequence[Article], window: StoredWindow
    ) -> tuple[Plan, frozenset[str], bool]:
        """The plan, the ids of the stories in it that are new, and whether its baselines are."""
        options, now = self._options, self._now
        try:
            baselines = baselines_of_store(self._store, window, articles, options, now)
            new_plan = plan(articles, window, options, now, self._epochs, baselines)
        except Exception:
            self._epochs.drop_index()
            raise
        stored_ids = {story.id for story in window.stories}
        ids = {record.id for record in new_plan.changes.story_records}
        return new_plan, frozenset(ids - stored_ids), baselines is None

    def _plan_and_save(self, readings: Sequence[Reading]) -> Plan:
        articles = [article for reading in readings for article in reading.articles]
        window = self._with_touched(self.load_window(), articles)
        for attempt in range(_MAX_ATTEMPTS):
            new_plan, new_stories, has_learned = self.make_plan(articles, window)
            changes = new_plan.changes
            shown = shown_by_plan(
                new_plan, self._store, window, self._options, self._now, has_learned=has_learned
            )
            try:
                self._store.save(
                    changed_articles=changes.articles,
                    story_records=changes.story_records,
                    new_stories=new_stories,
                    story_promotions=changes.promotions,
                    document_states=documents_of(readings),
                    source_states=self._states(readings),
                    poll_days=poll_days_of(readings, self._now, changes.new_articles),
                    statistics=self._epochs.renewed,
                    shown=shown,
                )
            except IdTaken as error:
                if attempt + 1 == _MAX_ATTEMPTS:
                    raise
                window = extended(window, self._store.stories_of(ids=error.ids))
            else:
                self._epochs.renewed = None
                release_contents(self._store.database.engine, articles)
                return new_plan
        raise AssertionError("unreachable")

    def _with_touched(self, window: StoredWindow, read: Sequence[Article]) -> StoredWindow:
        """The window, with what is stored of the articles that were read and not in it."""
        touched = stored_of_unknown(self._store, read, {a.row_key for a in window.articles})
        return extended(window, without(touched, self.excluded))

    def _states(self, readings: Iterable[Reading]) -> list[SourceState]:
        """The states to save: those of the readings, and those of excluded sources."""
        states = [self._with_exclusion(reading).state for reading in readings]
        named = {state.name for state in states}
        for name, reason in self.excluded.items():
            previous = self._previous_states.get(name)
            if name not in named and previous is not None:
                states.append(set_aside(previous, reason))
        return states

    def _with_exclusion(self, reading: Reading) -> Reading:
        reason = self.excluded.get(reading.source.name)
        return replace(reading, state=set_aside(reading.state, reason)) if reason else reading

    def _unread_state(self, reading: Reading, reason: str = "") -> SourceState:
        name = reading.source.name
        previous = self._previous_states.get(name) or SourceState(name)
        return state_without_reading(previous, reading, self._now, reason)

    def _result(self, errors: tuple[str, ...]) -> UpdateResult:
        changes = Changes.all_of(plan.changes for plan in self._plans)
        last, readings = self._plans[-1], tuple(self._saved)
        return UpdateResult(last, changes, readings, self._set_aside, self.excluded, errors)


def raise_where_unavailable(error: Exception) -> None:
    """Raise the error of a store that takes nothing now: no source causes it."""
    if isinstance(error, StoreError) and error.unavailable:
        raise error
