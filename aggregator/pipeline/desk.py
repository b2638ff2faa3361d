"""Feeds on demand from the stories of the latest plan, without making the plan again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from aggregator.classify import EVERYTHING
from aggregator.model import Feed, Ranked
from aggregator.pipeline.feeds import ranked_by
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.plan import Plan, plan
from aggregator.pipeline.run import load, word_vectors
from aggregator.pipeline.select import Selection
from aggregator.publish import compose_feed
from aggregator.store import Store


@dataclass(slots=True)
class Desk:
    """Answers what is asked of a plan. The stories of a topic are ranked without a limit on their
    number when they are first asked for, and kept."""

    plan: Plan
    options: PlanOptions
    now: datetime
    _ranked: dict[str, tuple[Ranked, ...]] = field(default_factory=dict)

    @classmethod
    def remembered(cls, store: Store, options: PlanOptions, now: datetime) -> Desk:
        """The desk over what the store remembers; nothing is read and nothing is saved."""
        return cls(plan((), load(store, options, now), options, now, word_vectors), options, now)

    @property
    def topics(self) -> Collection[str]:
        """The slugs that can be asked for."""
        return self.plan.ranked.keys()

    def stories(self, slug: str, selection: Selection) -> tuple[Ranked, ...]:
        """The stories of a topic that are asked for, in rank order. Raises KeyError where there
        is no such topic."""
        if slug not in self.plan.ranked:
            raise KeyError(slug)
        if slug not in self._ranked:
            inside = [s for s in self.plan.stories if slug in (EVERYTHING, *s.topics)]
            unlimited = replace(self.options.ranking_for(slug), max_entries=None)
            self._ranked[slug] = ranked_by(inside, unlimited, self.now)
        return tuple(selection.of(self._ranked[slug]))

    def feed(self, slug: str, selection: Selection) -> Feed:
        """The same as a feed. Raises KeyError where there is no such topic."""
        chosen = self.stories(slug, selection)
        names = {feed.slug: feed.title for feed in self.plan.feeds}
        stories = (one.story for one in chosen)
        return compose_feed(slug, names[slug], self.options.site, stories, names)
