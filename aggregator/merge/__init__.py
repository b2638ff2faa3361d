"""Articles to stories: who leads, what is its coverage, and which id it keeps.

In: unified articles and what is remembered of earlier stories. Out: stories with ids that never
change, and the ids that end because two stories turned out to be one.
``aggregator.merge.text.compare`` says why two articles are one story or are not; it is imported
where it is asked for, like all that needs numpy.
Never does: I/O, reading the clock (`now` is an argument), looking at topics or order.
"""

from aggregator.merge.options import STRICTNESS, MergeOptions
from aggregator.merge.scoring import (
    Score,
    adjusted_rand,
    b_cubed,
    merged_alone,
    pairwise,
    pure_stories,
    whole_events,
)
from aggregator.merge.stories import Merged, merge, retold
from aggregator.merge.text import Epochs, Lexicon, LexiconLoader, Statistics, no_lexicon

__all__ = [
    "STRICTNESS",
    "Epochs",
    "Lexicon",
    "LexiconLoader",
    "MergeOptions",
    "Merged",
    "Score",
    "Statistics",
    "adjusted_rand",
    "b_cubed",
    "merge",
    "merged_alone",
    "no_lexicon",
    "pairwise",
    "pure_stories",
    "retold",
    "whole_events",
]
