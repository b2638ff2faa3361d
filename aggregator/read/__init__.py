"""Sources to clean articles: files walked, URLs fetched, documents parsed, text cleaned.

In: sources and what is remembered of them. Out: one Reading a source, whatever went wrong in it.
Never does: merging, ranking, writing, reading the clock (`now` is an argument).
"""

from aggregator.read.advice import advice
from aggregator.read.all_sources import read_sources
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
    """The feeds that a page names, in its order, and why there are none."""
    from aggregator.read.discover import find_feeds as find

    return find(url, options)
