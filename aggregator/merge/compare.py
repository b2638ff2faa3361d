"""Why two groups of articles are, or are not, one story by what they say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from aggregator.merge.agglomerate import strengths
from aggregator.merge.options import MergeOptions, WordVectors
from aggregator.merge.texts import Texts
from aggregator.merge.textual import Candidate, groups_of
from aggregator.merge.words import stem, tokens
from aggregator.model import Article

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Comparison:
    """The evidence on two groups. `words`, `grams` and `sense` are mean similarities (0 to 1;
    `sense` is None where the word vectors do not know the language), `alike` their mean after
    time, numbers, verdicts and languages; far below 0 the two may not be one. `score` is `alike`
    against what holds the two groups together; from `threshold` on they are one story."""

    words: float
    grams: float
    sense: float | None
    alike: float
    cohesion: tuple[float, float]
    score: float
    threshold: float
    shared: tuple[tuple[str, float], ...]


def compare(
    one: Sequence[Article],
    other: Sequence[Article],
    background: Iterable[Article],
    options: MergeOptions,
    vectors: WordVectors | None,
) -> Comparison:
    """Compare two groups by the rules of merging, with the rarity of words in their window.

    What is usual among all groups is learned from these two alone, so the score can differ a
    little from that of a merge. Symmetric. `background` are all articles, with those of the two.
    """
    texts = Texts(vectors)
    texts.add({a.key: a for a in [*background, *one, *other]}.values())
    pair = (Candidate("one", tuple(one)), Candidate("other", tuple(other)))
    groups = groups_of(pair, texts, options.window)
    strength = strengths(groups)
    counts = groups.counts
    views = texts.views([texts.row_of[a.key] for a in (*one, *other)])
    number = len(one)
    sensed = bool(views.sensed.all())
    within = groups.within / np.maximum(1, counts * (counts - 1))
    return Comparison(
        words=float((views.words[:number] @ views.words[number:].T).mean()),
        grams=float((views.grams[:number] @ views.grams[number:].T).mean()),
        sense=float((views.sense[:number] @ views.sense[number:].T).mean()) if sensed else None,
        alike=float(groups.alike[0, 1]) / float(counts[0] * counts[1]),
        cohesion=(float(within[0]), float(within[1])),
        score=float(groups.alike[0, 1] * strength[0] * strength[1]),
        threshold=options.threshold,
        shared=_shared(one, other, texts),
    )


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
