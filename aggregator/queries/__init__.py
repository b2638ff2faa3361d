"""What HTTP and the commands query: stories, feeds on demand, search, the status of sources.

In: a plan or a store, and a query. Out: stories, feeds and statuses as values.
Never does: reading sources, changing the store, writing files, reading the clock.
"""

from aggregator.queries.selection import SORTS, Selection
from aggregator.queries.source_status import DAYS, SourceStatus, source_statuses
from aggregator.queries.story_queries import StoryQueries

__all__ = ["DAYS", "SORTS", "Selection", "SourceStatus", "StoryQueries", "source_statuses"]
