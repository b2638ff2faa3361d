"""Order, and why: stories to a ranked list, each score the sum of named terms.

In: stories, options and the time. Out: ranked stories, best first, in a total order.
Never does: I/O, reading the clock (`now` is an argument), deciding what a story is.
"""

from aggregator.rank.options import FORMULAS, RankingOptions
from aggregator.rank.quality import Priors
from aggregator.rank.score import rank

__all__ = ["FORMULAS", "Priors", "RankingOptions", "rank"]
