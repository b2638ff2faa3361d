"""The topics of stories: which feeds a story belongs to.

In: a story and the topics that people can subscribe to. Out: the slugs of its topics, and why.
Also the query language that topics, feeds on demand and the search share.
Never does: I/O, reading the clock, ordering.
"""

from aggregator.classify.phrases import search_words
from aggregator.classify.query import Query, TextQuery, facets
from aggregator.classify.slugs import RESERVED, slug_of
from aggregator.classify.topic_names import TopicNames
from aggregator.classify.topics import Topics
from aggregator.model import EVERYTHING

__all__ = [
    "EVERYTHING",
    "RESERVED",
    "Query",
    "TextQuery",
    "TopicNames",
    "Topics",
    "facets",
    "search_words",
    "slug_of",
]
