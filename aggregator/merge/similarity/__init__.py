"""Which articles are of one event, by their text.

In: articles, the statistics of an epoch, a lexicon. Out: the probability that two articles are of
one event, the reasons, and the stories that follow. Never does I/O; the probability of two articles
does not depend on other articles of the window.
"""

from aggregator.merge.similarity.epoch import Epochs
from aggregator.merge.similarity.rarity import Lexicon, LexiconLoader, no_lexicon
from aggregator.merge.similarity.statistics import Statistics

__all__ = ["Epochs", "Lexicon", "LexiconLoader", "Statistics", "no_lexicon"]
