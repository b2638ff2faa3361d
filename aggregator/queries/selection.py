"""Some of the stories: by what someone asks for now, or by what a feed pins and blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from aggregator.classify import Query, facets
from aggregator.model import Ranked, Story


def _newest(one: Ranked) -> float:
    return -one.story.published.timestamp()


SORTS: dict[str, Callable[[Ranked], float] | None] = {
    "rank": None,
    "newest": _newest,
    "quality": lambda one: -(one.story.lead.quality or 0),
    "coverage": lambda one: -len(one.story.coverage),
}
"""The orders that can be asked for: the least of these first, as ranked where they are equal."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for. `query`: one article fits it, in the form of `aggregator.classify.query`,
    and the lead has nothing that it excludes; `since`: the lead was published at that time or
    later; `publisher`: a name or domain; `topic`: a slug; `sort`: one of SORTS."""

    query: str = ""
    min_quality: int | None = None
    since: datetime | None = None
    publisher: str = ""
    limit: int | None = None
    topic: str = ""
    sort: str = "rank"

    def of(self, ranked: Iterable[Ranked], *, searched: bool = False) -> tuple[Ranked, ...]:
        """The stories that match, in their order, at most `limit`. `searched`: it is known already
        that the query matches."""
        query = Query() if searched else Query.parse(self.query)
        matching = (one for one in ranked if self._matches(one.story, query))
        by = SORTS[self.sort]
        return tuple(islice(sorted(matching, key=by) if by else matching, self.limit))

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
        return query.allows(story.lead) and any(query.matches(one) for one in story.articles)

    def _by_publisher(self, story: Story) -> bool:
        wanted = ("publisher", self.publisher.casefold())
        return any(wanted in facets(one.publisher, one.lang) for one in story.articles)
