"""The stories of a plan, for queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from aggregator.classify import EVERYTHING, Query
from aggregator.model import Feed, Story
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.planning import Plan
from aggregator.pipeline.story_step import Baselines
from aggregator.pipeline.topic_feeds import ranked_by
from aggregator.queries.ranked_stories import RankedStories
from aggregator.queries.story_source import Position, StorySource
from aggregator.store import ShownStory, Store


@dataclass(slots=True)
class PlannedStories:
    """The stories of a plan made at `now`. The stories of a topic are ranked without a limit on
    their number at the first query, and cached. With a `store`, words are looked up in its
    index; without it all stories of the plan are examined, with the same result."""

    plan: Plan
    options: PlanOptions
    now: datetime
    store: Store | None = None
    _by_topic: dict[str, RankedStories] = field(default_factory=dict)
    _by_id: dict[str, Story] = field(default_factory=dict)

    @property
    def baselines(self) -> Baselines:
        """Those of the plan."""
        return Baselines(self.plan.priors, self.plan.topics)

    @property
    def story_count(self) -> int:
        """How many stories the plan has."""
        return len(self.plan.stories)

    @property
    def titles(self) -> Mapping[str, str]:
        """The titles of the topics that have a feed, by slug."""
        title_of = {feed.slug: feed.title for feed in self.plan.feeds}
        return {slug: title_of[slug] for slug in self.plan.ranked}

    @property
    def categories(self) -> Mapping[str, str]:
        """The names of all topics by slug."""
        return self.plan.categories

    @property
    def menu(self) -> Sequence[Feed]:
        """The feeds of the plan."""
        return self.plan.feeds

    def feed(self, slug: str) -> Feed:
        """The feed of the plan. Raises KeyError."""
        for feed in self.plan.feeds:
            if feed.slug == slug:
                return feed
        raise KeyError(slug)

    def stories(self, ids: Collection[str]) -> Mapping[str, Story]:
        """Those of the stories that the plan has."""
        if not self._by_id:
            self._by_id = {story.id: story for story in self.plan.stories}
        return {story_id: self._by_id[story_id] for story_id in ids if story_id in self._by_id}

    def shown(self, ids: Collection[str]) -> Mapping[str, ShownStory]:
        """The same as rows."""
        return {story_id: ShownStory.of(story) for story_id, story in self.stories(ids).items()}

    def ranked(self, slug: str, ids: Collection[str] | None = None) -> Iterator[str]:
        """The ids of the stories of a topic, best first. Raises KeyError."""
        ranked = self._ranked(slug)
        if ids is None:
            return iter(ranked.ids)
        positions = sorted(ranked.positions[i] for i in ids if i in ranked.positions)
        return (ranked.ids[position] for position in positions)

    def position(self, slug: str, story_id: str) -> Position | None:
        """Where the story is among them. Raises KeyError."""
        ranked = self._ranked(slug)
        position = ranked.positions.get(story_id)
        return None if position is None else Position(position + 1, len(ranked.ids))

    def matching(self, slug: str, query: Query, publisher: str) -> Collection[str] | None:
        """The ids of the stories that can match, by indexes over those of the topic."""
        return self._ranked(slug).candidates(query, publisher)

    def at_address(self, address: str) -> Iterable[str]:
        """The ids of the stories with an article at this URL."""
        return [
            story.id
            for story in self.plan.stories
            if any(address in (article.key, *article.aliases) for article in story.articles)
        ]

    def is_estimated(self, story: Story) -> bool:
        """Whether no source gives a quality to the lead of a story."""
        return story.lead.key in self.plan.estimated

    def is_ready(self, slug: str) -> bool:
        """Whether the topic is ranked, and words are in a local index that is loaded."""
        ranked = self._by_topic.get(slug)
        return ranked is not None and ranked.has_text_index

    def prepare(self, previous: StorySource | None) -> None:
        """Rank the topics and build the indexes that `previous` had."""
        if not isinstance(previous, PlannedStories):
            self._ranked(EVERYTHING).build_text_index()
            return
        for slug, ranked_stories in list(previous._by_topic.items()):
            if slug in self.plan.ranked:
                self._ranked(slug).build_indexes_of(ranked_stories)

    def _ranked(self, slug: str) -> RankedStories:
        if slug not in self.plan.ranked:
            raise KeyError(slug)
        if slug not in self._by_topic:
            stories = [s for s in self.plan.stories if slug in (EVERYTHING, *s.topics)]
            unlimited = replace(self.options.ranking_for(slug), max_entries=None)
            ranked = ranked_by(stories, unlimited, self.now)
            self._by_topic[slug] = RankedStories.of([r.story for r in ranked], self.store)
        return self._by_topic[slug]
