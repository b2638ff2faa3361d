"""Aggregator: many sources in, one entry per story out, in one RSS and one Atom feed per topic.

The packages, from the top layer down; each imports only the layers below its own: ``cli``;
``serve`` and ``schedule``; ``queries`` and ``evaluation``; ``pipeline``; ``config``; ``read``,
``publish``, ``store`` and ``lexicon``; ``identify``, ``merge``, ``classify`` and ``rank``;
``model``; ``errors``. Start reading in ``pipeline``, which follows the data; docs/architecture.md
gives an overview.
"""

__version__ = "0.1.0"
