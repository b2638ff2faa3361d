"""The order of the stories in a feed, with the reasons for it.

In: stories, options and the time. Out: ranked stories, best first, in a total order; each score is
the sum of named terms. Also estimates the quality of articles whose source gives none.
Never does: I/O, reading the clock (`now` is an argument), deciding what a story is.
"""

from aggregator.rank.options import FORMULAS, Formula, RankingOptions
from aggregator.rank.quality import Priors
from aggregator.rank.score import rank

__all__ = ["FORMULAS", "Formula", "Priors", "RankingOptions", "rank"]
