"""What HTTP and the commands query: stories, feeds on demand, search, the status of sources.

In: the stories of a window (a store, a plan or a daemon's memory), and a query.
Out: stories, feeds and statuses as values.
Never does: reading sources, changing the store, writing files, reading the clock.
"""

from aggregator.queries.day_stories import (
    PeriodStories,
    days_around,
    days_with_stories,
    last_period,
    publisher_count,
    stories_of_period,
)
from aggregator.queries.planned_stories import PlannedStories
from aggregator.queries.search_results import SEARCH_SORTS, SearchResults, search_results
from aggregator.queries.selection import SORTS, Selection
from aggregator.queries.source_status import DAYS, SourceStatus, source_statuses
from aggregator.queries.story_queries import StoryQueries
from aggregator.queries.story_source import Position, StorySource

__all__ = [
    "DAYS",
    "SEARCH_SORTS",
    "SORTS",
    "PeriodStories",
    "PlannedStories",
    "Position",
    "SearchResults",
    "Selection",
    "SourceStatus",
    "StoryQueries",
    "StorySource",
    "days_around",
    "days_with_stories",
    "last_period",
    "publisher_count",
    "search_results",
    "source_statuses",
    "stories_of_period",
]
