"""The topics of stories: which feeds a story belongs to.

In: a story and the topics that people can subscribe to. Out: the slugs of its topics, and why.
Also the query language that topics, feeds on demand and the search share.
Never does: I/O, reading the clock, ordering.
"""

from aggregator.classify.phrases import search_words
from aggregator.classify.query import Query, facets
from aggregator.classify.topics import RESERVED, Topics, slug_of
from aggregator.model import EVERYTHING

__all__ = ["EVERYTHING", "RESERVED", "Query", "Topics", "facets", "search_words", "slug_of"]
