"""The stories that a search finds, in an order, and what narrows them down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aggregator.classify import EVERYTHING, Query
from aggregator.model import Story
from aggregator.queries.selection import Selection
from aggregator.queries.story_queries import StoryQueries

SEARCH_SORTS = ("best", "newest", "coverage")
"""The orders of a search: best match, latest lead, most publishers."""
_MAX_FOUND = 1_000  # stories of the window that another order than the best one looks at


@dataclass(frozen=True, slots=True)
class SearchResults:
    """The `stories` in order; `more`: there may be others, which match less well. `publishers` and
    `languages` are those of the articles that match, with the number of their stories, the most
    frequent first."""

    stories: Sequence[Story]
    more: bool = False
    publishers: Sequence[tuple[str, int]] = ()
    languages: Sequence[tuple[str, int]] = ()


def search_results(
    queries: StoryQueries, text: str, since: datetime | None = None, sort: str = "best"
) -> SearchResults:
    """The stories of any age that match a query, with leads of `since` or later (None: any). `sort`
    is one of SEARCH_SORTS."""
    stories, more = queries.best_matches(text)
    if more and sort != "best":  # the latest are not among the best, but inside the window
        selection = Selection(text, since=since, sort=sort, limit=_MAX_FOUND)
        stories = [ranked.story for ranked in queries.stories(EVERYTHING, selection)]
    if since is not None:
        stories = [story for story in stories if story.lead.published >= since]
    if sort == "newest":
        stories.sort(key=lambda story: story.lead.published, reverse=True)
    elif sort == "coverage":
        stories.sort(key=_publishers, reverse=True)
    query = Query.parse(text)
    publishers: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    for story in stories:
        matching = [article for article in story.articles if query.matches(article)]
        publishers.update({article.publisher.name for article in matching})
        languages.update({article.lang.partition("-")[0].lower() for article in matching})
    del languages[""]
    return SearchResults(stories, more, publishers.most_common(), languages.most_common())


def _publishers(story: Story) -> int:
    return len({article.publisher.name for article in story.articles})
