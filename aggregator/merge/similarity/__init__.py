"""Which articles tell one event, by what they say.

In: articles, the statistics of an epoch, a lexicon. Out: the probability that two articles tell one
event, why, and the stories that follow. Never does: I/O, looking at what else is in the window
while it judges two articles.
"""

from aggregator.merge.similarity.epoch import Epochs
from aggregator.merge.similarity.rarity import Lexicon, LexiconLoader, no_lexicon
from aggregator.merge.similarity.statistics import Statistics

__all__ = ["Epochs", "Lexicon", "LexiconLoader", "Statistics", "no_lexicon"]
