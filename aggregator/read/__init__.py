"""Sources to clean articles: find files, fetch URLs, parse documents, clean text.

In: sources and their stored states. Out: one Reading per source, even if it failed.
Never merges, ranks, writes, or reads the clock (`now` is an argument).
"""

from aggregator.read.all_sources import read_sources
from aggregator.read.failure_advice import advice
from aggregator.read.kinds import KINDS
from aggregator.read.opml_lists import read_opml
from aggregator.read.options import USER_AGENT, ReadOptions
from aggregator.read.polling import shortest_pace

__all__ = [
    "KINDS",
    "USER_AGENT",
    "ReadOptions",
    "advice",
    "find_feeds",
    "read_opml",
    "read_sources",
    "shortest_pace",
]


def find_feeds(url: str, options: ReadOptions) -> tuple[list[str], str]:
    """See ``discover.find_feeds``, which is imported only when it is called: it loads HTTP
    libraries."""
    from aggregator.read.discover import find_feeds as find

    return find(url, options)
