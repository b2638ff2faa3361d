"""Why two groups of articles are, or are not, one story by what they say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aggregator.merge.groups import Members, groups_of, usual_similarity
from aggregator.merge.options import MergeOptions, VectorLoader
from aggregator.merge.texts import Texts
from aggregator.merge.words import stem, tokens
from aggregator.model import Article, Standing

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Comparison:
    """The evidence on two groups. `words`, `grams` and `sense` are mean similarities (0 to 1;
    `sense` is None where the word vectors do not know the language), `alike` their mean after
    time and numbers. `score` is `alike` against what holds the two groups together; from
    `threshold` on they are one story, but for `strangers`: two verdicts, or two languages."""

    words: float
    grams: float
    sense: float | None
    alike: float
    cohesion: tuple[float, float]
    score: float
    threshold: float
    shared: tuple[tuple[str, float], ...]
    strangers: bool


def compare(
    one: Sequence[Article],
    other: Sequence[Article],
    background: Iterable[Article],
    options: MergeOptions,
    vectors: VectorLoader,
) -> Comparison:
    """Compare two groups by the rules of merging, with the rarity of words in their window.

    Symmetric. `background` are all articles, with those of the two.
    """
    every = {a.key: a for a in [*background, *one, *other]}
    ordered = sorted(every.values(), key=lambda a: (a.published, a.key))
    texts = Texts(ordered, vectors)
    row_of = {article.key: row for row, article in enumerate(ordered)}
    rows = np.array([row_of[article.key] for article in (*one, *other)])
    group = np.repeat([0, 1], [len(one), len(other)])
    settled = np.array([article.standing is Standing.STORY for article in (*one, *other)])
    members = Members(rows, group, -1 - rows, settled)
    groups = groups_of(texts, members, options.window, usual_similarity(texts))
    first, second = np.array([0]), np.array([1])
    evidence = groups.evidence(first, second)
    alike, pairs = float(groups.alike(first, second, evidence)[0]), float(evidence.pairs[0])
    views = texts.views(rows)
    sensed = bool(evidence.both_sensed[0])
    cohesion = groups.within / np.maximum(1, groups.counts * (groups.counts - 1))
    return Comparison(
        words=_mean_product(views.words, len(one)),
        grams=_mean_product(views.grams, len(one)),
        sense=float(evidence.sense[0]) / pairs if sensed else None,
        alike=alike / pairs,
        cohesion=(float(cohesion[0]), float(cohesion[1])),
        score=alike * float(groups.strengths.prod()),
        threshold=options.threshold,
        shared=_shared(one, other, texts),
        strangers=bool(groups.strangers(first, second)[0]),
    )


def _mean_product(view: Any, first: int) -> float:
    return float((view[:first] @ view[first:].T).mean())


def _shared(
    one: Sequence[Article], other: Sequence[Article], texts: Texts
) -> tuple[tuple[str, float], ...]:
    """The words that both groups have, the rarest first, with how rare they are."""

    def by_stem(articles: Sequence[Article]) -> dict[str, str]:
        words = (w for a in articles for w in tokens(f"{a.title} {a.excerpt}"))
        return {stem(word): word for word in sorted(words, reverse=True)}

    first, second = by_stem(one), by_stem(other)
    rarity = texts.rarity_of(first.keys() & second.keys())
    ordered = sorted(rarity.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple((first[beginning], weight) for beginning, weight in ordered[:_SHOWN])
