"""Learn the model that judges whether two articles tell one event, and say how good it is.

    python benchmarks/merge_model.py DATA/clusters [--write] [--without GROUP]...

DATA/clusters holds `mixed/*.jsonl` (labelled streams) and the dense sets. For each mixed stream the
model is learned from all others and thinned halves of the dense sets, and tested on it: those are
the figures that count. `--write` learns from everything and writes
``aggregator/merge/similarity/weights.py``. `--without` leaves out the features whose names begin
so, for a table of what each part brings.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from aggregator.evaluation import b_cubed, merged_singletons, pairwise, pure_stories, whole_events
from aggregator.lexicon import load_lexicon
from aggregator.merge.options import PROBABILITY
from aggregator.merge.similarity.candidates import Candidates
from aggregator.merge.similarity.clusters import (
    MIN_PROBABILITY,
    Groups,
    Links,
    agglomerate,
    log_odds,
)
from aggregator.merge.similarity.corpus import Corpus
from aggregator.merge.similarity.feature_names import NAMES
from aggregator.merge.similarity.features import features
from aggregator.merge.similarity.judge import MAX_DEVIATION, Model
from aggregator.merge.similarity.publication_times import PublicationTimes, publication_seconds
from aggregator.merge.similarity.rarity import Rarity
from aggregator.merge.similarity.statistics import Statistics
from aggregator.model import Article, CleanText, Publisher

_WINDOW = 72 * 3600.0
_DENSE = ("uci-news", "og2021", "ecbplus")
_THINNED_WEIGHT = 0.3
_DENSE_WEIGHT = 0.05  # their pairs are many; from 0.02 to 0.1 the mixed streams give the same
_STRENGTH = 3.0  # of the pull towards 0 (L2) on scaled features
_GIVEN = {"elsewhere": -3.0, "next_in_series": -4.0, "repeated": 6.0}
"""Weights that are set and not learned: the sets hold no such pairs, and readers meet them daily
(a murder charge in another town, the results of another company; tomorrow's forecast; one article
under two addresses).
With half and twice the weight the figures of the mixed streams are the same."""
_NOW = datetime(2026, 11, 1, tzinfo=UTC)
_LANGUAGES = {
    "eng": "en",
    "por": "pt",
    "spa": "es",
    "fra": "fr",
    "rus": "ru",
    "deu": "de",
    "slv": "sl",
    "ara": "ar",
    "zho": "zh",
}


@dataclass(frozen=True, slots=True)
class Stream:
    """One labelled set: its lines, the event of each, and the pairs worth comparing."""

    name: str
    lines: Sequence[Mapping[str, Any]]
    one: NDArray[np.int64]
    other: NDArray[np.int64]
    table: NDArray[np.float32]
    same: NDArray[np.bool_]
    weight: NDArray[np.float64]


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The articles of a file of the gold format."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def article_of(line: Mapping[str, Any], number: int) -> Article:
    """An article of that format, as the program would read it."""
    published = line.get("published")
    code = line.get("lang") or "en"
    url = line["url"] or f"https://none.invalid/{number}"
    return Article(
        "gold",
        CleanText(str(number)),
        CleanText(url),
        CleanText(url),
        line["title"],
        datetime.fromisoformat(published) if published else _NOW,
        Publisher(CleanText(line.get("publisher") or "")),
        excerpt=CleanText(line.get("excerpt") or ""),
        dated=bool(published),
        lang=CleanText(_LANGUAGES.get(code, code)),
    )


def stream_of(name: str, lines: Sequence[Mapping[str, Any]]) -> Stream:
    """The pairs of a set with their features."""
    articles = [article_of(line, number) for number, line in enumerate(lines)]
    lexicon = load_lexicon()
    corpus = Corpus(Rarity(Statistics.learned(articles, _NOW, lexicon.simplified), lexicon))
    # One row per line, also where two lines are the same.
    distinct = corpus.add(articles)
    seconds = publication_seconds(articles)
    rows, first = np.unique(distinct, return_index=True)
    lines = [lines[at] for at in first]
    times = PublicationTimes(seconds[first], np.ones(len(rows), np.bool_), _WINDOW)
    left, right = Candidates(corpus).pairs(rows, times)
    names = np.unique(np.minimum(left, right) * len(rows) + np.maximum(left, right))
    left, right = names // len(rows), names % len(rows)
    table = features(corpus, left, right, times.hours(left, right))
    event = [f"{line['cluster']} {line.get('lang')}" for line in lines]
    sizes = Counter(event)
    same = np.array([event[a] == event[b] for a, b in zip(left, right, strict=True)], np.bool_)
    doubt = np.array([bool(line.get("doubt")) for line in lines])
    # A pair counts by the square root of its event's size, so that one big story is not all.
    weight = np.array([(max(1, sizes[event[a]] - 1)) ** -0.5 for a in left]) * same + ~same
    weight[doubt[left] | doubt[right]] = 0
    return Stream(name, lines, left, right, table, same, weight)


Lines = Sequence[Mapping[str, Any]]


def half_of(lines: Lines, half: int) -> Lines:
    """The lines of every other cluster."""
    parity = {
        line["cluster"]: hashlib.sha256(f"{line['cluster']}".encode()).digest()[0] % 2
        for line in lines
    }
    return [line for line in lines if parity[line["cluster"]] == half]


def thinned(lines: Lines, seed: int) -> Lines:
    """One to four articles of each cluster of a dense set: like a real stream."""
    chance = random.Random(seed)
    by_event = defaultdict(list)
    for line in lines:
        by_event[f"{line['cluster']} {line.get('lang')}"].append(line)
    return [
        line
        for group in by_event.values()
        for line in chance.sample(group, min(len(group), chance.choice([1, 1, 1, 2, 2, 3, 4])))
    ]


def learn(streams: Iterable[tuple[Stream, float]], names: Sequence[str]) -> Model:
    """The logistic regression over the pairs of these streams, each with its weight."""
    names = [name for name in names if name not in _GIVEN]
    parts = list(streams)
    columns = [NAMES.index(name) for name in names]
    table = np.vstack([stream.table[:, columns] for stream, _ in parts]).astype(np.float64)
    same = np.concatenate([stream.same for stream, _ in parts])
    weight = np.concatenate([stream.weight * share for stream, share in parts])
    means, scales = table.mean(0), table.std(0) + 1e-6
    scaled = np.clip((table - means) / scales, -MAX_DEVIATION, MAX_DEVIATION)
    sign = np.where(same, 1.0, -1.0)

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (scaled @ values[1:] + values[0])
        slope = -weight * sign / (1 + np.exp(np.clip(margin, -50, 50)))
        cost = weight @ np.logaddexp(0, -margin) + _STRENGTH / 2 * (values[1:] @ values[1:])
        gradient = np.concatenate([[slope.sum()], slope @ scaled + _STRENGTH * values[1:]])
        return float(cost), gradient

    solution = minimize(
        loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B", options={"maxiter": 500}
    ).x
    return Model(
        float(solution[0]),
        {
            name: (float(mean), float(scale), float(value))
            for name, mean, scale, value in zip(names, means, scales, solution[1:], strict=True)
        }
        | {name: (0.0, 1.0, weight) for name, weight in _GIVEN.items()},
    )


def stories(stream: Stream, model: Model, threshold: float) -> list[int]:
    """The story of each line."""
    probability = model.probabilities(stream.table)
    good = probability >= MIN_PROBABILITY
    number = len(stream.lines)
    names: dict[str, int] = {}
    publisher = [
        names.setdefault(line["publisher"], len(names)) if line.get("publisher") else -1
        for line in stream.lines
    ]
    groups = Groups(
        np.ones(number, np.int64),
        np.array(publisher, np.int64),
        np.full(number, -1),
        np.zeros(number, np.bool_),
    )
    links = Links.of(
        stream.one[good],
        stream.other[good],
        probability[good],
        np.ones(int(good.sum()), np.int64),
        number,
    )
    return [int(label) for label in agglomerate(groups, links, log_odds(threshold))]


@dataclass(frozen=True, slots=True)
class Figures:
    """Of some sets at one threshold; see ``aggregator evaluate``."""

    pure: float
    whole: float
    precision: float
    recall: float
    b_cubed: float
    nothing: float
    alone: float

    def __str__(self) -> str:
        return (
            f"pure {self.pure:.3f}  whole {self.whole:.3f}  pairs P {self.precision:.3f}"
            f" R {self.recall:.3f}  B-cubed {self.b_cubed:.4f} (nothing merged {self.nothing:.4f})"
            f"  lone articles merged {self.alone:.3f}"
        )


def figures(streams: Sequence[Stream], placed: Sequence[Sequence[int]]) -> Figures:
    """The figures over all sets: pure, whole and lone articles pooled, the others as means."""
    rows = []
    for stream, labels in zip(streams, placed, strict=True):
        counted = [n for n, line in enumerate(stream.lines) if not line.get("doubt")]
        gold = {
            f"{n}": f"{stream.lines[n]['cluster']} {stream.lines[n].get('lang')}" for n in counted
        }
        placed_in = {f"{n}": labels[n] for n in counted}
        pairs = pairwise(gold, placed_in)
        rows.append(
            (
                *pure_stories(gold, placed_in),
                *whole_events(gold, placed_in),
                *merged_singletons(gold, placed_in),
                pairs.precision,
                pairs.recall,
                b_cubed(gold, placed_in).f1,
                b_cubed(gold, {}).f1,
            )
        )
    table = np.array(rows, float)
    pure, stories_, whole, events, alone, lone = table[:, :6].sum(0)
    precision, recall, cubed, nothing = table[:, 6:].mean(0)
    return Figures(
        pure / max(1, stories_),
        whole / max(1, events),
        precision,
        recall,
        cubed,
        nothing,
        alone / max(1, lone),
    )


def dense_halves(path: Path) -> list[list[tuple[Stream, float]]]:
    """Each half of the clusters of a dense set as it is, and thinned, with what they weigh."""
    lines = read_lines(path)
    return [
        [
            (stream_of(f"{path.stem} {half}", half_of(lines, half)), _DENSE_WEIGHT),
            (
                stream_of(f"{path.stem} {half}", thinned(half_of(lines, half), half)),
                _THINNED_WEIGHT,
            ),
        ]
        for half in (0, 1)
    ]


def main() -> None:
    """Measure, print, and write where it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--without", action="append", default=[])
    parser.add_argument("--each", type=float, help="print every set at this probability")
    arguments = parser.parse_args()
    names = [name for name in NAMES if not name.startswith(tuple(arguments.without))]
    streams = [
        stream_of(p.stem, read_lines(p))
        for p in sorted(arguments.data.glob("mixed/*"))
        if p.suffix == ".jsonl"
    ]
    halves = [dense_halves(arguments.data / f"{name}.jsonl") for name in _DENSE]
    extra = [part for both in halves for half in both for part in half]
    models = {
        stream.name: learn([*((s, 1.0) for s in streams if s is not stream), *extra], names)
        for stream in streams
    }
    everything = [(stream, 1.0) for stream in streams]
    whole = learn([*everything, *extra], names)
    for title, model_of in (("each set left out", models), ("learned from all", None)):
        print(f"{title}:")
        for threshold in (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9):
            placed = [
                stories(s, model_of[s.name] if model_of else whole, threshold) for s in streams
            ]
            print(f"  {threshold:.2f}  {figures(streams, placed)}", flush=True)
    print("dense sets, learned from one half of each and tested on the other:")
    for tested in (0, 1):
        model = learn([*everything, *(p for both in halves for p in both[1 - tested])], names)
        for both in halves:
            full = both[tested][0][0]
            print(f"  {full.name:12}  {figures([full], [stories(full, model, PROBABILITY)])}")
    if arguments.each:
        for stream in streams:
            placed = [stories(stream, models[stream.name], arguments.each)]
            print(f"  {stream.name:24} {figures([stream], placed)}")
    if arguments.write:
        write(whole)


def write(model: Model) -> None:
    """The weights as a module of their own."""
    path = Path(__file__).parents[1] / "aggregator" / "merge" / "similarity" / "weights.py"
    lines = [
        '"""What the judge learned (``benchmarks/merge_model.py --write``)."""',
        "",
        "from aggregator.merge.similarity.judge import Model",
        "",
        "MODEL = Model(",
        f"    bias={model.bias:.4f},",
        "    features={  # mean, standard deviation, weight",
        *(
            f'        "{name}": ({mean:.4f}, {scale:.4f}, {weight:.4f}),'
            for name, (mean, scale, weight) in model.features.items()
        ),
        "    },",
        ")",
        "",
    ]
    path.write_text("\n".join(lines), "utf-8")
    print(f"written: {path.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
