"""How well articles were merged, against a gold set: which articles people put into one story.

Both partitions are given as article -> label; they are compared over the articles of the gold.
An article that was found nowhere is a story of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

Partition = Mapping[str, Hashable]


@dataclass(frozen=True, slots=True)
class Score:
    """Precision (what was merged belongs together), recall (what belongs together was merged) and
    their harmonic mean; 1.0 is perfect."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def b_cubed(gold: Partition, found: Partition) -> Score:
    """B-cubed (Bagga and Baldwin, 1998): the mean over the articles."""
    both, golds, founds = _counts(gold, found)
    number = len(gold) or 1
    precision = sum(n * n / founds[f] for (_, f), n in both.items()) / number
    recall = sum(n * n / golds[g] for (g, _), n in both.items()) / number
    return Score(precision, recall)


def pairwise(gold: Partition, found: Partition) -> Score:
    """Over pairs of articles; 1.0 where there are none to be right or wrong about."""
    both, golds, founds = _counts(gold, found)
    right, wanted, made = (_pairs(counts) for counts in (both, golds, founds))
    return Score(right / made if made else 1.0, right / wanted if wanted else 1.0)


def adjusted_rand(gold: Partition, found: Partition) -> float:
    """The adjusted Rand index (Hubert and Arabie, 1985): 0 is chance, 1 is perfect."""
    both, golds, founds = _counts(gold, found)
    right, wanted, made = (_pairs(counts) for counts in (both, golds, founds))
    every = len(gold) * (len(gold) - 1) / 2
    chance = wanted * made / every if every else 0.0
    best = (wanted + made) / 2
    return (right - chance) / (best - chance) if best != chance else 1.0


Both = Counter[tuple[Hashable, Hashable]]


def _counts(gold: Partition, found: Partition) -> tuple[Both, Counter[Hashable], Counter[Hashable]]:
    placed = _placed(gold, found)
    both: Both = Counter((gold[article], placed[article]) for article in gold)
    return both, Counter(gold.values()), Counter(placed.values())


def _pairs(counts: Mapping[Any, int]) -> int:
    return sum(n * (n - 1) // 2 for n in counts.values())


def pure_stories(gold: Partition, found: Partition) -> tuple[int, int]:
    """How many of the stories of two or more articles hold one event alone, and of how many."""
    return _undivided(gold, _placed(gold, found))


def whole_events(gold: Partition, found: Partition) -> tuple[int, int]:
    """How many of the events of two or more articles are in one story, and of how many."""
    return _undivided(_placed(gold, found), gold)


def merged_singletons(gold: Partition, found: Partition) -> tuple[int, int]:
    """How many articles that are alone in their event share a story, and of how many."""
    placed = _placed(gold, found)
    events, stories = Counter(gold.values()), Counter(placed.values())
    alone = [article for article, event in gold.items() if events[event] == 1]
    return sum(stories[placed[article]] > 1 for article in alone), len(alone)


def _undivided(parts: Partition, wholes: Partition) -> tuple[int, int]:
    """Of the wholes of two or more articles those that are within one part."""
    inside: dict[Hashable, list[Hashable]] = {}
    for article, whole in wholes.items():
        inside.setdefault(whole, []).append(parts[article])
    several = [labels for labels in inside.values() if len(labels) > 1]
    return sum(len(set(labels)) == 1 for labels in several), len(several)


def _placed(gold: Partition, found: Partition) -> dict[str, Hashable]:
    return {article: found.get(article, ("alone", article)) for article in gold}
