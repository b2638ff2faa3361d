"""How much the merging depends on each of its constants, and on the sets they were chosen on.

    python benchmarks/merge_constants.py FOLDER

FOLDER holds gold sets (``uci-news.jsonl``, ``og2021.jsonl``, ``ecbplus.jsonl``: one article a line,
with its ``cluster``). Each constant is set a quarter lower and higher, one at a time. For each
choice the table gives B-cubed precision and F1 on each set. Below it two cross-validations: the
choice that is best on half of the clusters of all sets, judged on the other half; and the choice
that is best on two sets, judged on the third. Best is the highest sum of F1 with every precision
at least 0.85.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from types import ModuleType

from aggregator.cli.evaluating import read_gold
from aggregator.identify import unify
from aggregator.merge import MergeOptions, groups, merge, neighbours, options
from aggregator.model import Article, Source
from aggregator.pipeline import word_vectors
from aggregator.rank import Priors
from aggregator.read import ReadOptions, read_sources

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SETS = {"uci-news": timedelta(hours=72), "og2021": timedelta(hours=72), "ecbplus": None}
CONSTANTS: list[tuple[ModuleType, str]] = [
    (options, "THRESHOLD"),
    *((groups, name) for name in ("_COHESION", "_PRIOR", "_LENGTH", "_MORE", "_FADE")),
    *((groups, name) for name in ("_OTHER_NUMBERS", "_SERIES", "_SENSE_ALONE", "_SHARE")),
    (neighbours, "_LEAST"),
]
Figures = dict[tuple[str, int], tuple[float, float]]
"""Precision and F1 by set and half (0 and 1; 2 is the whole)."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    sets = {name: load(folder / f"{name}.jsonl") for name in SETS}
    results: dict[str, Figures] = {"as it is": measured(sets)}
    show("as it is", results["as it is"])
    for module, name in CONSTANTS:
        for factor in (0.75, 1.25):
            with changed(module, name, factor) as value:
                label = f"{name.strip('_').lower()} {value:.3g}"
                results[label] = measured(sets)
            show(label, results[label])
    validate(results)


def load(file: Path) -> tuple[dict[str, Article], dict[str, tuple[str, str]]]:
    """The articles by key, and for each line's id the key of its article and its cluster."""
    source = Source("gold", "jsonl", str(file.resolve()))
    (reading,) = read_sources([source], {}, lambda _: {}, ReadOptions(), NOW)
    articles = {key: Priors().appraise(article) for key, article in unify(reading.articles).items()}
    key_of = {address: k for k, a in articles.items() for address in (k, *a.aliases)}
    clusters = read_gold(file)[0]
    told = {a.ref: (key_of[a.key], clusters[a.ref]) for a in reading.articles}
    return articles, told


@contextmanager
def changed(module: ModuleType, name: str, factor: float) -> Iterator[float]:
    """One constant multiplied by a factor, for a while."""
    before = getattr(module, name)
    setattr(module, name, before * factor)
    try:
        yield before * factor
    finally:
        setattr(module, name, before)


def measured(sets: Mapping[str, tuple[dict[str, Article], dict[str, tuple[str, str]]]]) -> Figures:
    """The figures of each set and half of its clusters."""
    figures: Figures = {}
    for name, (articles, told) in sets.items():
        found = merge(articles, (), NOW, MergeOptions(window=SETS[name]), vectors=word_vectors)
        story = {a.key: one.id for one in found.stories for a in one.articles}
        pairs = {ref: (cluster, story[key]) for ref, (key, cluster) in told.items()}
        for half in (0, 1, 2):
            some = [ref for ref, (c, _) in pairs.items() if half in (2, half_of(c))]
            figures[name, half] = b_cubed_over(some, pairs)
    return figures


def half_of(cluster: str) -> int:
    """Which half a cluster is in."""
    return sha256(cluster.encode()).digest()[0] % 2


def b_cubed_over(some: list[str], pairs: Mapping[str, tuple[str, str]]) -> tuple[float, float]:
    """B-cubed precision and F1 of the whole, as the mean over some of its articles."""
    both, golds = Counter(pairs.values()), Counter(gold for gold, _ in pairs.values())
    founds = Counter(found for _, found in pairs.values())
    each = [(both[pairs[ref]], *pairs[ref]) for ref in some]
    precision = sum(n / founds[found] for n, _, found in each) / len(some)
    recall = sum(n / golds[gold] for n, gold, _ in each) / len(some)
    return precision, 2 * precision * recall / (precision + recall)


def show(label: str, figures: Figures) -> None:
    """One line of the table."""
    cells = (f"{name} {figures[name, 2][0]:.3f} {figures[name, 2][1]:.3f}" for name in SETS)
    print(f"{label:22} {'   '.join(cells)}", flush=True)


def validate(results: Mapping[str, Figures]) -> None:
    """Choose on some, judge on the others."""

    def best(where: list[tuple[str, int]]) -> str:
        def worth(label: str) -> tuple[bool, float]:
            found = [results[label][place] for place in where]
            return min(p for p, _ in found) >= 0.85, sum(f for _, f in found)

        return max(results, key=worth)

    for half in (0, 1):
        label = best([(name, half) for name in SETS])
        cells = (f"{name} {f:.3f}" for name in SETS for _, f in [results[label][name, 1 - half]])
        print(f"chosen on half {half}: {label}; F1 on the other: {', '.join(cells)}")
    for left_out in SETS:
        label = best([(name, 2) for name in SETS if name != left_out])
        precision, f1 = results[label][left_out, 2]
        print(f"chosen without {left_out}: {label}; there: {precision:.3f} {f1:.3f}")


if __name__ == "__main__":
    main()
