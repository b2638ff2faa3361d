"""Feeds on demand, search and single stories, from the stories of a window and the store."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import TypeVar

from aggregator.classify import EVERYTHING, Query
from aggregator.merge import story_from_record
from aggregator.model import Feed, Ranked, Story
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.planning import Plan
from aggregator.pipeline.shown import is_shown_by
from aggregator.pipeline.update import plan_of_store
from aggregator.publish import compose_feed
from aggregator.queries.planned_stories import PlannedStories
from aggregator.queries.restored import visible_articles
from aggregator.queries.selection import Selection
from aggregator.queries.story_source import Position, StorySource
from aggregator.rank.score import ranked_story
from aggregator.store import ShownStory, Store, StoredWindow

Value = TypeVar("Value")
_MAX_MATCHES = 1_000  # articles that a search ranks: it bounds the time of a search for "the"
_MAX_MERGES = 20  # followed from a story to the one it was merged into; more than ever occur
_FIRST_BATCH, _LARGEST_BATCH = 64, 1_024  # stories that are loaded at once, twice as many each time


@dataclass(slots=True)
class StoryQueries:
    """Answers queries about the stories of a `source`. With an `archive`, stories that left the
    window are found, and a search ranks by relevance. `excluded` are the sources that were left
    out because their articles cannot be planned, each with the reason."""

    source: StorySource
    archive: Store | None = None
    excluded: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_plan(
        cls, plan: Plan, options: PlanOptions, now: datetime, archive: Store | None = None
    ) -> StoryQueries:
        """Queries over a plan made at `now`."""
        return cls(PlannedStories(plan, options, now, archive), archive)

    @classmethod
    def from_store(cls, store: Store, options: PlanOptions, now: datetime) -> StoryQueries:
        """Queries over the stored stories; no source is read and nothing is saved. Only where the
        store was not updated by these options, all stored articles are planned. Raises StoreError
        or UpdateFailed."""
        if is_shown_by(store, options, now):
            from aggregator.queries.stored_stories import StoredStories

            return cls(StoredStories(store, options, now), store)
        plan, excluded = plan_of_store(store, options, now)
        reasons = {name: f"set aside: {reason}" for name, reason in excluded.items()}
        return cls(PlannedStories(plan, options, now, store), store, reasons)

    def prepare(self, previous: StoryQueries | None) -> None:
        """Build in advance the rankings and indexes that `previous` had built, so that no request
        waits for them; where there is none, those for full-text queries over all stories."""
        self.source.prepare(previous.source if previous else None)

    @property
    def now(self) -> datetime:
        """The time as of which the stories are ranked."""
        return self.source.now

    @property
    def options(self) -> PlanOptions:
        """The options by which the stories are ranked."""
        return self.source.options

    @property
    def topics(self) -> Collection[str]:
        """The slugs that the other methods take."""
        return self.source.titles.keys()

    def stories(self, slug: str, selection: Selection) -> tuple[Ranked, ...]:
        """The selected stories of a topic, sorted. Raises KeyError for an unknown topic."""
        query = Query.parse(selection.query)
        ids = self.source.matching(slug, query, selection.publisher)
        ranked_ids = self.source.ranked(slug, ids)
        selected = selection.select(self._shown(ranked_ids))
        offset = selection.offset
        if not query.groups and not selection.publisher:  # what is left out need not be loaded
            selected, offset = islice(selected, offset, None), 0
        matching = self._matching(selected, selection, query)
        options, moment = self.options.ranking_for(slug), self.now
        end = None if selection.limit is None else offset + selection.limit
        return tuple(
            ranked_story(story, shown.signals, options, moment)
            for shown, story in islice(matching, offset, end)
        )

    def shown_stories(self) -> list[ShownStory]:
        """The rows of all stories of the window, those that were published first at the start."""
        rows = self._shown(self.source.ranked(EVERYTHING))
        return sorted(rows, key=lambda story: (story.first_published, story.id))

    def _shown(self, ids: Iterator[str]) -> Iterator[ShownStory]:
        """The rows of the stories with these ids."""
        for batch in _batches(ids):
            shown = self.source.shown(batch)
            yield from (shown[story_id] for story_id in batch if story_id in shown)

    def _matching(
        self, selected: Iterator[ShownStory], selection: Selection, query: Query
    ) -> Iterator[tuple[ShownStory, Story]]:
        """Those of the selected stories whose articles meet the conditions."""
        for batch in _batches(selected):
            stories = self.source.stories([shown.id for shown in batch])
            for shown in batch:
                story = stories.get(shown.id)
                if story is not None and selection.matches(story, query):
                    yield shown, story

    def is_indexed(self, slug: str, selection: Selection) -> bool:
        """Whether an answer takes some milliseconds, without examining every story."""
        query = Query.parse(selection.query)
        return bool(query.full_text_query()) and self.source.is_ready(slug)

    def feed(self, slug: str, selection: Selection) -> Feed:
        """The selected stories of a topic as a feed. Raises KeyError for an unknown topic."""
        title, private = self.source.titles[slug], slug in self.options.private
        stories = [ranked.story for ranked in self.stories(slug, selection)]
        names = self.names | {slug: title}
        pages = frozenset(self.source.titles.keys() - self.options.private)
        feed = compose_feed(slug, title, self.options.site, stories, names, pages=pages)
        updated = feed.updated if feed.entries else self.source.feed(slug).updated
        return replace(feed, private=private, updated=updated)

    @property
    def menu(self) -> Sequence[Feed]:
        """All feeds that are published, perhaps without their entries."""
        return self.source.menu

    def published_feed(self, slug: str) -> Feed:
        """The feed of a topic or a digest as it is published. Raises KeyError."""
        return self.source.feed(slug)

    def is_empty(self, slug: str) -> bool:
        """Whether the feed of a topic has no stories. Raises KeyError for an unknown topic."""
        return next(self.source.ranked(slug), None) is None

    @property
    def story_count(self) -> int:
        """How many stories the window has."""
        return self.source.story_count

    @property
    def names(self) -> dict[str, str]:
        """The names of the public topics by slug, also of those without a feed."""
        private = self.options.private
        names = {slug: n for slug, n in self.source.categories.items() if slug not in private}
        return names | {feed.slug: feed.title for feed in self.source.menu if not feed.private}

    def topics_of(self, story_id: str) -> list[str]:
        """The topics with a feed that a story of the window has: "all", then the others by slug."""
        shown = self.source.shown([story_id]).get(story_id)
        if shown is None:
            return []
        return [EVERYTHING, *(slug for slug, _, _ in shown.topics if slug in self.topics)]

    def ranked(self, slug: str, story_id: str) -> Ranked | None:
        """A story of the window with its score in the feed of a topic; None where there is none."""
        story = self.source.stories([story_id]).get(story_id)
        shown = self.source.shown([story_id]).get(story_id)
        if story is None or shown is None:
            return None
        return ranked_story(story, shown.signals, self.options.ranking_for(slug), self.now)

    def is_estimated(self, story: Story) -> bool:
        """Whether no source gives a quality to the lead of a story of the window."""
        return self.source.is_estimated(story)

    def at_rank(self, number: int) -> str | None:
        """The id of the story at a position in the feed of everything, from 1; None where there is
        none."""
        ids = self.source.ranked(EVERYTHING)
        return next(islice(ids, number - 1, None), None) if number > 0 else None

    def at_address(self, address: str) -> list[str]:
        """The ids of the stories of the window that have an article with this canonical URL as its
        key or one of its aliases."""
        stories = self.source.stories(list(self.source.at_address(address)))
        return sorted(
            story.id
            for story in stories.values()
            if any(address in (article.key, *article.aliases) for article in story.articles)
        )

    def position(self, slug: str, story_id: str) -> Position | None:
        """The position of a story in the feed of a topic, if that had no limit on its entries."""
        return self.source.position(slug, story_id)

    def story(self, story_id: str) -> Story | None:
        """The story with this id, or the one that it was merged into, of any age; None where there
        is none that may be shown."""
        for _ in range(_MAX_MERGES):
            story = self.source.stories([story_id]).get(story_id)
            if story is not None or self.archive is None:
                return story
            stored = self.archive.stories_of(ids=[story_id])
            record = next((record for record in stored.stories if record.id == story_id), None)
            if record is None or record.merged_into is None:
                return next(iter(self._stories_from(stored)), None)
            story_id = record.merged_into
        return None

    def stories_by_id(self, ids: Sequence[str]) -> list[Story]:
        """Those of the stories that may be shown, of any age, in the order of `ids`."""
        stories = dict(self.source.stories(ids))
        older = [story_id for story_id in ids if story_id not in stories]
        if older and self.archive is not None:
            stored = self.archive.stories_of(ids=older)
            stories |= {story.id: story for story in self._stories_from(stored)}
        return [stories[story_id] for story_id in ids if story_id in stories]

    def predecessors(self, ids: Collection[str]) -> dict[str, list[str]]:
        """The ids of the stories that ended in each of these stories, by the id of the latter."""
        if self.archive is None:
            return {}
        ended = self.archive.shown.ended_in(ids)
        return {story_id: [record.id for record in records] for story_id, records in ended.items()}

    def is_removed(self, story_id: str) -> bool:
        """Whether there was a story with this id, which retention has removed."""
        if self.archive is None:
            return False
        for _ in range(_MAX_MERGES):
            stored = self.archive.stories_of(ids=[story_id])
            record = next((record for record in stored.stories if record.id == story_id), None)
            if record is None or not record.merged_into:
                return record is not None and not record.origin_key
            story_id = str(record.merged_into)
        return False

    def search(self, text: str, limit: int) -> list[Story]:
        """At most `limit` stories of any age that match, best first: by relevance where the query
        has words and there is an archive, else in rank order."""
        return list(self.best_matches(text)[0][:limit])

    def best_matches(self, text: str) -> tuple[list[Story], bool]:
        """The same without a limit of their number, but only those with the best thousand articles;
        and whether there may be more."""
        query = Query.parse(text)
        if not query.groups:
            return [], False
        text_query = query.full_text_query()
        if not text_query or self.archive is None:
            ranked = self.stories(EVERYTHING, Selection(text, limit=_MAX_MATCHES))
            return [r.story for r in ranked], len(ranked) == _MAX_MATCHES
        keys = self.archive.find_best_keys(text_query, _MAX_MATCHES)
        position = {key: number for number, key in enumerate(keys)}
        stories = [
            story
            for story in self._stories_from(self.archive.stories_of(keys=keys))
            if query.allows(story.lead) and any(map(query.matches, story.articles))
        ]
        last = len(keys)
        stories.sort(key=lambda s: (min(position.get(a.key, last) for a in s.articles), s.id))
        return stories, last == _MAX_MATCHES

    def _stories_from(self, stored: StoredWindow) -> tuple[Story, ...]:
        """The stored stories that may be shown, as they would be shown now."""
        baselines = self.source.baselines
        articles = visible_articles(stored, baselines, self.options)
        stories = (story_from_record(m, articles) for m in stored.stories if not m.merged_into)
        return baselines.topics.classify([story for story in stories if story])


def _batches(values: Iterator[Value]) -> Iterator[list[Value]]:
    """The values in lists: short ones first, as often only the first values are needed."""
    size = _FIRST_BATCH
    while batch := list(islice(values, size)):
        yield batch
        size = min(2 * size, _LARGEST_BATCH)
