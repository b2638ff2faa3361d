"""Groups of articles joined to stories, the most probable joins first.

The probability that two groups are one story is the mean probability over the pairs of their
articles (average linkage): an article must be similar to the story, not to one article of it. Pairs
that were not worth comparing count as improbable. Two groups are joined when each is the other's
best partner. The thresholds follow a fixed schedule of log odds from high to low, so that a
stricter threshold only splits the stories of a laxer one.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.similarity.columns import Ints

Odds = NDArray[np.float64]

THRESHOLD_STEP = 0.1
"""Log odds between two thresholds of the schedule; configured thresholds are rounded to it."""
_MAX_FINE_THRESHOLD = 2.0  # log odds; above it, where no threshold can be set, a step is 1.0
ONE_PUBLISHER = 3.0
"""Log odds that a story of a single publisher loses: publishers repeat themselves. Does not matter
from 2 to 4: lower values merge more lone articles (3.4 % against 2.5 %)."""
SIZE = 0.4
"""Log odds that a story gains with each doubling of its size beyond two articles, up to 32: the
phases of a large story have less in common than two reports of a small one. Does not matter from
0.2 to 0.6, but for pairs: precision falls from 0.91 to 0.85, and recall rises from 0.47 to 0.58."""
HYSTERESIS = 0.3
"""Log odds that groups gain that were one story before, so that entries do not come and go. The
streams cannot measure it: they have no earlier stories."""
_MOST_DOUBLINGS = 4  # of SIZE; does not matter from 3 to 5
_ALL_PAIRS = 4
"""Up to this number all pairs of two groups count, compared or not. Does not matter from 1 to
25."""
_MIN_MEAN = 1e-6  # keeps the log odds finite
MIN_PROBABILITY = 0.05
"""A pair of articles with a lower probability counts as not compared. Does not matter from 0.01 to
0.1."""
_IMPOSSIBLE = -1e9


@dataclass(frozen=True, slots=True)
class Groups:
    """Arrays by the number of a group: how many articles it has (`counts`), the number of its
    publisher (below 0: several or unknown), the number of the story that it was shown under (below
    0: none or several), and whether its source declares it a story of its own."""

    counts: Ints
    publisher: Ints
    previous_story: Ints
    declared: NDArray[np.bool_]

    def absorbed(self, left: Ints, right: Ints) -> Groups:
        """The groups after each of `left` has absorbed the group at the same position of `right`,
        which is then empty."""
        counts, publisher, story_ids = (
            self.counts.copy(),
            self.publisher.copy(),
            self.previous_story.copy(),
        )
        declared = self.declared.copy()
        counts[left] += counts[right]
        counts[right] = 0
        publisher[left] = np.where(publisher[left] == publisher[right], publisher[left], -1)
        story_ids[left] = np.where(story_ids[left] == story_ids[right], story_ids[left], -1)
        declared[left] |= declared[right]
        return Groups(counts, publisher, story_ids, declared)

    def joined(self, into: Ints, number: int) -> Groups:
        """The groups after a partition into `number`; `into` is the part of each group."""
        declared = np.zeros(number, np.bool_)
        np.logical_or.at(declared, into, self.declared)
        return Groups(
            np.bincount(into, self.counts, number).astype(np.int64),
            _common(self.publisher, into, number),
            _common(self.previous_story, into, number),
            declared,
        )


def _common(values: Ints, into: Ints, number: int) -> Ints:
    """The common value of each part of a partition; -1 where its values differ."""
    least, most = np.full(number, np.iinfo(np.int64).max), np.full(number, -1)
    np.minimum.at(least, into, values)
    np.maximum.at(most, into, values)
    return np.where(least == most, most, -1)


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs of groups (`left` < `right`, each pair once): the sum of the probabilities of the pairs
    of their articles that were compared (`total`), and the number of these (`pairs`)."""

    left: Ints
    right: Ints
    total: NDArray[np.float64]
    pairs: Ints

    @classmethod
    def of(
        cls, left: Ints, right: Ints, total: NDArray[np.float64], pairs: Ints, number: int
    ) -> Links:
        """Links from pairs in any order and direction between `number` groups. The values of equal
        pairs are added; pairs within one group are dropped."""
        low, high = np.minimum(left, right), np.maximum(left, right)
        between_groups = np.flatnonzero(low < high)
        pair_codes, position = np.unique(
            low[between_groups] * number + high[between_groups], return_inverse=True
        )
        return cls(
            pair_codes // number,
            pair_codes % number,
            np.bincount(position, total[between_groups], len(pair_codes)).astype(np.float64),
            np.bincount(position, pairs[between_groups], len(pair_codes)).astype(np.int64),
        )

    def concatenated(self, others: Links) -> Links:
        """These links followed by `others`, which must be of other pairs."""
        return Links(
            np.concatenate([self.left, others.left]),
            np.concatenate([self.right, others.right]),
            np.concatenate([self.total, others.total]),
            np.concatenate([self.pairs, others.pairs]),
        )

    def __getitem__(self, at: Ints | NDArray[np.bool_]) -> Links:
        return Links(self.left[at], self.right[at], self.total[at], self.pairs[at])


