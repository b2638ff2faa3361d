"""Articles to stories: who leads, what is its coverage, and which id it keeps.

In: unified articles and what is remembered of earlier stories. Out: stories with ids that never
change, and the ids that end because two stories turned out to be one.
``aggregator.merge.similarity.compare`` says why two articles are one story or are not; callers
import it when they need it, like all that needs numpy.
Never does: I/O, reading the clock (`now` is an argument), looking at topics or order.
"""

from aggregator.merge.assembly import Merged, merge, story_from_record
from aggregator.merge.options import STRICTNESS, MergeOptions
from aggregator.merge.similarity import Epochs, Lexicon, LexiconLoader, Statistics, no_lexicon

__all__ = [
    "STRICTNESS",
    "Epochs",
    "Lexicon",
    "LexiconLoader",
    "MergeOptions",
    "Merged",
    "Statistics",
    "merge",
    "no_lexicon",
    "story_from_record",
]
