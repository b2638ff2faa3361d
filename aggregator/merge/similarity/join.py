"""Which groups of articles are one story by what they say.

What is new is compared with what shares rare words with it. The stories that may be near are taken
apart into the groups that they were joined from and joined anew together with what is new, so that
articles that come one by one give the stories that they would give all at once; what is near to
nothing new stays as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.options import MergeOptions
from aggregator.merge.similarity.clusters import LEAST, Groups, Links, agglomerate, log_odds
from aggregator.merge.similarity.columns import Ints
from aggregator.merge.similarity.index import TextIndex
from aggregator.model import Article, Verdict

_LARGE = 30
"""Articles of a story that is only added to, but for a change in one of them: taking a larger one
apart costs more than it can mend."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A group of articles that may be one story with another. `previous_story` is the story that
    it was shown under (empty: none)."""

    root: str
    articles: tuple[Article, ...]
    previous_story: str = ""

    @property
    def is_declared_story(self) -> bool:
        """Whether a source has judged that this is a story of its own."""
        return any(article.verdict is Verdict.STORY for article in self.articles)


def join_by_text(
    candidates: Collection[Candidate],
    fresh: Collection[str],
    options: MergeOptions,
    index: TextIndex,
) -> dict[str, str]:
    """Root of the story (the root of its earliest group) by root of the group, for each group
    that was compared; what was not is as it was.

    `fresh` are the keys of the articles whose text is new: without one nothing is compared.
    Two groups that are declared stories are never joined. Blind to the order of candidates.
    """
    if len(candidates) < 2 or not fresh:
        return {}
    ordered = sorted(candidates, key=lambda c: (c.articles[0].published, c.root))
    return _Joining(ordered, fresh, options, index).roots()


class _Joining:
    """One joining: the groups in order, and the row of the index of each of their articles."""

    def __init__(
        self,
        ordered: Sequence[Candidate],
        fresh: Collection[str],
        options: MergeOptions,
        index: TextIndex,
    ) -> None:
        self.ordered = ordered
        self.options = options
        self.index = index
        articles = [article for candidate in ordered for article in candidate.articles]
        sizes = [len(candidate.articles) for candidate in ordered]
        self.rows = index.corpus.add(articles)
        self.group = np.repeat(np.arange(len(ordered)), sizes)
        self.group_of_row = np.full(len(index.corpus), -1)
        self.group_of_row[self.rows] = self.group
        self.moments = index.moments(self.rows, articles, options.window)
        is_fresh = np.array([article.key in fresh for article in articles], np.bool_)
        self.new = np.zeros(len(ordered), np.bool_)
        self.new[self.group[is_fresh]] = True
        self.home = _numbered([candidate.previous_story for candidate in ordered])
        self.counts = np.array(sizes, np.int64)

    def roots(self) -> dict[str, str]:
        """The root of its story by root of the group."""
        new_rows = self.rows[self.new[self.group]]
        one, other, probability = self.index.links(new_rows, self.moments.present, self.moments)
        good = probability >= LEAST
        one, other, probability = one[good], other[good], probability[good]
        touched = self.new.copy()
        touched[self.group_of_row[one]] = touched[self.group_of_row[other]] = True
        inside = self._whole_stories(touched)
        among_old = self._links_among_old(inside)
        one, other, probability = (
            np.concatenate(both) for both in zip((one, other, probability), among_old, strict=True)
        )
        numbers, node = self._nodes(inside)
        story = self._agglomerated(node, numbers, one, other, probability)
        members = np.flatnonzero(inside)
        earliest = np.full(int(story.max(initial=-1)) + 1, len(self.ordered))
        np.minimum.at(earliest, story[node[members]], members)
        return {
            self.ordered[member].root: self.ordered[earliest[story[node[member]]]].root
            for member in members.tolist()
        }

    def _whole_stories(self, touched: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The groups that are touched, and all others of their stories."""
        homes = np.unique(self.home[touched & (self.home >= 0)])
        return touched | np.isin(self.home, homes)

    def _links_among_old(self, inside: NDArray[np.bool_]) -> tuple[Ints, Ints, NDArray[np.float64]]:
        """The links among what is inside and not new."""
        old = inside & ~self.new
        rows = self.rows[old[self.group]]
        among = np.zeros(len(self.index.corpus), np.bool_)
        among[rows] = True
        one, other, probability = self.index.links(rows, among, self.moments)
        good = probability >= LEAST
        return one[good], other[good], probability[good]

    def _nodes(self, inside: NDArray[np.bool_]) -> tuple[int, Ints]:
        """The number of what is joined, and of each group its number in it (-1: outside). A group
        is one node, but all old groups of a large story are one together."""
        size = np.zeros(int(self.home.max(initial=-1)) + 1)
        homed = self.home >= 0
        np.add.at(size, self.home[homed], self.counts[homed])
        name = np.arange(len(self.ordered)) + len(size)
        kept = np.flatnonzero(inside & ~self.new & homed)
        kept = kept[size[self.home[kept]] > _LARGE]
        name[kept] = self.home[kept]
        node = np.full(len(self.ordered), -1)
        members = np.flatnonzero(inside)
        first = np.unique(name[members], return_index=True, return_inverse=True)
        # Nodes are numbered in the order of their earliest groups.
        rank = np.argsort(np.argsort(first[1]))
        node[members] = rank[first[2]]
        return len(first[0]), node

    def _agglomerated(
        self, node: Ints, number: int, one: Ints, other: Ints, probability: NDArray[np.float64]
    ) -> Ints:
        corpus = self.index.corpus
        inside = np.flatnonzero(node[self.group] >= 0)
        of_article = node[self.group[inside]]
        declared = np.array([c.is_declared_story for c in self.ordered], np.bool_)
        singles = Groups(
            np.ones(len(inside), np.int64),
            corpus.column("publisher")[self.rows[inside]].astype(np.int64),
            self.home[self.group[inside]],
            declared[self.group[inside]],
        )
        links = Links.of(
            node[self.group_of_row[one]],
            node[self.group_of_row[other]],
            probability,
            np.ones(len(one), np.int64),
            number,
        )
        groups = singles.joined(of_article, number)
        return agglomerate(groups, links, log_odds(self.options.probability))


def _numbered(values: Sequence[str]) -> Ints:
    """A number for each of the values, the same for the same value, -1 for an empty one."""
    numbers: dict[str, int] = {}
    return np.array(
        [numbers.setdefault(value, len(numbers)) if value else -1 for value in values], np.int64
    )
