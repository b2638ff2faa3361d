"""Why two articles or stories are merged by what they say, or are not: for ``aggregator explain``.

Callers import this module only when they need it: it loads numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.options import MergeOptions
from aggregator.merge.similarity.clusters import (
    MIN_PROBABILITY,
    Groups,
    Links,
    log_odds,
    mean_probability,
    scores,
)
from aggregator.merge.similarity.columns import Ints
from aggregator.merge.similarity.expanded import ExpandedRows
from aggregator.merge.similarity.feature_names import MEANING, NAMES
from aggregator.merge.similarity.features import features
from aggregator.merge.similarity.index import TextIndex
from aggregator.merge.similarity.publication_times import PublicationTimes
from aggregator.merge.similarity.segments import shared_entries
from aggregator.model import Article, Verdict

_MAX_REASONS = 8
_MAX_SHARED = 8


@dataclass(frozen=True, slots=True)
class Reason:
    """A feature of a pair: its meaning, its value, and what it adds to the log odds."""

    meaning: str
    value: float
    adds: float


@dataclass(frozen=True, slots=True)
class PairEvidence:
    """The evidence on two articles: the `probability` (0 to 1) that both are of one event, the
    shared terms with their worth in nats (the rarest first), the `reasons` (the weightiest first),
    and why the two are never compared (`never_compared_because`; "" where they are)."""

    probability: float
    shared: tuple[tuple[str, float], ...]
    reasons: tuple[Reason, ...]
    never_compared_because: str = ""


@dataclass(frozen=True, slots=True)
class GroupJudgement:
    """Whether two groups are one story: the mean `probability` over their pairs of articles, the
    resulting log `odds` with the corrections for size and for a single publisher, and the
    `threshold` (log odds) that these must reach."""

    probability: float
    odds: float
    threshold: float
    one_publisher: bool


@dataclass(frozen=True, slots=True)
class Cohesion:
    """An article of a story, and the mean probability that it is of one event with each other
    article of the story."""

    article: Article
    probability: float


def compare(left: Article, right: Article, options: MergeOptions, index: TextIndex) -> PairEvidence:
    """The evidence by which merging judges two articles; the same in either order."""
    rows, times = _rows_and_times([left, right], options, index)
    first, second = rows[:1], rows[1:]
    table = features(index.corpus, first, second, times.hours(first, second))
    parts = index.model.parts(table)[0]
    values = dict(zip(NAMES, table[0].tolist(), strict=True))
    reasons = [
        Reason(MEANING[name], values[name], float(part))
        for name, part in zip(index.model.features, parts, strict=True)
    ]
    reasons.sort(key=lambda reason: -abs(reason.adds))
    return PairEvidence(
        float(index.model.probabilities(table)[0]),
        _shared(index, left, rows),
        tuple(reasons[:_MAX_REASONS]),
        _apart(rows, times, index),
    )


def compare_groups(
    left: Sequence[Article], right: Sequence[Article], options: MergeOptions, index: TextIndex
) -> GroupJudgement:
    """Whether the articles of two stories would be joined by text, without hysteresis."""
    articles = [*left, *right]
    rows, times = _rows_and_times(articles, options, index)
    first, second = np.meshgrid(rows[: len(left)], rows[len(left) :], indexing="ij")
    probability = _probabilities(first.ravel(), second.ravel(), times, index)
    probability = probability[probability >= MIN_PROBABILITY]  # as joining counts them
    group = np.repeat([0, 1], [len(left), len(right)])
    groups = Groups(
        np.ones(len(articles), np.int64),
        index.corpus.publishers[rows].astype(np.int64),
        np.full(len(articles), -1),
        np.array([article.verdict is Verdict.STORY for article in articles]),
    ).joined(group, 2)
    links = Links(
        np.array([0]), np.array([1]), np.array([probability.sum()]), np.array([len(probability)])
    )
    publishers = groups.publisher
    return GroupJudgement(
        float(mean_probability(groups, links)[0]),
        float(scores(groups, links)[0]),
        log_odds(options.probability),
        bool(publishers[0] == publishers[1] >= 0),
    )


def cohesion(
    articles: Sequence[Article], options: MergeOptions, index: TextIndex
) -> list[Cohesion]:
    """How well each article of a story (of two or more) belongs to the others, the best first."""
    rows, times = _rows_and_times(articles, options, index)
    pairs = np.array(list(combinations(range(len(rows)), 2)))
    probability = _probabilities(rows[pairs[:, 0]], rows[pairs[:, 1]], times, index)
    total = np.bincount(pairs.ravel(), np.repeat(probability, 2), len(rows))
    return sorted(
        (
            Cohesion(article, float(value) / (len(rows) - 1))
            for article, value in zip(articles, total, strict=True)
        ),
        key=lambda member: -member.probability,
    )


def _rows_and_times(
    articles: Sequence[Article], options: MergeOptions, index: TextIndex
) -> tuple[Ints, PublicationTimes]:
    rows = index.corpus.add(articles)
    return rows, index.publication_times(rows, articles, options.window)


def _probabilities(
    left: Ints, right: Ints, times: PublicationTimes, index: TextIndex
) -> NDArray[np.float64]:
    """The probability of each pair; 0 for pairs that are never compared."""
    language = index.corpus.languages
    never = times.are_far_apart(left, right) | (language[left] != language[right])
    return np.where(never, 0, index.probabilities(left, right, times))


def _apart(rows: Ints, times: PublicationTimes, index: TextIndex) -> str:
    language = index.corpus.languages
    if language[rows[0]] != language[rows[1]]:
        return "they are in different languages"
    if times.are_far_apart(rows[:1], rows[1:])[0]:
        return "they are further apart in time than `merge.window` allows"
    return ""


def _shared(index: TextIndex, left: Article, rows: Ints) -> tuple[tuple[str, float], ...]:
    """The terms that two rows share, of which the first is that of the article `left`."""
    compared = ExpandedRows(index.corpus, rows)
    shared = shared_entries(compared.terms, np.array([0]), np.array([1]))
    worths = compared.terms.column("worth")
    worth = np.minimum(worths[shared.left], worths[shared.right])
    order = np.argsort(-worth, kind="stable")[:_MAX_SHARED]
    numbers = compared.terms.numbers[shared.left][order].tolist()
    return tuple(zip(index.corpus.term_texts(left, numbers), worth[order].tolist(), strict=True))
