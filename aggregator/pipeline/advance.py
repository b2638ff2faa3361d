"""One tick over a window in memory: what new articles change, at a cost that depends on them alone.

The part of the window that they touch is closed under what is declared (``Window.closed``), and
under the stories that the texts of new articles may belong to. Merging that part gives the stories
that merging the whole window would give: a state machine in the tests holds ``advance`` against
the step of ``plan``, which is its specification.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from aggregator.merge import KnownTexts, TextSource
from aggregator.model import Article, RowKey, Story, StoryRecord
from aggregator.pipeline.live_window import Part, Window
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.story_step import (
    Baselines,
    StoryStep,
    is_visible,
    stories_after,
    unified_after,
)
from aggregator.store import StoredWindow

if TYPE_CHECKING:
    from aggregator.merge.similarity.index import TextIndex
    from aggregator.merge.similarity.text_window import TextWindow


@dataclass(frozen=True, slots=True)
class Advance:
    """What articles change: the `part` of the window that they touch, and the `step` over it."""

    part: Part
    step: StoryStep

    @property
    def changed_records(self) -> tuple[StoryRecord, ...]:
        """The story records to save."""
        stored = {record.id: record for record in self.part.records}
        return tuple(r for r in self.step.records if stored.get(r.id) != r)

    @property
    def ended_records(self) -> list[StoryRecord]:
        """The changed records of stories that are not shown."""
        shown = {story.id for story in self.step.stories}
        return [record for record in self.changed_records if record.id not in shown]

    @property
    def changed_stories(self) -> tuple[list[Story], list[Story]]:
        """The stories that are no longer shown as they were, and those that are shown now."""
        before = {story.id: story for story in self.part.stories}
        after = {story.id: story for story in self.step.stories}
        old = [story for story in before.values() if after.get(story.id) != story]
        return old, [story for story in after.values() if before.get(story.id) != story]


@dataclass(frozen=True, slots=True)
class Memory:
    """What a process keeps between ticks: the window, its texts (None where ``merging.text`` is
    false, and nothing is compared) and the baselines of the epoch."""

    window: Window
    texts: TextWindow | None
    baselines: Baselines

    @classmethod
    def of(
        cls,
        stored: StoredWindow,
        options: PlanOptions,
        now: datetime,
        index: TextIndex | None,
        baselines: Baselines | None = None,
    ) -> Memory:
        """The memory of what is stored, as it would be shown; for the arguments see ``after``.
        `baselines` None: learned from what is stored."""
        step = stories_after((), stored.articles, stored.stories, options, now, None, baselines)
        return cls.after(stored, step, index)

    @classmethod
    def after(cls, stored: StoredWindow, step: StoryStep, index: TextIndex | None) -> Memory:
        """The memory of what was stored and of a step over all of it. `index` compares texts (None
        where ``merging.text`` is false)."""
        window = Window.of(stored)
        window.apply(step, Part())
        texts = None
        if index is not None:
            from aggregator.merge.similarity.text_window import TextWindow

            texts = TextWindow(index)
            texts.put(_shown(step.stories))
        return cls(window, texts, step.baselines)

    def is_outdated(self, now: datetime) -> bool:
        """Whether texts must be compared by the statistics of a new epoch."""
        return self.texts is not None and self.texts.is_outdated(now)

    def drop(self, row_keys: Iterable[RowKey], record_ids: Iterable[str]) -> list[Story]:
        """Leave out what is no longer stored. Returns the stories that are no longer shown."""
        stories = self.window.drop(row_keys, record_ids)
        if self.texts is not None:
            self.texts.remove(article.key for article in _shown(stories))
        return stories

    def apply(self, advance: Advance) -> None:
        """Take over what has been saved."""
        old, new = advance.changed_stories
        self.window.apply(advance.step, advance.part)
        if self.texts is not None:
            self.texts.remove(article.key for article in _shown(old))
            self.texts.put(_shown(new))


def advance(
    memory: Memory, read: Sequence[Article], options: PlanOptions, now: datetime
) -> Advance:
    """What follows from the articles that were read. The memory stays as it is."""
    window, texts = memory.window, memory.texts
    part = window.closed(read)
    if texts is None:
        return Advance(part, _step(memory, read, part, options, now, None))
    unified = unified_after(read, part.rows).values()
    new = [a for a in unified if is_visible(a, options) and texts.is_new(a)]
    near = texts.near(new, options.merging.window)
    while True:
        part = window.closed(keys=near, part=part)
        with texts.without(article.key for article in _shown(part.stories)) as others:
            step = _step(memory, read, part, options, now, KnownTexts(others))
            near = others.reached()
        if not near:
            return Advance(part, step)


def _step(
    memory: Memory,
    read: Sequence[Article],
    part: Part,
    options: PlanOptions,
    now: datetime,
    texts: TextSource | None,
) -> StoryStep:
    return stories_after(
        read, part.rows, part.records, options, now, texts, memory.baselines, part.stories
    )


def _shown(stories: Iterable[Story]) -> list[Article]:
    return [article for story in stories for article in story.articles]
