"""The stories of the store in the memory of a process that updates them often.

An update costs what is new: the part of the window that new articles touch is merged, saved and
then taken over, and only feeds with another content are composed. Whatever is beyond that is
planned from the store as a single run does it, and the memory is built from that plan: at the
start, once per epoch, after an error, while sources are excluded, and after another process wrote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from aggregator.errors import describe, surviving
from aggregator.model import Article, Promotion, Reading, RowKey
from aggregator.pipeline.advance import Advance, Memory, advance
from aggregator.pipeline.feed_content import tombstones_of
from aggregator.pipeline.feed_set import FeedSet
from aggregator.pipeline.intake import sanitised
from aggregator.pipeline.live_feeds import LiveFeeds
from aggregator.pipeline.loading import stored_epochs
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.planning import Changes, Plan
from aggregator.pipeline.records import documents_of, poll_days_of, stored_of_unknown
from aggregator.pipeline.refs import fingerprint
from aggregator.pipeline.retention import within_retention
from aggregator.pipeline.shown import are_current, changes_of_part
from aggregator.pipeline.story_step import Baselines, with_stored_date
from aggregator.pipeline.update import raise_where_unavailable, update_stories
from aggregator.rank.story_columns import StoryColumns
from aggregator.store import Removed, Store, StoredBaselines


@dataclass(frozen=True, slots=True)
class CurrentStories:
    """What queries need beside the store of the stories as they are now: the feeds as they are
    published, the baselines by which stories got their topics and qualities, the number of stories,
    and a function that copies the columns by which they are ranked."""

    feed_set: FeedSet
    baselines: Baselines
    story_count: int
    columns: Callable[[], StoryColumns]


@dataclass(frozen=True, slots=True)
class LiveUpdate:
    """The feeds after an update, how many stories there are, and what was saved; for the rest see
    ``UpdateResult``. `current` is None where the window is not in memory, `is_change` false where
    nothing was saved that feeds depend on, and they are ranked as before."""

    feed_set: FeedSet
    story_count: int
    changes: Changes
    readings: tuple[Reading, ...]
    current: CurrentStories | None = None
    is_change: bool = True
    set_aside: Mapping[str, str] = field(default_factory=dict)
    excluded: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[str, ...] = ()


@dataclass(slots=True)
class _State:
    """What is kept between updates: the window, its feeds, the number of changes of the store that
    they belong to (``Store.changes``), the baselines of its epoch as they are stored, the moment as
    of which the feeds are ranked, and the feeds as they were last (None: not known)."""

    memory: Memory
    feeds: LiveFeeds
    changes: int
    baselines: StoredBaselines
    moment: datetime
    feed_set: FeedSet | None = None


class LiveStories:
    """Updates the stories of a store and keeps what the next update needs. Not for several
    threads; what an update returns does not change any more."""

    def __init__(self, store: Store, options: PlanOptions) -> None:
        self._store = store
        self._options = options
        self._epochs = stored_epochs(store)
        self._state: _State | None = None

    def update(
        self,
        readings: Collection[Reading],
        now: datetime,
        excluded: Mapping[str, str],
        *,
        rank_again: bool = True,
    ) -> LiveUpdate:
        """Merge and save what was read. `rank_again`: the feeds are ranked as of `now`, else as of
        the last time that they were. For the rest, errors too, see ``update_stories``."""
        errors: list[Exception] = []
        with surviving(errors.append):
            state = self._state
            if state is not None and self._can_advance(state, now, excluded):
                kept, read = self._news(state, readings, now)
                if not read or not state.memory.is_outdated(now):  # an epoch begins with a text
                    return self._advance(state, kept, read, now, rank_again=rank_again)
        for error in errors:
            raise_where_unavailable(error)  # the memory is what the store was before
        self._state = None
        return self._replan(readings, now, excluded, errors)

    def forget_removed(self, removed: Removed) -> None:
        """Leave out what was removed from the store: whole stories, and articles of none."""
        state = self._state
        if state is None or not (removed.rows or removed.stories):
            return
        window = state.memory.window
        if not window.holds_whole(removed.rows, removed.stories):
            self._state = None
            return
        stories = state.memory.drop(removed.rows, removed.stories)
        state.feeds.replace(stories, ())
        state.feed_set = None

    def _can_advance(self, state: _State, now: datetime, excluded: Mapping[str, str]) -> bool:
        if excluded or state.changes != self._store.changes():
            return False
        count = len(state.memory.window.rows)
        return are_current(state.baselines, self._options, now, count)

    def _replan(
        self,
        readings: Collection[Reading],
        now: datetime,
        excluded: Mapping[str, str],
        errors: Sequence[Exception],
    ) -> LiveUpdate:
        """Plan from the store, and keep what the plan was made of if nothing was left out."""
        changes = self._store.changes()
        result = update_stories(readings, self._store, self._options, now, excluded, self._epochs)
        further = list(errors)
        if not (result.set_aside or result.excluded or result.errors):
            with surviving(further.append):
                self._state = self._state_of(result.plan, changes, now)
        return LiveUpdate(
            result.plan.feed_set,
            len(result.plan.stories),
            result.changes,
            result.readings,
            self._current(result.plan.feed_set),
            set_aside=result.set_aside,
            excluded=result.excluded,
            errors=(*result.errors, *map(describe, further)),
        )

    def _current(self, feed_set: FeedSet) -> CurrentStories | None:
        state = self._state
        if state is None:
            return None
        memory, feeds = state.memory, state.feeds
        return CurrentStories(feed_set, memory.baselines, len(memory.window.stories), feeds.columns)

    def _state_of(self, plan: Plan, before: int, now: datetime) -> _State | None:
        """What to keep of a plan that was saved; `before` was the number of changes of the store.
        None where somebody else has written meanwhile."""
        changes, baselines = self._store.changes(), self._store.shown.baselines()
        if baselines is None or changes > before + 1:
            return None
        index = None
        if self._options.merging.text and (index := self._epochs.known_index()) is None:
            return None  # nothing was ever compared: there are no articles
        memory = Memory.after(plan.window, plan.step, index)
        window = memory.window
        feeds = LiveFeeds(
            window.stories,
            lambda story_id: tombstones_of(window.ended_in(story_id)),
            plan.topics,
            self._options,
            plan.window.feeds,
            (*plan.window.promotions, *plan.changes.promotions),
        )
        return _State(memory, feeds, changes, baselines, now)

    def _news(
        self, state: _State, readings: Collection[Reading], now: datetime
    ) -> tuple[list[Reading], list[Article]]:
        """The readings without what is not kept, and the articles in them that can change
        something."""
        kept = within_retention(
            list(map(sanitised, readings)), self._store, self._options.keep, now
        )
        articles = [article for reading in kept for article in reading.articles]
        return kept, unknown_or_changed(articles, state.memory.window.rows)

    def _advance(
        self,
        state: _State,
        readings: Sequence[Reading],
        read: Sequence[Article],
        now: datetime,
        *,
        rank_again: bool,
    ) -> LiveUpdate:
        window = state.memory.window
        window.add(stored_of_unknown(self._store, read, window.rows))
        advanced = advance(state.memory, read, self._options, now)
        changes, is_change = self._save(readings, advanced, now)
        state.changes += is_change
        state.memory.apply(advanced)
        state.feeds.replace(*advanced.changed_stories)
        if is_change or rank_again:
            state.feed_set = None  # also if making them fails: the next update makes them then
        feed_set, is_change = state.feed_set, state.feed_set is None
        if feed_set is None:
            feed_set, promotions = self._feeds(state, now, rank_again=rank_again)
            changes = Changes.all_of([changes, Changes(promotions=promotions)])
        number = len(state.memory.window.stories)
        current = self._current(feed_set)
        return LiveUpdate(feed_set, number, changes, tuple(readings), current, is_change)

    def _save(
        self, readings: Sequence[Reading], advanced: Advance, now: datetime
    ) -> tuple[Changes, bool]:
        """Save the readings and what follows. Returns it, and whether the number of changes of the
        store has grown."""
        step, stored = advanced.step, {record.id for record in advanced.part.records}
        records = advanced.changed_records
        old, shown = advanced.changed_stories
        is_change = self._store.save(
            changed_articles=step.changed,
            story_records=records,
            new_stories=frozenset(record.id for record in records) - stored,
            document_states=documents_of(readings),
            source_states=[reading.state for reading in readings],
            poll_days=poll_days_of(readings, now, step.new_articles),
            statistics=self._epochs.renewed,
            shown=changes_of_part(shown, old, advanced.ended_records),
        )
        self._epochs.renewed = None
        return Changes(step.changed, records, (), step.new_articles), is_change

    def _feeds(
        self, state: _State, now: datetime, *, rank_again: bool
    ) -> tuple[FeedSet, tuple[Promotion, ...]]:
        """The current feeds. New promotions are saved before anybody sees them."""
        if rank_again:
            state.moment = now
        state.feeds.records = self._store.feeds()
        feed_set, promotions = state.feeds.current(state.moment, now)
        if promotions:
            self._store.save(story_promotions=promotions)
        state.feed_set = feed_set
        return feed_set, promotions


def unknown_or_changed(read: Sequence[Article], rows: Mapping[RowKey, Article]) -> list[Article]:
    """The articles that can change something: a poll mostly gives articles that are stored as they
    are. One of these stays only if its fingerprint is that of an unknown article, which is then
    another one (``with_known_refs``), or if the reading has several with its row key."""
    counts = Counter(article.row_key for article in read)
    unknown = {fingerprint(article) for article in read if article.row_key not in rows} - {None}

    def is_stored(article: Article) -> bool:
        stored = rows.get(article.row_key)
        return (
            stored is not None
            and with_stored_date(article, stored) == stored
            and counts[article.row_key] == 1
            and fingerprint(article) not in unknown
        )

    return [article for article in read if not is_stored(article)]
