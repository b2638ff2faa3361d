"""Measures of merging against a gold set: the groups into which people put the same articles.

Both partitions map articles to labels: `gold` to events, `predicted` to stories. They are compared
over the articles of `gold`; one that `predicted` lacks counts as a story of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

Partition = Mapping[str, Hashable]
"""Article -> label: articles with equal labels are in one group."""


@dataclass(frozen=True, slots=True)
class Score:
    """Precision (what was merged belongs together) and recall (what belongs together was merged),
    each 0 to 1; 1 is perfect."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def b_cubed(gold: Partition, predicted: Partition) -> Score:
    """B-cubed (Bagga and Baldwin, 1998): the mean over the articles."""
    both, events, stories = _counts(gold, predicted)
    number = len(gold) or 1
    precision = sum(n * n / stories[story] for (_, story), n in both.items()) / number
    recall = sum(n * n / events[event] for (event, _), n in both.items()) / number
    return Score(precision, recall)


def pairwise(gold: Partition, predicted: Partition) -> Score:
    """Precision and recall over pairs of articles; 1.0 where there are no pairs."""
    both, events, stories = _pair_counts(gold, predicted)
    return Score(both / stories if stories else 1.0, both / events if events else 1.0)


def adjusted_rand(gold: Partition, predicted: Partition) -> float:
    """The adjusted Rand index (Hubert and Arabie, 1985): 0 is chance, 1 is perfect."""
    both, events, stories = _pair_counts(gold, predicted)
    total = len(gold) * (len(gold) - 1) / 2
    expected = events * stories / total if total else 0.0
    maximum = (events + stories) / 2
    return (both - expected) / (maximum - expected) if maximum != expected else 1.0


def _counts(
    gold: Partition, predicted: Partition
) -> tuple[Counter[tuple[Hashable, Hashable]], Counter[Hashable], Counter[Hashable]]:
    """The number of articles per (event, story), per event and per story."""
    complete = _completed(gold, predicted)
    both = Counter((event, complete[article]) for article, event in gold.items())
    return both, Counter(gold.values()), Counter(complete.values())


def _pair_counts(gold: Partition, predicted: Partition) -> tuple[int, int, int]:
    """The number of pairs of articles in the same event and story, event, and story."""
    both, events, stories = _counts(gold, predicted)
    return _pairs(both.values()), _pairs(events.values()), _pairs(stories.values())


def _pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


def pure_stories(gold: Partition, predicted: Partition) -> tuple[int, int]:
    """How many of the stories with two or more articles hold a single event, and of how many."""
    return _undivided(gold, _completed(gold, predicted))


def whole_events(gold: Partition, predicted: Partition) -> tuple[int, int]:
    """How many of the events with two or more articles are in a single story, and of how many."""
    return _undivided(_completed(gold, predicted), gold)


def merged_singletons(gold: Partition, predicted: Partition) -> tuple[int, int]:
    """How many of the articles that are alone in their event share a story, and of how many."""
    complete = _completed(gold, predicted)
    events, stories = Counter(gold.values()), Counter(complete.values())
    singletons = [article for article, event in gold.items() if events[event] == 1]
    return sum(stories[complete[article]] > 1 for article in singletons), len(singletons)


def _undivided(parts: Partition, wholes: Partition) -> tuple[int, int]:
    """How many of the wholes with two or more articles lie within one part, and of how many."""
    parts_by_whole: dict[Hashable, list[Hashable]] = {}
    for article, whole in wholes.items():
        parts_by_whole.setdefault(whole, []).append(parts[article])
    several = [labels for labels in parts_by_whole.values() if len(labels) > 1]
    return sum(len(set(labels)) == 1 for labels in several), len(several)


def _completed(gold: Partition, predicted: Partition) -> dict[str, Hashable]:
    """The predicted label of each article of `gold`, with a label of its own where it has none."""
    return {article: predicted.get(article, ("alone", article)) for article in gold}
