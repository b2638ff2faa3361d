"""Feeds on demand from the stories of the latest plan, without making the plan again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from aggregator.classify import EVERYTHING, Query, facets
from aggregator.identify import unify
from aggregator.merge import retold
from aggregator.model import Feed, Ranked, Story
from aggregator.pipeline.feeds import ranked_by
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.plan import Plan, plan, shown
from aggregator.pipeline.run import load, word_vectors
from aggregator.pipeline.select import Selection
from aggregator.publish import compose_feed
from aggregator.store import Needs, Remembered, Store

_SEARCHED = 1_000  # articles that a search looks at
_HOPS = 20  # from a story to what it turned out to be


class Archive(Protocol):
    """What a desk asks of the store."""

    def find(self, needs: Needs, best: int | None = None) -> list[str]:
        """Keys of the articles whose title and excerpt have what is needed."""

    def stories_of(self, ids: Collection[str] = (), keys: Collection[str] = ()) -> Remembered:
        """The stories with these ids or articles, however old."""


@dataclass(slots=True)
class _Order:
    """All stories of a topic in rank order, and where in it those stand that have an article with
    this key, publisher or language; made when it is first asked for."""

    ranked: tuple[Ranked, ...]
    _places: dict[str, int] = field(default_factory=dict)
    _facets: dict[tuple[str, str], set[int]] = field(default_factory=dict)

    @property
    def places(self) -> dict[str, int]:
        """Place by the key of an article."""
        if not self._places:
            self._places = {
                article.key: place
                for place, one in enumerate(self.ranked)
                for article in one.story.articles
            }
        return self._places

    @property
    def facets(self) -> dict[tuple[str, str], set[int]]:
        """Places by publisher and language."""
        if not self._facets:
            made: dict[tuple[str, str], set[int]] = {}
            for place, one in enumerate(self.ranked):
                for article in one.story.articles:
                    for facet in facets(article.publisher, article.lang):
                        made.setdefault(facet, set()).add(place)
            self._facets = made
        return self._facets

    def like(self, other: _Order) -> None:
        """Make what the other one was asked for."""
        _ = (other._places and self.places, other._facets and self.facets)


@dataclass(slots=True)
class Desk:
    """Answers what is asked of a plan. The stories of a topic are ranked without a limit on their
    number when they are first asked for, and kept. With an `archive` its index says where to look
    for words, and what has left the window is known; without it all stories of the plan are looked
    at, with the same result."""

    plan: Plan
    options: PlanOptions
    now: datetime
    archive: Archive | None = None
    _orders: dict[str, _Order] = field(default_factory=dict)
    _by_id: dict[str, Story] = field(default_factory=dict)

    @classmethod
    def remembered(cls, store: Store, options: PlanOptions, now: datetime) -> Desk:
        """The desk over what the store remembers; nothing is read and nothing is saved."""
        made = plan((), load(store, options, now), options, now, word_vectors)
        return cls(made, options, now, store)

    def prepare(self, before: Desk | None) -> None:
        """Make ready what the desk before this one was asked for, so that nobody waits for it."""
        for slug, order in list(before._orders.items()) if before else ():
            if slug in self.topics:
                self._order(slug).like(order)

    @property
    def topics(self) -> Collection[str]:
        """The slugs that can be asked for."""
        return self.plan.ranked.keys()

    def stories(self, slug: str, selection: Selection) -> tuple[Ranked, ...]:
        """The stories of a topic that are asked for, in the order that is asked for. Raises
        KeyError where there is no such topic."""
        order, query = self._order(slug), Query.parse(selection.query)
        found = self._candidates(order, query, selection.publisher)
        if found is None:
            return selection.of(order.ranked)
        return selection.of(order.ranked[place] for place in sorted(found))

    def feed(self, slug: str, selection: Selection) -> Feed:
        """The same as a feed. Raises KeyError where there is no such topic."""
        stories = (one.story for one in self.stories(slug, selection))
        (its,) = (feed for feed in self.plan.feeds if feed.slug == slug)
        names = self.names | {slug: its.title}
        return replace(
            compose_feed(slug, its.title, self.options.site, stories, names), private=its.private
        )

    @property
    def names(self) -> dict[str, str]:
        """The names of the public topics by their slugs."""
        return {feed.slug: feed.title for feed in self.plan.feeds if not feed.private}

    def story(self, story_id: str) -> Story | None:
        """The story with this id, or the one that it turned out to be, however old it is."""
        if not self._by_id:
            self._by_id = {story.id: story for story in self.plan.stories}
        for _ in range(_HOPS):
            if (found := self._by_id.get(story_id)) or self.archive is None:
                return found
            kept = self.archive.stories_of(ids=[story_id])
            memory = next((one for one in kept.stories if one.id == story_id), None)
            if memory is None or memory.ended_into is None:
                return next(iter(self._retold(kept)), None)
            story_id = memory.ended_into
        return None

    def search(self, text: str, limit: int) -> list[Story]:
        """The stories of all times that a query finds, the best first: of the words that it needs
        where there are some, else as ranked."""
        query = Query.parse(text)
        if not query.needs() or self.archive is None:
            found = self.stories(EVERYTHING, Selection(text, limit=limit)) if query.groups else ()
            return [one.story for one in found]
        keys = self.archive.find(query.needs(), _SEARCHED)
        place = {key: number for number, key in enumerate(keys)}
        stories = [
            story
            for story in self._retold(self.archive.stories_of(keys=keys))
            if query.allows(story.lead) and any(map(query.matches, story.articles))
        ]
        last = len(keys)
        stories.sort(key=lambda s: (min(place.get(a.key, last) for a in s.articles), s.id))
        return stories[:limit]

    def _retold(self, kept: Remembered) -> tuple[Story, ...]:
        """Stories of the archive as they would be shown."""
        told = unify(a for a in kept.articles if shown(a, self.options))
        articles = {key: self.plan.priors.appraise(article) for key, article in told.items()}
        stories = (retold(m, articles) for m in kept.stories if not m.ended_into)
        return self.plan.topics.classify([story for story in stories if story])

    def _candidates(self, order: _Order, query: Query, publisher: str) -> set[int] | None:
        """The places at which all can be that matches; None where that is everywhere."""
        found = []
        if publisher:
            found.append(order.facets.get(("publisher", publisher.casefold()), set()))
        for group in query.fields():
            found.append(set().union(*(order.facets.get(facet, ()) for facet in group)))
        if self.archive is not None and (needs := query.needs()):
            places = order.places
            found.append({places[key] for key in self.archive.find(needs) if key in places})
        return set.intersection(*found) if found else None

    def _order(self, slug: str) -> _Order:
        if slug not in self.plan.ranked:
            raise KeyError(slug)
        if slug not in self._orders:
            inside = [s for s in self.plan.stories if slug in (EVERYTHING, *s.topics)]
            unlimited = replace(self.options.ranking_for(slug), max_entries=None)
            self._orders[slug] = _Order(ranked_by(inside, unlimited, self.now))
        return self._orders[slug]