def log_odds(probability: float) -> float:
    """The log odds of a probability (0 to 1, exclusive), rounded to `THRESHOLD_STEP`."""
    return (
        floor(float(np.log(probability / (1 - probability))) / THRESHOLD_STEP + 0.5)
        * THRESHOLD_STEP
    )


def mean_probability(groups: Groups, links: Links) -> NDArray[np.float64]:
    """The mean probability of each link over the pairs of articles; a pair that was not compared
    counts as 0. Most pairs of two large groups are not compared, so the divisor is bounded: by the
    number of compared pairs, but at least by the size of the larger group and by `_ALL_PAIRS`."""
    left, right = groups.counts[links.left], groups.counts[links.right]
    least = np.maximum(np.maximum(left, right), _ALL_PAIRS)
    counted = np.minimum(left * right, np.maximum(links.pairs, least))
    return np.asarray(links.total / counted)


def scores(groups: Groups, links: Links) -> Odds:
    """The log odds that the two groups of each link are one story."""
    left, right = links.left, links.right
    mean = np.clip(mean_probability(groups, links), _MIN_MEAN, 1 - _MIN_MEAN)
    odds = np.log(mean / (1 - mean))
    doublings = np.log2((groups.counts[left] + groups.counts[right]) / 2)
    odds += SIZE * np.minimum(doublings, _MOST_DOUBLINGS)
    publisher, story_ids = groups.publisher, groups.previous_story
    odds -= ONE_PUBLISHER * ((publisher[left] == publisher[right]) & (publisher[left] >= 0))
    odds += HYSTERESIS * ((story_ids[left] == story_ids[right]) & (story_ids[left] >= 0))
    return np.where(groups.declared[left] & groups.declared[right], _IMPOSSIBLE, odds)


def agglomerate(groups: Groups, links: Links, threshold: float) -> Ints:
    """The number of the story of each group, from 0 in the order of the stories' first groups.

    Groups are joined as long as their log odds reach `threshold`, a step of the schedule.
    """
    number = len(groups.counts)
    story = np.arange(number)  # the first group of each group's story
    odds = scores(groups, links)
    while len(odds) and odds.max() >= threshold - THRESHOLD_STEP / 2:
        step = max(threshold, _step_below(float(odds.max()))) - THRESHOLD_STEP / 2
        best = _mutual_best(links, odds, step, number)
        into = np.arange(number)
        into[links.right[best]] = links.left[best]
        story = into[story]
        groups = groups.absorbed(links.left[best], links.right[best])
        changed = np.zeros(number, np.bool_)
        changed[links.left[best]] = changed[links.right[best]] = True
        touched = changed[links.left] | changed[links.right]
        old = links[touched]
        new = Links.of(into[old.left], into[old.right], old.total, old.pairs, number)
        links = links[~touched].concatenated(new)
        odds = np.concatenate([odds[~touched], scores(groups, new)])
    return np.unique(story, return_inverse=True)[1].ravel()


def _step_below(odds: float) -> float:
    """The step of the schedule at or below these log odds."""
    return (
        float(floor(odds))
        if odds >= _MAX_FINE_THRESHOLD
        else floor(odds / THRESHOLD_STEP) * THRESHOLD_STEP
    )


def _mutual_best(links: Links, odds: Odds, minimum: float, number: int) -> Ints:
    """The indices of the links with at least `minimum` odds that are the best of both their groups.
    Ties are broken by a pseudorandom number that depends only on the two groups."""
    candidates = np.flatnonzero(odds >= minimum)
    for worth_of in (odds.__getitem__, lambda at: _pseudorandom(links.left[at], links.right[at])):
        worth = worth_of(candidates)
        best = np.full(number, -np.inf)
        np.maximum.at(best, links.left[candidates], worth)
        np.maximum.at(best, links.right[candidates], worth)
        candidates = candidates[
            (worth == best[links.left[candidates]]) & (worth == best[links.right[candidates]])
        ]
    return candidates


def _pseudorandom(left: Ints, right: Ints) -> NDArray[np.float64]:
    """A pseudorandom number for each pair of numbers: the finaliser of SplitMix64."""
    state = (left.astype(np.uint64) << np.uint64(32)) | right.astype(np.uint64)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((state ^ (state >> np.uint64(31))) >> np.uint64(11)).astype(np.float64)
