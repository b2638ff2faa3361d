"""A selection of stories: the parameters of a feed on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from aggregator.classify import Query, facets
from aggregator.model import Ranked, Story


def _newest(ranked: Ranked) -> float:
    return -ranked.story.published.timestamp()


SORTS: dict[str, Callable[[Ranked], float] | None] = {
    "rank": None,
    "newest": _newest,
    "quality": lambda ranked: -(ranked.story.lead.quality or 0),
    "coverage": lambda ranked: -len(ranked.story.coverage),
}
"""The orders by name: the smallest value comes first, and equal values stay in rank order."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The conditions that a story must meet. `query` (see `aggregator.classify.query`): one article
    matches it, and the lead has nothing that it excludes; `min_quality`: of the lead; `since`: the
    lead was published then or later; `publisher`: a name or domain of any article; `topic`: a slug.
    `sort` is one of SORTS, `limit` the maximum number of stories (None: all)."""

    query: str = ""
    min_quality: int | None = None
    since: datetime | None = None
    publisher: str = ""
    limit: int | None = None
    topic: str = ""
    sort: str = "rank"

    def apply(
        self, stories: Iterable[Ranked], *, query_matches: bool = False
    ) -> tuple[Ranked, ...]:
        """The stories that meet the conditions, sorted, at most `limit`. `query_matches` tells that
        all `stories` are known to match the query, so that it is not checked again."""
        query = Query() if query_matches else Query.parse(self.query)
        matching = (ranked for ranked in stories if self._matches(ranked.story, query))
        key = SORTS[self.sort]
        return tuple(islice(sorted(matching, key=key) if key else matching, self.limit))

    def _matches(self, story: Story, query: Query) -> bool:
        if self.min_quality is not None and (story.lead.quality or 0) < self.min_quality:
            return False
        if self.since is not None and story.lead.published < self.since:
            return False
        if self.topic and self.topic not in story.topics:
            return False
        if self.publisher and not self._by_publisher(story):
            return False
        if not query.groups:
            return True
        return query.allows(story.lead) and any(map(query.matches, story.articles))

    def _by_publisher(self, story: Story) -> bool:
        facet = ("publisher", self.publisher.casefold())
        return any(facet in facets(a.publisher, a.lang) for a in story.articles)
