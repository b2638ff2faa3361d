"""Feeds on demand from the stories of the latest plan, without making the plan again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from aggregator.classify import EVERYTHING, Query
from aggregator.identify import unify
from aggregator.merge import story_from_record
from aggregator.model import Feed, Ranked, Story
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.planning import Plan, is_visible
from aggregator.pipeline.topic_feeds import ranked_by
from aggregator.pipeline.update import plan_of_store
from aggregator.publish import compose_feed
from aggregator.queries.ranked_stories import RankedStories, StoryArchive
from aggregator.queries.selection import Selection
from aggregator.store import Store, StoredWindow

_SEARCHED = 1_000  # articles that a search looks at
_HOPS = 20  # from a story to what it turned out to be


@dataclass(slots=True)
class StoryQueries:
    """Answers what is asked of a plan. The stories of a topic are ranked without a limit on their
    number when they are first asked for, and kept. With an `archive` its index says where to look
    for words, and what has left the window is known; without it all stories of the plan are looked
    at, with the same result."""

    plan: Plan
    options: PlanOptions
    now: datetime
    archive: StoryArchive | None = None
    _orders: dict[str, RankedStories] = field(default_factory=dict)
    _by_id: dict[str, Story] = field(default_factory=dict)

    @classmethod
    def from_store(cls, store: Store, options: PlanOptions, now: datetime) -> StoryQueries:
        """The desk over what the store remembers; nothing is read and nothing is saved."""
        return cls(plan_of_store(store, options, now)[0], options, now, store)

    def prepare(self, before: StoryQueries | None) -> None:
        """Make ready what the desk before this one was asked for, so that nobody waits for it;
        where there was none, everything in rank order, to be asked for words."""
        if before is None:
            self.stories(EVERYTHING, Selection("word", limit=1))
            return
        for slug, order in list(before._orders.items()):
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
        found = order.candidates(query, selection.publisher)
        if found is None:
            return selection.of(order.ranked)
        searched = self.archive is not None and query.is_plain
        return selection.of((order.ranked[place] for place in sorted(found)), searched=searched)

    def is_quick(self, slug: str, selection: Selection) -> bool:
        """Whether an answer takes some milliseconds, and not a look at every story."""
        order = self._orders.get(slug)
        return order is not None and order.is_quick(Query.parse(selection.query))

    def feed(self, slug: str, selection: Selection) -> Feed:
        """The same as a feed. Raises KeyError where there is no such topic."""
        stories = (one.story for one in self.stories(slug, selection))
        (its,) = (feed for feed in self.plan.feeds if feed.slug == slug)
        names = self.names | {slug: its.title}
        feed = compose_feed(slug, its.title, self.options.site, stories, names)
        updated = feed.updated if feed.entries else its.updated
        return replace(feed, private=its.private, updated=updated)

    @property
    def names(self) -> dict[str, str]:
        """The names of the public topics by their slugs, also of those without a feed."""
        private = self.options.private
        named = {slug: n for slug, n in self.plan.categories.items() if slug not in private}
        return named | {feed.slug: feed.title for feed in self.plan.feeds if not feed.private}

    def story(self, story_id: str) -> Story | None:
        """The story with this id, or the one that it turned out to be, however old it is."""
        if not self._by_id:
            self._by_id = {story.id: story for story in self.plan.stories}
        for _ in range(_HOPS):
            if (found := self._by_id.get(story_id)) or self.archive is None:
                return found
            kept = self.archive.stories_of(ids=[story_id])
            record = next((one for one in kept.stories if one.id == story_id), None)
            if record is None or record.merged_into is None:
                return next(iter(self._retold(kept)), None)
            story_id = record.merged_into
        return None

    def search(self, text: str, limit: int) -> list[Story]:
        """The stories of all times that a query finds, the best first: of the words that it needs
        where there are some, else as ranked."""
        query = Query.parse(text)
        if not query.full_text_query() or self.archive is None:
            found = self.stories(EVERYTHING, Selection(text, limit=limit)) if query.groups else ()
            return [one.story for one in found]
        keys = self.archive.find_best_keys(query.full_text_query(), _SEARCHED)
        place = {key: number for number, key in enumerate(keys)}
        stories = [
            story
            for story in self._retold(self.archive.stories_of(keys=keys))
            if query.allows(story.lead) and any(map(query.matches, story.articles))
        ]
        last = len(keys)
        stories.sort(key=lambda s: (min(place.get(a.key, last) for a in s.articles), s.id))
        return stories[:limit]

    def _retold(self, kept: StoredWindow) -> tuple[Story, ...]:
        """Stories of the archive as they would be shown."""
        told = unify(a for a in kept.articles if is_visible(a, self.options))
        articles = {
            key: self.plan.priors.estimate_quality(article) for key, article in told.items()
        }
        stories = (story_from_record(m, articles) for m in kept.stories if not m.merged_into)
        return self.plan.topics.classify([story for story in stories if story])

    def _order(self, slug: str) -> RankedStories:
        if slug not in self.plan.ranked:
            raise KeyError(slug)
        if slug not in self._orders:
            inside = [s for s in self.plan.stories if slug in (EVERYTHING, *s.topics)]
            unlimited = replace(self.options.ranking_for(slug), max_entries=None)
            self._orders[slug] = RankedStories(ranked_by(inside, unlimited, self.now), self.archive)
        return self._orders[slug]
