"""Which groups of articles are one story by what they say.

Groups with new or changed articles are compared with the groups that share rare words with them.
The stories that these belong to are taken apart into the groups that they were joined from and
joined again together with the new ones: articles that arrive one by one then give the same stories
as articles that arrive at once. Stories that resemble nothing new stay as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.options import MergeOptions
from aggregator.merge.similarity.clusters import (
    MIN_PROBABILITY,
    Groups,
    Links,
    agglomerate,
    log_odds,
)
from aggregator.merge.similarity.columns import Ints
from aggregator.merge.similarity.corpus import Corpus
from aggregator.merge.similarity.publication_times import PublicationTimes
from aggregator.model import Article, Verdict

_LARGE = 30
"""Articles. A larger story is only added to, unless one of its articles is new: to take it apart
costs more than it can improve. Figures: ``benchmarks/merging.py``."""

PairProbabilities = tuple[Ints, Ints, NDArray[np.float64]]
"""Pairs of rows of the index (left, right), and the probability of each."""


class Texts(Protocol):
    """Texts that can be compared: those of a ``TextIndex``, or of a ``TextWindow``."""

    @property
    def corpus(self) -> Corpus:
        """The described articles, by row."""

    def publication_times(
        self, rows: Ints, articles: Sequence[Article], window: timedelta | None
    ) -> PublicationTimes:
        """When the articles of these rows were published, and which rows can be compared."""

    def candidates(
        self, rows: Ints, times: PublicationTimes, among: Ints | None = None
    ) -> tuple[Ints, Ints]:
        """The pairs of one of `rows` and a row that can be compared (and one of `among`, which are
        few) that are worth comparing."""

    def probabilities(
        self, left: Ints, right: Ints, times: PublicationTimes
    ) -> NDArray[np.float64]:
        """The probability that both rows of each pair are of one event."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A group of articles that may be one story with another group. `previous_story` is the id of
    the story that it was shown under ("": none)."""

    root: str
    articles: tuple[Article, ...]
    previous_story: str = ""

    @property
    def is_declared_story(self) -> bool:
        """Whether a source says that this is a story of its own."""
        return any(article.verdict is Verdict.STORY for article in self.articles)


def join_by_text(
    candidates: Collection[Candidate],
    fresh: Collection[str],
    options: MergeOptions,
    index: Texts,
) -> dict[str, str]:
    """Which groups are one story: the root of the story (the root of its earliest group) by the
    root of each group that was compared. Groups that were not compared stay as they are.

    `fresh` are the keys of the articles whose text is new; without any, nothing is compared. Two
    groups that are declared stories are never joined. The order of `candidates` does not matter.
    """
    if not candidates or not fresh:
        return {}
    ordered = sorted(candidates, key=lambda c: (c.articles[0].published, c.root))
    return _Joining(ordered, fresh, options, index).roots()


class _Joining:
    """The groups in order, by their position, and their articles by their row in the index."""

    def __init__(
        self,
        ordered: Sequence[Candidate],
        fresh: Collection[str],
        options: MergeOptions,
        index: Texts,
    ) -> None:
        self.ordered = ordered
        self.options = options
        self.index = index
        articles = [article for candidate in ordered for article in candidate.articles]
        sizes = [len(candidate.articles) for candidate in ordered]
        self.rows = index.corpus.add(articles)
        self.group = np.repeat(np.arange(len(ordered)), sizes)  # of each article
        self.group_of_row = _GroupOfRow(self.rows, self.group)
        self.times = index.publication_times(self.rows, articles, options.window)
        self.is_fresh = np.array([article.key in fresh for article in articles], np.bool_)
        self.is_new = np.zeros(len(ordered), np.bool_)
        self.is_new[self.group[self.is_fresh]] = True
        self.previous_story = _numbered([candidate.previous_story for candidate in ordered])
        self.counts = np.array(sizes, np.int64)

    def roots(self) -> dict[str, str]:
        """The root of its story by the root of each group that was compared."""
        new_links = self._links(self.rows[self.is_fresh])
        touched = self.is_new.copy()
        touched[self.group_of_row[new_links[0]]] = True
        touched[self.group_of_row[new_links[1]]] = True
        inside = self._whole_stories(touched)
        number, node = self._nodes(inside)
        old_links = self._links_among_old(inside, node)
        left, right, probability = (
            np.concatenate(both) for both in zip(new_links, old_links, strict=True)
        )
        story = self._agglomerated(node, number, left, right, probability)
        members = np.flatnonzero(inside)
        earliest = np.full(int(story.max(initial=-1)) + 1, len(self.ordered))
        np.minimum.at(earliest, story[node[members]], members)
        return {
            self.ordered[member].root: self.ordered[earliest[story[node[member]]]].root
            for member in members.tolist()
        }

    def _links(self, rows: Ints) -> PairProbabilities:
        left, right = self.index.candidates(rows, self.times)
        return self._judged(left, right)

    def _judged(self, left: Ints, right: Ints) -> PairProbabilities:
        probability = self.index.probabilities(left, right, self.times)
        counts = probability >= MIN_PROBABILITY
        return left[counts], right[counts], probability[counts]

    def _whole_stories(self, touched: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The groups that are touched, and all other groups of their previous stories."""
        stories = np.unique(self.previous_story[touched & (self.previous_story >= 0)])
        return touched | np.isin(self.previous_story, stories)

    def _links_among_old(self, inside: NDArray[np.bool_], node: Ints) -> PairProbabilities:
        """The links among the articles of the groups that are inside that are not new, between
        different nodes."""
        is_old = inside[self.group] & ~self.is_fresh
        nodes = node[self.group[is_old]]
        # Of a single large story nothing is to be compared.
        rows = self.rows[is_old] if len(nodes) and nodes.min() < nodes.max() else self.rows[:0]
        left, right = self.index.candidates(rows, self.times, rows)
        is_between = node[self.group_of_row[left]] != node[self.group_of_row[right]]
        return self._judged(left[is_between], right[is_between])

    def _nodes(self, inside: NDArray[np.bool_]) -> tuple[int, Ints]:
        """The number of nodes that are joined, and the node of each group (-1: outside).

        Each group is a node, but all old groups of a large story are one node together."""
        size = np.zeros(int(self.previous_story.max(initial=-1)) + 1)  # articles per story
        has_story = self.previous_story >= 0
        np.add.at(size, self.previous_story[has_story], self.counts[has_story])
        label = np.arange(len(self.ordered)) + len(size)
        old_groups = np.flatnonzero(inside & ~self.is_new & has_story)
        large = old_groups[size[self.previous_story[old_groups]] > _LARGE]
        label[large] = self.previous_story[large]
        node = np.full(len(self.ordered), -1)
        members = np.flatnonzero(inside)
        labels, first, inverse = np.unique(label[members], return_index=True, return_inverse=True)
        # Nodes are numbered in the order of their earliest groups.
        rank = np.argsort(np.argsort(first))
        node[members] = rank[inverse]
        return len(labels), node

    def _agglomerated(
        self, node: Ints, number: int, left: Ints, right: Ints, probability: NDArray[np.float64]
    ) -> Ints:
        """The story of each node."""
        inside = np.flatnonzero(node[self.group] >= 0)
        node_of_article = node[self.group[inside]]
        declared = np.array([c.is_declared_story for c in self.ordered], np.bool_)
        single_articles = Groups(
            np.ones(len(inside), np.int64),
            self.index.corpus.publishers[self.rows[inside]].astype(np.int64),
            self.previous_story[self.group[inside]],
            declared[self.group[inside]],
        )
        links = Links.of(
            node[self.group_of_row[left]],
            node[self.group_of_row[right]],
            probability,
            np.ones(len(left), np.int64),
            number,
        )
        groups = single_articles.joined(node_of_article, number)
        return agglomerate(groups, links, log_odds(self.options.probability))


class _GroupOfRow:
    """The group of each row, at a cost that does not depend on how many rows the index has."""

    def __init__(self, rows: Ints, groups: Ints) -> None:
        order = np.argsort(rows)
        self._rows, self._groups = rows[order], groups[order]

    def __getitem__(self, rows: Ints) -> Ints:
        return self._groups[np.searchsorted(self._rows, rows)]


def _numbered(values: Sequence[str]) -> Ints:
    """A number for each of the values, equal for equal values; -1 for the empty one."""
    numbers: dict[str, int] = {}
    return np.array(
        [numbers.setdefault(value, len(numbers)) if value else -1 for value in values], np.int64
    )
