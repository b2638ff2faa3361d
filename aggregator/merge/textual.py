"""Which groups are one story by what their articles say.

What is new is compared with what holds something like it. The stories that are near are taken
apart into the groups that they were joined from and joined anew together with what is new, so that
articles that come one by one give the stories that they would give all at once; what is near to
nothing new stays as it was. Where very much is new it is taken in blocks, in order of publication.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.agglomerate import agglomerate
from aggregator.merge.groups import Members, groups_of, numbered, usual_similarity
from aggregator.merge.neighbours import Neighbours
from aggregator.merge.options import MergeOptions, VectorLoader
from aggregator.merge.texts import Ints, Texts
from aggregator.model import Article, Standing

_BLOCK = 12_000  # new groups at a time
_LARGE = 30  # articles: a larger story is not taken apart, but by a change in one of them
_NEAREST = 5  # the stories of so many most similar articles of a new one are judged anew


@dataclass(frozen=True, slots=True)
class Candidate:
    """A group of articles that may be one story with another. `home` is the story that it was
    shown under (empty: none); `settled`: its source calls it a story of its own."""

    root: str
    articles: tuple[Article, ...]
    home: str = ""

    @property
    def settled(self) -> bool:
        """Whether a source has judged that this is a story of its own."""
        return any(article.standing is Standing.STORY for article in self.articles)


def join_by_text(
    candidates: Collection[Candidate],
    fresh: Collection[str],
    options: MergeOptions,
    vectors: VectorLoader,
) -> dict[str, str]:
    """Root of the story (the root of its earliest group) by root of the group, for each group
    that was compared; what was not is as it was.

    `fresh` are the keys of the articles whose text is new: without one nothing is compared.
    Two settled groups are never joined. Blind to the order in which candidates are given.
    """
    if len(candidates) < 2 or not fresh:
        return {}
    ordered = sorted(candidates, key=lambda one: (one.articles[0].published, one.root))
    state = _Window.of(ordered, options, vectors)
    new = [any(a.key in fresh for a in one.articles) for one in ordered]
    waiting = np.flatnonzero(new)
    for start in range(0, len(waiting), _BLOCK):
        state.take_in(waiting[start : start + _BLOCK], later=waiting[start + _BLOCK :])
    return {
        ordered[one].root: ordered[state.story[one]].root
        for one in np.flatnonzero(state.compared).tolist()
    }


@dataclass(slots=True)
class _Window:
    """All groups, in order; the story of each is the number of the first group of it."""

    texts: Texts
    rows: Ints
    group: Ints
    home: Ints
    settled: NDArray[np.bool_]
    near: Neighbours
    usual: float
    options: MergeOptions
    story: Ints
    compared: NDArray[np.bool_]

    @classmethod
    def of(
        cls, ordered: Sequence[Candidate], options: MergeOptions, vectors: VectorLoader
    ) -> _Window:
        told = sorted(
            ((a, n) for n, one in enumerate(ordered) for a in one.articles),
            key=lambda pair: (pair[0].published, pair[0].key),
        )
        texts = Texts([article for article, _ in told], vectors)
        home = numbered([one.home for one in ordered])
        first = np.unique(home, return_index=True, return_inverse=True)
        return cls(
            texts=texts,
            rows=np.arange(len(told)),
            group=np.array([number for _, number in told], np.int64),
            home=home,
            settled=np.array([one.settled for one in ordered], np.bool_),
            near=Neighbours(texts, options.window),
            usual=usual_similarity(texts),
            options=options,
            story=first[1][first[2]],
            compared=np.zeros(len(ordered), np.bool_),
        )

    def take_in(self, new: Ints, later: Ints) -> None:
        """Join the `new` groups and the stories near them; what comes `later` is left out."""
        here = np.ones(len(self.story), np.bool_)
        here[later] = False
        rows = self.rows[np.isin(self.group, new)]
        found = self.near.of(rows, self.rows[here[self.group]], _NEAREST)[1]
        near = np.zeros(len(self.story), np.bool_)
        near[self.story[new]] = near[self.story[self.group[found]]] = True
        whole = np.bincount(self.story[self.group], minlength=len(near)) > _LARGE
        whole[self.story[new]] = False
        inside = near[self.story] & here
        self.compared |= inside
        self._join(np.flatnonzero(inside), whole)

    def _join(self, inside: Ints, whole: NDArray[np.bool_]) -> None:
        """Join the groups `inside`, and the stories that stay `whole` as one group each."""
        story = self.story[inside]
        firsts, node = np.unique(np.where(whole[story], story, inside), return_inverse=True)
        number = np.full(len(self.story), -1)
        number[inside] = node
        rows = self.rows[number[self.group] >= 0]
        group = number[self.group[rows]]
        members = Members(rows, group, self.home[self.group[rows]], self.settled[self.group[rows]])
        groups = groups_of(self.texts, members, self.options.window, self.usual)
        apart = rows[~whole[self.story[self.group[rows]]]]
        one, other = (number[self.group[found]] for found in self.near.of(apart, rows))
        labels = agglomerate(groups, one, other, self.options.threshold)
        earliest = np.unique(labels, return_index=True)[1]
        self.story[inside] = firsts[earliest[labels]][node]
