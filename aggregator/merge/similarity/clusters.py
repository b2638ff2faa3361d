"""Groups of articles joined to stories, the most probable joins first.

Two groups are as likely one story as the mean probability over the pairs of their articles says: an
article joins a story when it is close to the story, not to one article of it. Pairs that were not
worth comparing count as improbable. Two groups are joined when each is the other's best partner;
the rounds go down a fixed schedule of log-odds thresholds, so that a stricter threshold gives
the same joins, but fewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.similarity.columns import Ints

Odds = NDArray[np.float64]

THRESHOLD_STEP = 0.1
"""Log odds between two thresholds of the schedule; configured ones are rounded to it."""
_MAX_FINE_THRESHOLD = 2.0  # log odds: above every threshold that can be configured a step is 1.0
ONE_PUBLISHER = 3.0
"""What a story of one publisher alone loses, in log odds: publishers repeat themselves."""
SIZE = 0.4
"""What a story gains with each doubling of its size beyond two articles, up to sixteen times: the
phases of a large story have less in common than two reports of a small one."""
HYSTERESIS = 0.3
"""What groups gain that were one story before, so that entries do not come and go."""
_MOST_DOUBLINGS = 4
_ALL_PAIRS = 4  # so many or fewer pairs all count; from 1 to 25 the mixed streams give the same
_CERTAIN = 1e-6
LEAST = 0.05
"""A pair of articles with a lower probability counts as none."""
_NEVER = -1e9


@dataclass(frozen=True, slots=True)
class Groups:
    """By the number of a group: how many articles it has, the number of its publisher (below 0:
    several or unknown), of the story that it was shown under (below 0: none or several), and
    whether its source calls it a story of its own."""

    counts: Ints
    publisher: Ints
    previous_story: Ints
    declared: NDArray[np.bool_]

    def absorbed(self, one: Ints, other: Ints) -> Groups:
        """The groups where each of `one` has taken in the group beside it, which is left empty."""
        counts, publisher, home = (
            self.counts.copy(),
            self.publisher.copy(),
            self.previous_story.copy(),
        )
        declared = self.declared.copy()
        counts[one] += counts[other]
        counts[other] = 0
        publisher[one] = np.where(publisher[one] == publisher[other], publisher[one], -1)
        home[one] = np.where(home[one] == home[other], home[one], -1)
        declared[one] |= declared[other]
        return Groups(counts, publisher, home, declared)

    def joined(self, into: Ints, number: int) -> Groups:
        """The groups that these become, where each goes `into` one of `number`."""
        declared = np.zeros(number, np.bool_)
        np.logical_or.at(declared, into, self.declared)
        return Groups(
            np.bincount(into, self.counts, number).astype(np.int64),
            _common(self.publisher, into, number),
            _common(self.previous_story, into, number),
            declared,
        )


def _common(values: Ints, into: Ints, number: int) -> Ints:
    """The value that all that goes into one has in common; -1 where there are several."""
    least, most = np.full(number, np.iinfo(np.int64).max), np.full(number, -1)
    np.minimum.at(least, into, values)
    np.maximum.at(most, into, values)
    return np.where(least == most, most, -1)


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs of groups (`one` < `other`, each pair once) with the sum of the probabilities over the
    `pairs` of their articles that were compared."""

    one: Ints
    other: Ints
    total: NDArray[np.float64]
    pairs: Ints

    @classmethod
    def of(
        cls, one: Ints, other: Ints, total: NDArray[np.float64], pairs: Ints, number: int
    ) -> Links:
        """Links in any order, between `number` groups: those of two groups are added up."""
        low, high = np.minimum(one, other), np.maximum(one, other)
        apart = np.flatnonzero(low < high)
        names, where = np.unique(low[apart] * number + high[apart], return_inverse=True)
        return cls(
            names // number,
            names % number,
            np.bincount(where, total[apart], len(names)).astype(np.float64),
            np.bincount(where, pairs[apart], len(names)).astype(np.int64),
        )

    def and_also(self, others: Links) -> Links:
        """These links and others."""
        return Links(
            np.concatenate([self.one, others.one]),
            np.concatenate([self.other, others.other]),
            np.concatenate([self.total, others.total]),
            np.concatenate([self.pairs, others.pairs]),
        )

    def __getitem__(self, at: Ints | NDArray[np.bool_]) -> Links:
        return Links(self.one[at], self.other[at], self.total[at], self.pairs[at])


