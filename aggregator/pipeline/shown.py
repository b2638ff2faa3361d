"""What an update saves for queries: the stories that are shown, and the baselines of the epoch.

Queries rank and select by what is stored of the shown stories, and estimate qualities by the
stored baselines, so that they need not plan the window. All of it is saved with the articles.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from hashlib import blake2b

from aggregator.classify import Topics
from aggregator.model import Article, Story, StoryRecord
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.planning import Plan
from aggregator.pipeline.records import load_since
from aggregator.pipeline.story_step import Baselines
from aggregator.store import (
    ShownChanges,
    ShownScope,
    ShownStory,
    Store,
    StoredBaselines,
    StoredWindow,
)

# How stories are shown. Increase it when a story gets other topics or another quality from the
# same articles, options and baselines: until the next update queries then plan.
_VERSION = 1
_EPOCH = timedelta(days=1)
_GROWTH = 1.5  # a new epoch begins when there are so many times as many articles


def current_baselines(
    stored: StoredBaselines | None, options: PlanOptions, now: datetime, article_count: int
) -> Baselines | None:
    """The stored baselines; None where new ones must be learned (``are_current``)."""
    if stored is None or not are_current(stored, options, now, article_count):
        return None
    return baselines_from(stored, options)


def are_current(
    stored: StoredBaselines, options: PlanOptions, now: datetime, article_count: int
) -> bool:
    """Whether the baselines are at most a day old and of the same topics, and the number of stored
    articles has not grown by half."""
    return (
        stored.topics == _digest(options.topics)
        and stored.learned_at <= now < stored.learned_at + _EPOCH
        and article_count <= _GROWTH * stored.articles
    )


def baselines_from(stored: StoredBaselines, options: PlanOptions) -> Baselines:
    """The stored baselines, with the topics of the options."""
    return Baselines(stored.priors, Topics.of(options.topics).with_named(stored.named))


def stored_baselines(
    baselines: Baselines, options: PlanOptions, now: datetime, article_count: int
) -> StoredBaselines:
    """What to save of baselines that were learned now from so many articles."""
    named, topics = baselines.topics.named, _digest(options.topics)
    return StoredBaselines(now, article_count, topics, baselines.priors, named)


def baselines_of_store(
    store: Store,
    window: StoredWindow,
    read: Iterable[Article],
    options: PlanOptions,
    now: datetime,
) -> Baselines | None:
    """The baselines for a plan of the window with the articles that were read; None where the plan
    must learn them. Raises StoreError."""
    count = article_count(window.articles, read)
    return current_baselines(store.shown.baselines(), options, now, count)


def shown_by_plan(
    new_plan: Plan,
    store: Store,
    window: StoredWindow,
    options: PlanOptions,
    now: datetime,
    *,
    has_learned: bool,
) -> ShownChanges:
    """What to save of a plan of the whole window, whose articles are not saved yet. `has_learned`:
    it learned its baselines. Raises StoreError."""
    learned = None
    if has_learned:
        count = article_count(window.articles, new_plan.changes.articles)
        baselines = Baselines(new_plan.priors, new_plan.topics)
        learned = stored_baselines(baselines, options, now, count)
    records = (*window.stories, *new_plan.changes.story_records)
    scope = store.shown.scope()
    return changes_of_window(new_plan.stories, records, scope, options, now, learned)


def article_count(rows: Iterable[Article], read: Iterable[Article]) -> int:
    """The number of stored articles once those that were read are saved."""
    return len({article.row_key for articles in (rows, read) for article in articles})


def changes_of_part(
    stories: Iterable[Story], before: Iterable[Story], records: Iterable[StoryRecord] = ()
) -> ShownChanges:
    """What to save after a step over a part of the window: its `stories` are shown, and those of
    `before` and of `records` that are not among them are hidden."""
    shown = tuple(map(ShownStory.of, stories))
    hidden = {story.id for story in before} | {record.id for record in records}
    return ShownChanges(shown, frozenset(hidden - {story.id for story in shown}))


def changes_of_window(
    stories: Collection[Story],
    records: Iterable[StoryRecord],
    scope: ShownScope | None,
    options: PlanOptions,
    now: datetime,
    learned: StoredBaselines | None,
) -> ShownChanges:
    """What to save after a plan of the whole window: all of its `stories` are shown, and the other
    `records` of the window are not. `scope` is the stored one, `learned` the new baselines."""
    part = changes_of_part(stories, (), records)
    new_scope = scope_of(options, now)
    if scope is not None and scope.options == new_scope.options and learned is None:
        new_scope = scope if _covers(scope.since, new_scope.since) else new_scope
    return ShownChanges(
        part.stories, part.hidden, new_scope if new_scope != scope else None, learned
    )


def scope_of(options: PlanOptions, now: datetime) -> ShownScope:
    """The scope of the stories that a plan of the whole window shows."""
    return ShownScope(_digest(_shown_by(options)), load_since(options, now))


def is_shown_by(store: Store, options: PlanOptions, now: datetime) -> bool:
    """Whether the stored rows are those of all stories that a plan with these options would show at
    `now`. Raises StoreError."""
    stored, needed = store.shown.scope(), scope_of(options, now)
    if stored is None or stored.options != needed.options:
        return False
    return _covers(stored.since, needed.since)


def _covers(since: datetime | None, needed: datetime | None) -> bool:
    """Whether all stories since a time (None: all) are among those since another one."""
    return since is None or (needed is not None and since <= needed)


def _shown_by(options: PlanOptions) -> object:
    """What decides which stories are shown, with which topics and qualities."""
    return (_VERSION, options.topics, options.include_withheld, options.merging)


def _digest(value: object) -> str:
    return blake2b(repr(value).encode("utf-8", "replace"), digest_size=16).hexdigest()
