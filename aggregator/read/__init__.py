"""Sources to clean articles: files walked, URLs fetched, documents parsed, text cleaned.

In: sources and what is remembered of them. Out: one Reading a source, whatever went wrong in it.
Never does: merging, ranking, writing, reading the clock (`now` is an argument).
"""

from aggregator.read.all import read_sources
from aggregator.read.kinds import KINDS
from aggregator.read.opml import Outline, read_opml
from aggregator.read.options import USER_AGENT, ReadOptions

__all__ = ["KINDS", "USER_AGENT", "Outline", "ReadOptions", "read_opml", "read_sources"]
