"""Aggregator: many sources in, one entry a story out, one RSS and one Atom feed for each topic.

The rooms, from the top down (a room imports what is below it, never up, never sideways):
``cli``, then ``serve`` and ``schedule``; ``pipeline``; ``config``; ``read``, ``publish`` and
``store``; ``identify``, ``merge``, ``classify`` and ``rank``; ``model``; ``errors``.
Start reading in ``pipeline``: it tells the story in the order in which the data flows.
"""

__version__ = "0.1.0"
