"""Stories to topics: which feeds a story is in.

In: a story and the topics that people can subscribe to. Out: the slugs of its topics.
Never does: I/O, reading the clock, ordering.
"""

from aggregator.classify.topics import EVERYTHING, Topics, slug_of

__all__ = ["EVERYTHING", "Topics", "slug_of"]
