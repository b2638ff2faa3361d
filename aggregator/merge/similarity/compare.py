"""Why two groups of articles are, or are not, one story by what they say, in words and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from aggregator.merge.options import MergeOptions
from aggregator.merge.similarity.clusters import (
    LEAST,
    Groups,
    Links,
    log_odds,
    mean_probability,
    scores,
)
from aggregator.merge.similarity.columns import Ints
from aggregator.merge.similarity.features import MEANING, NAMES, features
from aggregator.merge.similarity.index import Moments, TextIndex
from aggregator.model import Article, Verdict

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Reason:
    """One feature of a pair: its meaning, its value, and what it adds to the log odds."""

    meaning: str
    value: float
    adds: float


@dataclass(frozen=True, slots=True)
class PairEvidence:
    """Two articles: the `probability` that both tell one event, the words that they share with
    their worth in nats (the rarest first), the `reasons` (the weightiest first), and why they are
    never compared (`apart`, empty where they are)."""

    probability: float
    shared: tuple[tuple[str, float], ...]
    reasons: tuple[Reason, ...]
    apart: str = ""


@dataclass(frozen=True, slots=True)
class GroupJudgement:
    """Two groups: the mean `probability` over their pairs of articles, what is added for their
    size and taken off where all is of one publisher (`odds` has both, in log odds), and the log
    odds that are asked for."""

    probability: float
    odds: float
    asked: float
    one_publisher: bool


@dataclass(frozen=True, slots=True)
class Cohesion:
    """The mean probability that an article of a story is of one event with each of the others."""

    article: Article
    probability: float


def compare(one: Article, other: Article, options: MergeOptions, index: TextIndex) -> PairEvidence:
    """The evidence on two articles, by the rules of merging; symmetric."""
    rows, moments = _placed([one, other], options, index)
    first, second = rows[:1], rows[1:]
    table = features(index.corpus, first, second, moments.hours(first, second))
    parts = index.model.parts(table)[0]
    values = dict(zip(NAMES, table[0].tolist(), strict=True))
    reasons = [
        Reason(MEANING[name], values[name], float(part))
        for name, part in zip(index.model.features, parts, strict=True)
    ]
    reasons.sort(key=lambda reason: -abs(reason.adds))
    return PairEvidence(
        float(index.model.probabilities(table)[0]),
        _shared(index, int(rows[0]), int(rows[1])),
        tuple(reasons[:_SHOWN]),
        _apart(rows, moments, index),
    )


def judge(
    one: Sequence[Article], other: Sequence[Article], options: MergeOptions, index: TextIndex
) -> GroupJudgement:
    """Whether two stories would be joined by text."""
    articles = [*one, *other]
    rows, moments = _placed(articles, options, index)
    first, second = np.meshgrid(rows[: len(one)], rows[len(one) :], indexing="ij")
    probability = _probabilities(first.ravel(), second.ravel(), moments, index)
    probability = probability[probability >= LEAST]  # as joining counts them
    group = np.repeat([0, 1], [len(one), len(other)])
    groups = Groups(
        np.ones(len(articles), np.int64),
        index.corpus.column("publisher")[rows].astype(np.int64),
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
    """How well each article of a story belongs to the others, the best first."""
    rows, moments = _placed(articles, options, index)
    pairs = np.array(list(combinations(range(len(rows)), 2)))
    probability = _probabilities(rows[pairs[:, 0]], rows[pairs[:, 1]], moments, index)
    total = np.bincount(pairs.ravel(), np.repeat(probability, 2), len(rows))
    return sorted(
        (
            Cohesion(article, float(value) / (len(rows) - 1))
            for article, value in zip(articles, total, strict=True)
        ),
        key=lambda member: -member.probability,
    )


def _placed(
    articles: Sequence[Article], options: MergeOptions, index: TextIndex
) -> tuple[Ints, Moments]:
    rows = index.corpus.add(articles)
    return rows, index.moments(rows, articles, options.window)


def _probabilities(
    one: Ints, other: Ints, moments: Moments, index: TextIndex
) -> NDArray[np.float64]:
    """The probabilities of pairs; 0 for pairs that are never compared."""
    language = index.corpus.column("language")
    apart = np.abs(moments.times[one] - moments.times[other]) > moments.limit
    never = apart | (language[one] != language[other])
    return np.where(never, 0, index.probabilities(one, other, moments))


def _apart(rows: Ints, moments: Moments, index: TextIndex) -> str:
    language = index.corpus.column("language")
    if language[rows[0]] != language[rows[1]]:
        return "they are in two languages"
    if abs(moments.times[rows[0]] - moments.times[rows[1]]) > moments.limit:
        return "more time lies between them than `merge.window` allows"
    return ""


def _shared(index: TextIndex, one: int, other: int) -> tuple[tuple[str, float], ...]:
    corpus = index.corpus
    ends, terms = corpus.terms.ends.values, corpus.terms.columns
    here = np.arange(ends[one], ends[one + 1])
    there = corpus.terms.find(np.full(len(here), other), terms[here])
    hit = there >= 0
    worth = np.minimum(corpus.column("worth")[here[hit]], corpus.column("worth")[there[hit]])
    order = np.argsort(-worth, kind="stable")[:_SHOWN]
    spelled = corpus.spelled(terms[here[hit]][order].tolist())
    return tuple(zip(spelled, worth[order].tolist(), strict=True))
