"""Feeds on demand from the stories of the latest plan, without making the plan again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from aggregator.classify import EVERYTHING, Query
from aggregator.model import Feed, Ranked
from aggregator.pipeline.feeds import ranked_by
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.plan import Plan, plan
from aggregator.pipeline.run import load, word_vectors
from aggregator.pipeline.select import Selection
from aggregator.publish import compose_feed
from aggregator.store import Needs, Store

Find = Callable[[Needs], Iterable[str]]
"""The keys of the articles whose title and excerpt have what is needed (``Store.find``)."""


@dataclass(slots=True)
class _Order:
    """All stories of a topic in rank order, and where in it the story of an article stands."""

    ranked: tuple[Ranked, ...]
    _places: dict[str, int] = field(default_factory=dict)

    @property
    def places(self) -> dict[str, int]:
        """Place by the key of an article; made when it is first asked for."""
        if not self._places:
            self._places = {
                article.key: place
                for place, one in enumerate(self.ranked)
                for article in one.story.articles
            }
        return self._places

    @property
    def searched(self) -> bool:
        """Whether somebody asked for words."""
        return bool(self._places)


@dataclass(slots=True)
class Desk:
    """Answers what is asked of a plan. The stories of a topic are ranked without a limit on their
    number when they are first asked for, and kept. With `find` an index says in which articles to
    look for words; without it all are looked at, with the same result."""

    plan: Plan
    options: PlanOptions
    now: datetime
    find: Find | None = None
    _orders: dict[str, _Order] = field(default_factory=dict)

    @classmethod
    def remembered(cls, store: Store, options: PlanOptions, now: datetime) -> Desk:
        """The desk over what the store remembers; nothing is read and nothing is saved."""
        made = plan((), load(store, options, now), options, now, word_vectors)
        return cls(made, options, now, store.find)

    def prepare(self, before: Desk | None) -> None:
        """Make ready what the desk before this one was asked for, so that nobody waits for it."""
        if before is None:
            return
        for slug, order in list(before._orders.items()):
            if slug in self.topics:
                made = self._order(slug)
                _ = made.places if order.searched else {}

    @property
    def topics(self) -> Collection[str]:
        """The slugs that can be asked for."""
        return self.plan.ranked.keys()

    def stories(self, slug: str, selection: Selection) -> tuple[Ranked, ...]:
        """The stories of a topic that are asked for, in the order that is asked for. Raises
        KeyError where there is no such topic."""
        order = self._order(slug)
        needs = Query.parse(selection.query).needs()
        if not needs or self.find is None:
            return selection.of(order.ranked)
        places = order.places
        found = {places[key] for key in self.find(needs) if key in places}
        return selection.of(order.ranked[place] for place in sorted(found))

    def feed(self, slug: str, selection: Selection) -> Feed:
        """The same as a feed. Raises KeyError where there is no such topic."""
        chosen = self.stories(slug, selection)
        names = {feed.slug: feed.title for feed in self.plan.feeds}
        stories = (one.story for one in chosen)
        return compose_feed(slug, names[slug], self.options.site, stories, names)

    def _order(self, slug: str) -> _Order:
        if slug not in self.plan.ranked:
            raise KeyError(slug)
        if slug not in self._orders:
            inside = [s for s in self.plan.stories if slug in (EVERYTHING, *s.topics)]
            unlimited = replace(self.options.ranking_for(slug), max_entries=None)
            self._orders[slug] = _Order(ranked_by(inside, unlimited, self.now))
        return self._orders[slug]
