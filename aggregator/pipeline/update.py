"""From readings to stories in the store, whatever goes wrong in one source.

All readings are tried together. Where that fails, the due times of their sources are saved first,
with what was known of them before; then the readings are halved until the ones that fail are alone.
These are set aside: their state says why, nothing else of them is kept, and they are asked again
with back-off. Where the stories fail without any reading, the same is done with the sources of the
articles that the store holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from aggregator.errors import IdTaken, StoreError, UpdateFailed, describe, surviving
from aggregator.merge import Epochs
from aggregator.model import Article, Reading, SourceState
from aggregator.pipeline.intake import sanitised
from aggregator.pipeline.loading import stored_epochs
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.planning import Plan, plan
from aggregator.pipeline.records import (
    documents_of,
    extended,
    horizon,
    poll_days_of,
    set_aside,
    state_without_reading,
    without,
)
from aggregator.store import Store, StoredWindow

_TRIES = 3  # of a plan whose new ids turn out to be taken


@dataclass(frozen=True, slots=True)
class UpdateResult:
    """What came of it: the plan, the readings with the states that were saved, the sources whose
    reading was set aside and those whose stored articles are excluded, with the reason, and errors
    that did not come again when it was tried again."""

    plan: Plan
    readings: tuple[Reading, ...]
    set_aside: Mapping[str, str] = field(default_factory=dict)
    excluded: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[str, ...] = ()


def update_stories(
    readings: Collection[Reading],
    store: Store,
    options: PlanOptions,
    now: datetime,
    excluded: Mapping[str, str] | None = None,
    epochs: Epochs | None = None,
) -> UpdateResult:
    """Load, plan and save; nothing is published. The articles that the store holds of `excluded`
    sources (with the reason) are left out. A process that updates often keeps the `epochs` of its
    store (``stored_epochs``).

    Raises StoreError where the store cannot be written at all: nothing of the readings is kept.
    Raises UpdateFailed where no plan can be made: the due times are saved, and everything else of
    the sources is as before, so that they give the same again.
    """
    return _Update(store, options, now, excluded or {}, epochs).run(readings)


def save_poll_results(readings: Collection[Reading], store: Store, now: datetime) -> None:
    """Save how reading went, where it gave nothing that a plan could come of."""
    readings = list(map(sanitised, readings))
    store.save(
        document_states=documents_of(readings),
        source_states=[reading.state for reading in readings],
        poll_days=poll_days_of(readings, now),
    )


def plan_of_store(store: Store, options: PlanOptions, now: datetime) -> tuple[Plan, dict[str, str]]:
    """The plan of what the store holds, and the sources that had to be left out of it, with the
    reason. Nothing is read and nothing saved. Raises StoreError or UpdateFailed."""
    update = _Update(store, options, now, {})
    errors: list[Exception] = []
    with surviving(errors.append):
        return update.planned((), update.loaded(()))[0], {}
    return update.without_faulty_sources(errors[0]), update.excluded


class _Update:
    """One update, and what has come of it so far."""

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
        self._before: dict[str, SourceState] = {}

    def run(self, unchecked: Collection[Reading]) -> UpdateResult:
        """See `update_stories`."""
        readings = self._checked(unchecked)
        error = self._attempt(readings)
        if error is None:
            return self._updated(())
        _raise_where_unavailable(error)
        self._before = self._store.sources()
        self._save_due_times(readings)
        if (failure := self._attempt([])) is not None:
            self.without_faulty_sources(failure)
            if (failure := self._attempt([])) is not None:
                raise UpdateFailed(f"the stories cannot be updated: {describe(failure)}")
        self._accept(readings)
        return self._updated(() if self._set_aside or self.excluded else (describe(error),))

    def _checked(self, unchecked: Collection[Reading]) -> list[Reading]:
        """The readings that can be taken in; the others are set aside. Raises StoreError."""
        readings: list[Reading] = []
        for reading in unchecked:
            errors: list[Exception] = []
            with surviving(errors.append):
                readings.append(sanitised(reading))
            if errors:
                self._before = self._before or self._store.sources()
                self._put_aside(reading, describe(errors[0]))
        return readings

    def _attempt(self, readings: Sequence[Reading]) -> Exception | None:
        """Plan and save these readings. Returns what went wrong."""
        errors: list[Exception] = []
        with surviving(errors.append):
            self._plans.append(self._settled(readings))
            self._saved += map(self._with_exclusion, readings)
        return errors[0] if errors else None

    def _save_due_times(self, readings: Sequence[Reading]) -> None:
        """Each on its own where they cannot be saved together. Raises StoreError where none can."""
        if not readings:
            return
        errors: list[Exception] = []
        with surviving(errors.append):
            self._store.save(source_states=[self._unread(reading) for reading in readings])
            return
        for reading in readings:
            with surviving(errors.append):
                self._store.save(source_states=[self._unread(reading)])
        if len(errors) > len(readings):
            raise StoreError(describe(errors[0])) from errors[0]

    def _accept(self, readings: list[Reading]) -> None:
        """Take in all readings but those that fail alone. Raises StoreError."""
        error = self._attempt(readings) if readings else None
        if error is None:
            return
        if len(readings) > 1:
            middle = len(readings) // 2
            self._accept(readings[:middle])
            self._accept(readings[middle:])
            return
        _raise_where_unavailable(error)
        self._put_aside(readings[0], describe(error))

    def _put_aside(self, reading: Reading, reason: str) -> None:
        """Keep nothing of a reading but why. Raises StoreError."""
        aside = self._unread(reading, reason)
        self._store.save(
            source_states=[aside],
            poll_days=poll_days_of([replace(reading, state=aside)], self._now),
        )
        self._set_aside[reading.source.name] = reason
        self._saved.append(replace(reading, articles=(), documents=(), state=aside))

    def without_faulty_sources(self, error: Exception) -> Plan:
        """Exclude the sources whose stored articles make the plan fail; the plan without them.
        Raises UpdateFailed where it fails without any article."""
        window = self.loaded(())
        good: set[str] = set()
        plans: list[Plan] = []
        reasons: dict[str, str] = {}

        def accept(sources: list[str]) -> None:
            errors: list[Exception] = []
            with surviving(errors.append):
                others = {a.source for a in window.articles} - good - set(sources)
                plans.append(self.planned((), without(window, others))[0])
                good.update(sources)
            if errors and len(sources) == 1:
                reasons[sources[0]] = describe(errors[0])
            elif errors and sources:
                middle = len(sources) // 2
                accept(sources[:middle])
                accept(sources[middle:])

        accept([])
        if not plans:
            raise UpdateFailed(f"the stories cannot be updated: {describe(error)}") from error
        accept(sorted({article.source for article in window.articles}))
        self.excluded |= reasons
        return plans[-1]

    def loaded(self, places: Collection[tuple[str, str]]) -> StoredWindow:
        """The window, with these documents (source, ref), without what is excluded."""
        window = self._store.window(horizon(self._options, self._now), places)
        return without(window, self.excluded)

    def planned(
        self, articles: Sequence[Article], window: StoredWindow
    ) -> tuple[Plan, frozenset[str]]:
        """The plan, and the ids of the stories in it that are new."""
        try:
            made = plan(articles, window, self._options, self._now, self._epochs)
        except Exception:
            self._epochs.drop_index()
            raise
        known = {story.id for story in window.stories}
        return made, frozenset(record.id for record in made.story_records if record.id not in known)

    def _settled(self, readings: Sequence[Reading]) -> Plan:
        articles = [article for reading in readings for article in reading.articles]
        window = self.loaded({(article.source, article.ref) for article in articles})
        for attempt in range(_TRIES):
            made, new = self.planned(articles, window)
            try:
                self._store.save(
                    changed_articles=made.articles,
                    story_records=made.story_records,
                    new_stories=new,
                    story_promotions=made.promotions,
                    document_states=documents_of(readings),
                    source_states=self._states(readings),
                    poll_days=poll_days_of(readings, self._now, made.new),
                    statistics=self._epochs.renewed,
                )
            except IdTaken as error:
                if attempt + 1 == _TRIES:
                    raise
                window = extended(window, self._store.stories_of(ids=error.ids))
            else:
                self._epochs.renewed = None
                return made
        raise AssertionError("unreachable")

    def _states(self, readings: Iterable[Reading]) -> list[SourceState]:
        """The states to save: those of the readings, and of excluded sources with the reason."""
        states = [self._with_exclusion(reading).state for reading in readings]
        named = {state.name for state in states}
        for name, reason in self.excluded.items():
            before = self._before.get(name)
            if name not in named and before is not None:
                states.append(set_aside(before, reason))
        return states

    def _with_exclusion(self, reading: Reading) -> Reading:
        reason = self.excluded.get(reading.source.name)
        return replace(reading, state=set_aside(reading.state, reason)) if reason else reading

    def _unread(self, reading: Reading, reason: str = "") -> SourceState:
        before = self._before.get(reading.source.name) or SourceState(reading.source.name)
        return state_without_reading(before, reading, self._now, reason)

    def _updated(self, errors: tuple[str, ...]) -> UpdateResult:
        last = self._plans[-1]
        if len(self._plans) > 1:
            last = replace(
                last,
                articles=tuple(a for each in self._plans for a in each.articles),
                story_records=tuple(
                    {m.id: m for each in self._plans for m in each.story_records}.values()
                ),
                new=tuple(a for each in self._plans for a in each.new),
            )
        return UpdateResult(last, tuple(self._saved), self._set_aside, self.excluded, errors)


def _raise_where_unavailable(error: Exception) -> None:
    """A store that takes nothing now is no source's fault."""
    if isinstance(error, StoreError) and error.unavailable:
        raise error
