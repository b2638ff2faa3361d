"""All that the feed of a topic is composed of: two feeds with the same content are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aggregator.model import Feed, Story, StoryRecord, Tombstone
from aggregator.pipeline.options import PlanOptions
from aggregator.publish import EntryCache, compose_feed

_MAX_TOMBSTONES = 20  # per story: a reader that was away for longer has dropped the entries anyway


@dataclass(frozen=True, slots=True)
class FeedContent:
    """The feed of a topic before it is composed: its `stories` in rank order, the `dates` that
    replace the times of publication, by story id, the tombstones of the stories that `ended` in
    these, the `names` of the topics that may be mentioned, by slug, and the slugs of the topics
    that have a public page (`pages`)."""

    slug: str
    title: str
    stories: tuple[Story, ...]
    dates: Mapping[str, datetime]
    ended: tuple[Tombstone, ...]
    names: Mapping[str, str]
    pages: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        slug: str,
        title: str,
        ranked: Sequence[Story],
        dates: Mapping[str, datetime] | None,
        tombstones: Callable[[str], Sequence[Tombstone]],
        public: Mapping[str, str],
        pages: frozenset[str] = frozenset(),
    ) -> FeedContent:
        """The content for the `ranked` stories; with `dates` (of promotion, by story) only for
        those that have one. `tombstones` are those of a story (id), `public` the names of the
        public topics, `pages` those of them that have a page."""
        stories = tuple(ranked if dates is None else (s for s in ranked if s.id in dates))
        shown = {} if dates is None else {story.id: dates[story.id] for story in stories}
        ended = tuple(tombstone for story in stories for tombstone in tombstones(story.id))
        return cls(slug, title, stories, shown, ended, {**public, slug: title}, pages)

    def compose(self, options: PlanOptions, cache: EntryCache | None = None) -> Feed:
        """The feed. `cache` has the entries of the last time."""
        feed = compose_feed(
            self.slug,
            self.title,
            options.site,
            self.stories,
            self.names,
            self.ended,
            self.dates,
            cache,
            self.pages,
        )
        return replace(feed, private=self.slug in options.private)


def tombstones_of(ended: Iterable[StoryRecord]) -> list[Tombstone]:
    """The tombstones of the stories that ended in one story: at most twenty, latest first."""
    tombstones = [Tombstone(record.id, record.updated) for record in ended]
    tombstones.sort(key=lambda tombstone: (tombstone.when, tombstone.id), reverse=True)
    return tombstones[:_MAX_TOMBSTONES]
