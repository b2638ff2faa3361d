"""A selection of stories: the parameters of a feed on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from aggregator.classify import Query, facets
from aggregator.model import Story
from aggregator.rank.signals import microseconds
from aggregator.store import ShownStory

SORTS: dict[str, Callable[[ShownStory], int] | None] = {
    "rank": None,
    "newest": lambda story: -story.first_published,
    "quality": lambda story: -story.signals.quality,
    "coverage": lambda story: -story.coverage,
}
"""The orders by name: the smallest value comes first, and equal values stay in rank order."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The conditions that a story must meet. `query` (see `aggregator.classify.query`): one article
    matches it, and the lead has nothing that it excludes; `min_quality`: of the lead; `since`: the
    lead was published then or later; `publisher`: a name or domain of any article; `topic`: a slug.
    `sort` is one of SORTS, `limit` the maximum number of stories (None: all), `offset` how many
    before them are left out."""

    query: str = ""
    min_quality: int | None = None
    since: datetime | None = None
    publisher: str = ""
    limit: int | None = None
    topic: str = ""
    sort: str = "rank"
    offset: int = 0

    def select(self, stories: Iterable[ShownStory]) -> Iterator[ShownStory]:
        """Those of the stories that meet the conditions which need no articles, sorted."""
        selected = filter(self._selects, stories)
        key = SORTS[self.sort]
        return iter(sorted(selected, key=key)) if key else selected

    def _selects(self, story: ShownStory) -> bool:
        signals = story.signals
        if self.min_quality is not None and signals.quality < self.min_quality:
            return False
        if self.since is not None and signals.published < microseconds(self.since):
            return False
        return not self.topic or any(slug == self.topic for slug, _, _ in story.topics)

    def matches(self, story: Story, query: Query) -> bool:
        """Whether the articles of the story meet the other conditions; `query` is the parsed
        one."""
        if self.publisher and not self._by_publisher(story):
            return False
        if not query.groups:
            return True
        return query.allows(story.lead) and any(map(query.matches, story.articles))

    def _by_publisher(self, story: Story) -> bool:
        facet = ("publisher", self.publisher.casefold())
        return any(facet in facets(a.publisher, a.lang) for a in story.articles)
