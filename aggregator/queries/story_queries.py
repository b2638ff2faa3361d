"""Feeds on demand, search and single stories, from the latest plan and the store."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from aggregator.classify import EVERYTHING, Query
from aggregator.identify import unify
from aggregator.merge import story_from_record
from aggregator.model import Feed, Ranked, Story
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.planning import Plan
from aggregator.pipeline.story_step import is_visible
from aggregator.pipeline.topic_feeds import ranked_by
from aggregator.pipeline.update import plan_of_store
from aggregator.publish import compose_feed
from aggregator.queries.ranked_stories import RankedStories, StoryArchive
from aggregator.queries.selection import Selection
from aggregator.store import Store, StoredWindow

_MAX_MATCHES = 1_000  # articles that a search ranks: it bounds the time of a search for "the"
_MAX_MERGES = 20  # followed from a story to the one it was merged into; more than ever occur


@dataclass(slots=True)
class StoryQueries:
    """Answers queries about a plan made at `now`. The stories of a topic are ranked without a limit
    on their number at the first query, and cached. With an `archive`, words are looked up in its
    index and stories that left the window are found; without it all stories of the plan are
    examined, with the same result for those in the window."""

    plan: Plan
    options: PlanOptions
    now: datetime
    archive: StoryArchive | None = None
    _by_topic: dict[str, RankedStories] = field(default_factory=dict)
    _by_id: dict[str, Story] = field(default_factory=dict)

    @classmethod
    def from_store(cls, store: Store, options: PlanOptions, now: datetime) -> StoryQueries:
        """Queries over the plan of the stored articles; no source is read and nothing is saved.
        Raises StoreError or UpdateFailed."""
        return cls(plan_of_store(store, options, now)[0], options, now, store)

    def prepare(self, previous: StoryQueries | None) -> None:
        """Build in advance the rankings and indexes that `previous` had built, so that no request
        waits for them; where there is none, those for full-text queries over all stories."""
        if previous is None:
            self.stories(EVERYTHING, Selection("word", limit=1))
            return
        for slug, ranked_stories in list(previous._by_topic.items()):
            if slug in self.topics:
                self._ranked(slug).build_indexes_of(ranked_stories)

    @property
    def topics(self) -> Collection[str]:
        """The slugs that the other methods take."""
        return self.plan.ranked.keys()

    def stories(self, slug: str, selection: Selection) -> tuple[Ranked, ...]:
        """The selected stories of a topic, sorted. Raises KeyError for an unknown topic."""
        ranked, query = self._ranked(slug), Query.parse(selection.query)
        positions = ranked.candidates(query, selection.publisher)
        if positions is None:
            return selection.apply(ranked.ranked)
        candidates = (ranked.ranked[position] for position in sorted(positions))
        query_matches = self.archive is not None and query.is_plain
        return selection.apply(candidates, query_matches=query_matches)

    def is_indexed(self, slug: str, selection: Selection) -> bool:
        """Whether an answer takes some milliseconds, without examining every story."""
        ranked = self._by_topic.get(slug)
        return ranked is not None and ranked.is_indexed(Query.parse(selection.query))

    def feed(self, slug: str, selection: Selection) -> Feed:
        """The selected stories of a topic as a feed. Raises KeyError for an unknown topic."""
        stories = (ranked.story for ranked in self.stories(slug, selection))
        (whole,) = (feed for feed in self.plan.feeds if feed.slug == slug)
        names = self.names | {slug: whole.title}
        feed = compose_feed(slug, whole.title, self.options.site, stories, names)
        updated = feed.updated if feed.entries else whole.updated
        return replace(feed, private=whole.private, updated=updated)

    @property
    def names(self) -> dict[str, str]:
        """The names of the public topics by slug, also of those without a feed."""
        private = self.options.private
        names = {slug: n for slug, n in self.plan.categories.items() if slug not in private}
        return names | {feed.slug: feed.title for feed in self.plan.feeds if not feed.private}

    def story(self, story_id: str) -> Story | None:
        """The story with this id, or the one that it was merged into, of any age; None where there
        is none that may be shown."""
        if not self._by_id:
            self._by_id = {story.id: story for story in self.plan.stories}
        for _ in range(_MAX_MERGES):
            if (story := self._by_id.get(story_id)) or self.archive is None:
                return story
            stored = self.archive.stories_of(ids=[story_id])
            record = next((record for record in stored.stories if record.id == story_id), None)
            if record is None or record.merged_into is None:
                return next(iter(self._stories_from(stored)), None)
            story_id = record.merged_into
        return None

    def search(self, text: str, limit: int) -> list[Story]:
        """At most `limit` stories of any age that match, best first: by relevance where the query
        has words and there is an archive, else in rank order."""
        query = Query.parse(text)
        if not query.groups:
            return []
        text_query = query.full_text_query()
        if not text_query or self.archive is None:
            return [r.story for r in self.stories(EVERYTHING, Selection(text, limit=limit))]
        keys = self.archive.find_best_keys(text_query, _MAX_MATCHES)
        position = {key: number for number, key in enumerate(keys)}
        stories = [
            story
            for story in self._stories_from(self.archive.stories_of(keys=keys))
            if query.allows(story.lead) and any(map(query.matches, story.articles))
        ]
        last = len(keys)
        stories.sort(key=lambda s: (min(position.get(a.key, last) for a in s.articles), s.id))
        return stories[:limit]

    def _stories_from(self, stored: StoredWindow) -> tuple[Story, ...]:
        """The stored stories that may be shown, as they would be shown now."""
        unified = unify(a for a in stored.articles if is_visible(a, self.options))
        articles = {
            key: self.plan.priors.estimate_quality(article) for key, article in unified.items()
        }
        stories = (story_from_record(m, articles) for m in stored.stories if not m.merged_into)
        return self.plan.topics.classify([story for story in stories if story])

    def _ranked(self, slug: str) -> RankedStories:
        if slug not in self.plan.ranked:
            raise KeyError(slug)
        if slug not in self._by_topic:
            stories = [s for s in self.plan.stories if slug in (EVERYTHING, *s.topics)]
            unlimited = replace(self.options.ranking_for(slug), max_entries=None)
            ranked = ranked_by(stories, unlimited, self.now)
            self._by_topic[slug] = RankedStories(ranked, self.archive)
        return self._by_topic[slug]
