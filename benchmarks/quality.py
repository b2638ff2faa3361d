"""The quality that we estimate, compared with the quality that story files have.

    python benchmarks/quality.py TREE...

TREE is a folder of story files. The older 70 % of the articles with a quality teach, the others
are judged from publisher, title, excerpt and picture alone. Baselines: one value for all (the mean
of the older ones), and the mean of the publisher's older ones (or of all).
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean

from scipy.stats import spearmanr

from aggregator.model import Article, Source
from aggregator.rank import Priors
from aggregator.read import ReadOptions, read_sources

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def main() -> None:
    """Measure and print."""
    for tree in sys.argv[1:]:
        source = Source("s", "stories", str(Path(tree).resolve()))
        (reading,) = read_sources([source], {}, lambda _: {}, ReadOptions(), NOW)
        articles = {a.key: a for a in reading.articles if a.quality is not None}
        ordered = sorted(articles.values(), key=lambda a: (a.published, a.key))
        cut = int(len(ordered) * 0.7)
        show(Path(tree).name, ordered[:cut], ordered[cut:])


def show(name: str, older: Sequence[Article], newer: Sequence[Article]) -> None:
    """The table of one tree."""
    priors = Priors.learned(older)
    mean = fmean(a.quality or 0 for a in older)
    of: defaultdict[str, list[int]] = defaultdict(list)
    for article in older:
        of[article.publisher.name].append(article.quality or 0)
    models: dict[str, Callable[[Article], float]] = {
        "one value": lambda _: mean,
        "mean of the publisher": lambda a: fmean(of.get(a.publisher.name, [round(mean)])),
        "ours": lambda a: priors.estimate_quality(replace(a, quality=None)).quality or 0,
    }
    print(f"{name}: {len(older)} older articles teach, {len(newer)} newer ones are judged")
    truth = [a.quality or 0 for a in newer]
    for label, model in models.items():
        estimates = [model(a) for a in newer]
        error = fmean(abs(a - b) for a, b in zip(estimates, truth, strict=True))
        rank = 0.0 if len(set(estimates)) == 1 else float(spearmanr(estimates, truth).statistic)
        print(f"  {label:24} rank correlation {rank:.3f}, mean error {error:.1f}")


if __name__ == "__main__":
    main()
