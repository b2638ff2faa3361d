"""Groups of articles joined, the most alike first, until none are alike enough.

Two groups are alike by the mean similarity over all their pairs of articles, measured against
what holds each of them together: a story whose own articles say it in ever different words needs
less in common with another than one whose articles all say the same. That is the calibration: it
needs no threshold for a language, a subject or a time.

    score(A, B) = mean(A, B) / sqrt(cohesion(A) * cohesion(B)) * exp(-0.012 * more words)

where cohesion is the mean similarity inside the group, drawn towards a usual one while the group
is small, and more words is how many the articles have on average beyond a headline's ten (longer
texts share more by chance). Deterministic: equal scores are taken in the order of the groups.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

_USUAL = 0.15  # the mean similarity inside a usual story ...
_PRIOR = 20.0  # ... counts as much as this many pairs of articles
_LENGTH = 0.012  # for each word more, the score falls by so much (as a share)
_MORE = 0.008  # for each word more, articles of a usual story are so much more similar
_NEVER = -1e12


@dataclass(frozen=True, slots=True)
class Groups:
    """`alike[a, b]` is the sum of the similarities between a's and b's articles, `within` twice
    the sum over the pairs inside; `counts` are the articles, `lengths` sums of their words beyond
    a headline's ten."""

    alike: Floats
    within: Floats
    counts: Floats
    lengths: Floats


def strengths(groups: Groups) -> Floats:
    """What a group's row of `alike` is multiplied by on its side of the score."""
    pairs = groups.counts * (groups.counts - 1)
    usual = _USUAL * np.exp(_MORE * groups.lengths / groups.counts)
    cohesion = (groups.within + _PRIOR * usual) / (pairs + _PRIOR)
    length = np.exp(-_LENGTH / 2 * groups.lengths / groups.counts)
    made: Floats = (length / (groups.counts * np.sqrt(np.maximum(cohesion, 1e-6)))).astype(
        np.float32
    )
    return made


def agglomerate(groups: Groups, threshold: float) -> Ints:
    """For each group the number of the first group that it is one with.

    Joining goes on from the best score down and ends at `threshold`: a higher threshold gives
    the same joins, but fewer.
    """
    return _Joining(groups, threshold).labels()


class _Joining:
    """The matrix while rows are being joined. `best` is at least the score of each row's best
    partner: it is made exact (and `stale` cleared) when the row's turn comes."""

    def __init__(self, groups: Groups, threshold: float) -> None:
        self.threshold = threshold
        self.alike = groups.alike.astype(np.float32, copy=True)
        np.fill_diagonal(self.alike, _NEVER)
        self.within = groups.within.astype(np.float64)
        self.counts = groups.counts.astype(np.float64)
        self.lengths = groups.lengths.astype(np.float64)
        self.strength = strengths(groups)
        number = len(self.counts)
        self.label = np.arange(number)
        self.partner = np.zeros(number, np.int64)
        self.best = np.full(number, np.inf, np.float32)
        self.stale = np.ones(number, np.bool_)

    def labels(self) -> Ints:
        while len(self.best):
            row = int(self.best.argmax())
            if self.best[row] < self.threshold:
                break
            if self.stale[row]:
                self._renew(row)
            else:
                self._join(*sorted((row, int(self.partner[row]))))
        return self.label

    def _renew(self, row: int) -> None:
        scores = self.alike[row] * self.strength
        partner = int(scores.argmax())
        self.partner[row] = partner
        self.best[row] = scores[partner] * self.strength[row]
        self.stale[row] = False

    def _join(self, one: int, other: int) -> None:
        """`other` goes into `one`, the earlier of the two."""
        self.within[one] += self.within[other] + 2 * max(0.0, float(self.alike[one, other]))
        self.counts[one] += self.counts[other]
        self.lengths[one] += self.lengths[other]
        self.label[self.label == other] = one
        self.alike[one] += self.alike[other]
        self.alike[one, one] = self.alike[one, other] = _NEVER
        self.alike[:, one] = self.alike[one]
        self.alike[other] = self.alike[:, other] = _NEVER
        self.best[other] = -1
        self.stale[other] = False
        single = Groups(
            self.alike[:1, :1],
            self.within[one : one + 1].astype(np.float32),
            self.counts[one : one + 1].astype(np.float32),
            self.lengths[one : one + 1].astype(np.float32),
        )
        self.strength[one] = strengths(single)[0]
        scores = self.alike[one] * self.strength * self.strength[one]
        self.stale |= (self.partner == one) | (self.partner == other)
        better = scores > self.best
        self.best[better] = scores[better]
        self.partner[better] = one
        self.stale[better] = False
        self.stale[other] = False
        self._renew(one)