def log_odds(probability: float) -> float:
    """The log odds of a probability, rounded to THRESHOLD_STEP."""
    return (
        floor(float(np.log(probability / (1 - probability))) / THRESHOLD_STEP + 0.5)
        * THRESHOLD_STEP
    )


def mean_probability(groups: Groups, links: Links) -> NDArray[np.float64]:
    """Of each link the mean over the pairs of articles. A pair that was not compared counts as 0.
    Of two large groups most pairs are not compared: there as many count as the larger group has
    articles, and at least those of two stories of two."""
    one, other = groups.counts[links.one], groups.counts[links.other]
    least = np.maximum(np.maximum(one, other), _ALL_PAIRS)
    counted = np.minimum(one * other, np.maximum(links.pairs, least))
    return np.asarray(links.total / counted)


def scores(groups: Groups, links: Links) -> Odds:
    """The log odds that the two groups of each link are one story."""
    one, other = links.one, links.other
    mean = np.clip(mean_probability(groups, links), _CERTAIN, 1 - _CERTAIN)
    odds = np.log(mean / (1 - mean))
    doublings = np.log2((groups.counts[one] + groups.counts[other]) / 2)
    odds += SIZE * np.minimum(doublings, _MOST_DOUBLINGS)
    publisher, home = groups.publisher, groups.previous_story
    odds -= ONE_PUBLISHER * ((publisher[one] == publisher[other]) & (publisher[one] >= 0))
    odds += HYSTERESIS * ((home[one] == home[other]) & (home[one] >= 0))
    return np.where(groups.declared[one] & groups.declared[other], _NEVER, odds)


def agglomerate(groups: Groups, links: Links, threshold: float) -> Ints:
    """For each group the number of the story that it is in, from 0 up in the order of the groups.

    What is one story with log odds of `threshold` (a step of the schedule) is joined.
    """
    number = len(groups.counts)
    story = np.arange(number)  # of each group the first group of its story
    odds = scores(groups, links)
    while len(odds) and odds.max() >= threshold - THRESHOLD_STEP / 2:
        step = max(threshold, _step_below(float(odds.max()))) - THRESHOLD_STEP / 2
        best = _mutual_best(links, odds, step, number)
        into = np.arange(number)
        into[links.other[best]] = links.one[best]
        story = into[story]
        groups = groups.absorbed(links.one[best], links.other[best])
        changed = np.zeros(number, np.bool_)
        changed[links.one[best]] = changed[links.other[best]] = True
        touched = changed[links.one] | changed[links.other]
        old = links[touched]
        new = Links.of(into[old.one], into[old.other], old.total, old.pairs, number)
        links = links[~touched].and_also(new)
        odds = np.concatenate([odds[~touched], scores(groups, new)])
    return np.unique(story, return_inverse=True)[1].ravel()


def _step_below(odds: float) -> float:
    """The step at or below these log odds: coarse where all thresholds are far below."""
    return (
        float(floor(odds))
        if odds >= _MAX_FINE_THRESHOLD
        else floor(odds / THRESHOLD_STEP) * THRESHOLD_STEP
    )


def _mutual_best(links: Links, odds: Odds, least: float, number: int) -> Ints:
    """The links from `least` on that are the best of both their groups; ties are broken by a
    number that looks like chance and depends on the two groups alone."""
    good = np.flatnonzero(odds >= least)
    for worth_of in (odds.__getitem__, lambda at: _chance(links.one[at], links.other[at])):
        worth = worth_of(good)
        best = np.full(number, -np.inf)
        np.maximum.at(best, links.one[good], worth)
        np.maximum.at(best, links.other[good], worth)
        good = good[(worth == best[links.one[good]]) & (worth == best[links.other[good]])]
    return good


def _chance(one: Ints, other: Ints) -> NDArray[np.float64]:
    """For each pair of numbers one that looks like chance (the finaliser of SplitMix64)."""
    state = (one.astype(np.uint64) << np.uint64(32)) | other.astype(np.uint64)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((state ^ (state >> np.uint64(31))) >> np.uint64(11)).astype(np.float64)
