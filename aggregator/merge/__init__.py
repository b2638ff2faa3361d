"""Articles to stories: who leads, what is its coverage, and which id it keeps.

In: unified articles and what is remembered of earlier stories. Out: stories with ids that never
change, and the ids that end because two stories turned out to be one.
``aggregator.merge.compare`` says why two groups are one story or are not; it is imported where it
is asked for, like all that needs numpy.
Never does: I/O, reading the clock (`now` is an argument), looking at topics or order.
"""

from aggregator.merge.options import STRICTNESS, MergeOptions, VectorLoader, WordVectors, no_vectors
from aggregator.merge.scoring import Score, adjusted_rand, b_cubed, pairwise
from aggregator.merge.stories import Merged, merge, retold

__all__ = [
    "STRICTNESS",
    "MergeOptions",
    "Merged",
    "Score",
    "VectorLoader",
    "WordVectors",
    "adjusted_rand",
    "b_cubed",
    "merge",
    "no_vectors",
    "pairwise",
    "retold",
]
