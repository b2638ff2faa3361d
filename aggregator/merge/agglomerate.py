"""Groups joined, the most alike first, until none are alike enough.

In rounds: two groups are joined when each is the other's best partner. For a mean over pairs that
gives what joining one pair at a time would give, and a round is a few operations on whole arrays.
The rounds go down a ladder of scores whose rungs never move, and end at the threshold's rung: a
higher threshold gives the same joins, but fewer. Ties are broken by a number that looks like chance
and depends on the pair alone, so that many equal articles are joined in few rounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, log

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.groups import Evidence, Groups
from aggregator.merge.options import RUNG
from aggregator.merge.sums import distinct_pairs
from aggregator.merge.texts import Ints, mixed

_HOPELESS = 0.15  # a pair with a lower score is not looked at again, until parts of it are joined


def agglomerate(groups: Groups, one: Ints, other: Ints, threshold: float) -> Ints:
    """For each group the number of the story that it is in, from 0 up in the order of the groups.

    (`one`, `other`) are the pairs of groups that are compared. What is one story from `threshold`
    on is joined.
    """
    state = _State.of(groups, *distinct_pairs(one, other, len(groups)))
    for rung in _ladder(float(state.scores.max(initial=0)), threshold):
        while (pairs := state.best_pairs(rung)) is not None:
            state.join(pairs)
    return state.labels


def _ladder(top: float, threshold: float) -> Iterator[float]:
    """The rungs from above `top` down to the threshold, which is one."""
    for rung in range(max(0, ceil(log(max(top, threshold) / threshold) / log(RUNG))), -1, -1):
        yield threshold * RUNG**rung


@dataclass(slots=True)
class _State:
    """The groups while they are joined, and the pairs of them that are compared, in order, with
    the evidence on each pair."""

    groups: Groups
    one: Ints
    other: Ints
    evidence: Evidence
    alike: NDArray[np.float64]
    scores: NDArray[np.float64]
    labels: Ints

    @classmethod
    def of(cls, groups: Groups, one: Ints, other: Ints) -> _State:
        evidence = groups.evidence(one, other)
        alike = groups.alike(one, other, evidence)
        scores = alike * groups.strengths[one] * groups.strengths[other]
        state = cls(groups, one, other, evidence, alike, scores, np.arange(len(groups)))
        state._keep(scores >= _HOPELESS)
        return state

    def _keep(self, good: NDArray[np.bool_]) -> None:
        """Only these pairs go on being compared."""
        self.one, self.other, self.evidence = self.one[good], self.other[good], self.evidence[good]
        self.alike, self.scores = self.alike[good], self.scores[good]

    def best_pairs(self, least: float) -> Ints | None:
        """Which pairs are, from a score on, each the other's best partner."""
        good = np.flatnonzero(self.scores >= least)
        if not len(good):
            return None
        for worth_of in (self.scores.__getitem__, self._chance):
            worth = worth_of(good)
            best = np.zeros(len(self.groups), worth.dtype)
            np.maximum.at(best, self.one[good], worth)
            np.maximum.at(best, self.other[good], worth)
            good = good[(worth == best[self.one[good]]) & (worth == best[self.other[good]])]
        return good

    def _chance(self, pairs: Ints) -> NDArray[np.uint64]:
        return mixed((self.one[pairs] * len(self.groups) + self.other[pairs]).astype(np.uint64))

    def join(self, pairs: Ints) -> None:
        """Of each of these pairs the second group goes into the first, the earlier of the two."""
        before = self.groups
        one, other = self.one[pairs], self.other[pairs]
        into = np.arange(len(before))
        into[other] = one
        left, new = np.unique(into, return_inverse=True)
        parts = np.column_stack([left, np.full(len(left), -1)])
        parts[new[one], 1] = other
        within = before.within.copy()
        within[one] += within[other] + 2 * self.alike[pairs].clip(0)
        self.labels = new[self.labels]
        self.groups = before.joined(new, len(left), within[left])
        self._renew_pairs(before, new, parts)

    def _renew_pairs(self, before: Groups, new: Ints, parts: Ints) -> None:
        """The pairs under their new numbers, with the sums of the evidence on their parts."""
        number = len(parts)
        one, other = new[self.one], new[self.other]
        kept = np.flatnonzero(one != other)
        names = np.minimum(one, other)[kept] * number + np.maximum(one, other)[kept]
        pairs, at, of = np.unique(names, return_index=True, return_inverse=True)
        one, other = pairs // number, pairs % number
        evidence = self.evidence.summed(kept, of, len(pairs))
        joined = parts[:, 1] >= 0
        changed = np.flatnonzero(joined[one] | joined[other])
        self._add_missing(evidence, before, one, other, parts, changed)
        evidence.pairs[:] = self.groups.counts[one] * self.groups.counts[other]
        self.alike = self.alike[kept[at]]
        self.one, self.other, self.evidence = one, other, evidence
        self.alike[changed] = self.groups.alike(one[changed], other[changed], evidence[changed])
        self.scores = self.alike * self.groups.strengths[one] * self.groups.strengths[other]
        self._keep(self.scores >= _HOPELESS)

    def _add_missing(
        self, evidence: Evidence, before: Groups, one: Ints, other: Ints, parts: Ints, changed: Ints
    ) -> None:
        """Add to the evidence on changed pairs what was not known of their parts."""
        known = self.one * len(before) + self.other
        for first in (0, 1):
            for second in (0, 1):
                a, b = parts[one[changed], first], parts[other[changed], second]
                some = (a >= 0) & (b >= 0)
                a, b, to = a[some], b[some], changed[some]
                name = np.minimum(a, b) * len(before) + np.maximum(a, b)
                at = np.searchsorted(known, name).clip(max=max(0, len(known) - 1))
                new = known[at] != name
                evidence.add(to[new], before.evidence(a[new], b[new]))
