"""Speed and memory of merging articles by text.

    python benchmarks/merging.py [NUMBER]... [--add N]

For each NUMBER a window of so many made articles is merged from nothing, then the N that were
published next are added to it, as a build does it: everything but reading and storing (CPU time).
One new article and 20 are measured apart, with an index that is kept, as a daemon keeps it: what
comparing them costs, comparing and joining them among the stories near (``join_by_text``), and a
whole merge of the window. The articles are made so: words are drawn from 60,000 by Zipf's law; a
story has eight words of its own from the rarer ones, and a number of articles that falls off like
news does (half of them have one, some have hundreds); an article's headline has ten words, half of
them its story's (its `author` names the story). 100,000 articles fill three days.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from aggregator.evaluation import b_cubed
from aggregator.lexicon import load_lexicon
from aggregator.merge import Epochs, Merged, MergeOptions, merge
from aggregator.merge.similarity.clusters import MIN_PROBABILITY
from aggregator.merge.similarity.index import TextIndex
from aggregator.merge.similarity.join import Candidate, join_by_text
from aggregator.model import Article, CleanText, Publisher

NOW = datetime(2026, 11, 1, tzinfo=UTC)
_COUNTS = (1, 20)  # new articles at a time
_REPEATS = 30  # batches of which the median is taken, ...
_MERGES = 3  # ... and whole merges
_STARTS = [*"bcdfghjklmnprstvw", "bl", "br", "ch", "cl", "dr", "fl", "gr", "pl", "sh", "st"]
_ENDS = [
    vowel + ending
    for vowel in ("a", "e", "i", "o", "u", "ea", "oo")
    for ending in ("", "d", "l", "n", "nd", "r", "sh", "st", "t", "ck")
]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("numbers", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--add", type=int, default=5_000)
    arguments = parser.parse_args()
    load_lexicon()
    for number in arguments.numbers:
        measure(number, arguments.add)


def measure(number: int, more: int) -> None:
    """One size: from nothing, then one article and some more."""
    window_and_new = list(articles(number + more))
    first: dict[str, Article] = {a.key: a for a in window_and_new[:number]}
    everything: dict[str, Article] = {a.key: a for a in window_and_new}
    options, epochs = MergeOptions(), Epochs(load_lexicon)
    start = time.process_time()
    merged = merge(first, (), NOW, options, epochs=epochs)
    cold = time.process_time() - start
    start = time.process_time()
    merge(everything, merged.story_records, NOW, options, epochs=epochs)
    warm = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    truth: dict[str, str] = {article.key: article.author for article in first.values()}
    stories: dict[str, str] = {a.key: story.id for story in merged.stories for a in story.articles}
    print(f"{number:,} from nothing: {cold:.1f} s, {number / cold:,.0f} per second")
    print(
        f"  {len(merged.stories):,} stories, {len(set(truth.values())):,} were made;"
        f" B-cubed F1 {b_cubed(truth, stories).f1:.2f}"
    )
    for count in (count for count in _COUNTS if count <= more):
        compare, join, whole = added(first, window_and_new[number:], merged, count, epochs)
        print(
            f"  {count} new, kept index: compared in {compare * 1000:.1f} ms, compared and joined"
            f" among the stories near in {join * 1000:.1f} ms, merged with the whole window in"
            f" {whole * 1000:,.0f} ms"
        )
    print(f"  {more:,} added by a whole merge: {warm:.1f} s; at most {peak:,.0f} MB", flush=True)


def added(
    window: Mapping[str, Article],
    new: Sequence[Article],
    merged: Merged,
    count: int,
    epochs: Epochs,
) -> tuple[float, float, float]:
    """The median times (seconds) that `count` new articles take, with the index of the window kept:
    describing and comparing them, joining them among the stories that are near, and a merge."""
    index = epochs.index(window.values(), NOW)
    story_of: dict[str, str] = {a.key: story.id for story in merged.stories for a in story.articles}
    members = {story.id: story.articles for story in merged.stories}
    options = MergeOptions()
    compares: list[float] = []
    joins: list[float] = []
    merges: list[float] = []
    for start in range(0, min(len(new), _REPEATS * count) - count + 1, count):
        # Another text of the article, so that no earlier merge has described it.
        batch = [
            replace(article, title=CleanText(f"{article.title} {count}"))
            for article in new[start : start + count]
        ]
        near = neighbours(index, list(window.values()), batch)
        compares.append(near.seconds)
        stories = {story_of[key] for key in near.keys}
        candidates = [
            Candidate(article.key, (article,), story)
            for story in sorted(stories)
            for article in members[story]
        ] + [Candidate(article.key, (article,)) for article in batch]
        start_time = time.process_time()
        join_by_text(candidates, {article.key for article in batch}, options, index)
        joins.append(time.process_time() - start_time)
        if len(merges) < _MERGES:
            grown = dict(window)
            grown.update({article.key: article for article in batch})
            start_time = time.process_time()
            merge(grown, merged.story_records, NOW, options, epochs=epochs)
            merges.append(time.process_time() - start_time)
    return statistics.median(compares), statistics.median(joins), statistics.median(merges)


@dataclass(frozen=True, slots=True)
class Near:
    """The keys of the articles that share an event with new ones, and how long that took."""

    keys: frozenset[str]
    seconds: float


def neighbours(index: TextIndex, window: Sequence[Article], batch: Sequence[Article]) -> Near:
    """Which articles of the window may tell the event of one of a batch."""
    options = MergeOptions()
    known_rows = index.corpus.add(window)
    start = time.process_time()
    new_rows = index.corpus.add(batch)
    rows = np.concatenate([known_rows, new_rows])
    described = time.process_time() - start
    times = index.publication_times(rows, [*window, *batch], options.window)
    start = time.process_time()
    first, second, probability = index.links(new_rows, times)
    seconds = described + time.process_time() - start
    close = probability >= MIN_PROBABILITY
    key_of = dict(zip(known_rows.tolist(), (article.key for article in window), strict=True))
    linked = np.unique(np.concatenate([first[close], second[close]])).tolist()
    return Near(frozenset(key_of[row] for row in linked if row in key_of), seconds)


def articles(number: int) -> Iterator[Article]:
    """Made articles in the order of publication; always the same."""
    source = random.Random(1)
    words = [_word(source) for _ in range(60_000)]  # of no language that is known
    weights = [1 / (rank + 10) for rank in range(len(words))]
    common = iter(source.choices(words, weights, k=number * 5))
    span = timedelta(hours=72 * max(1.0, number / 100_000))
    planned: list[tuple[list[str], float]] = []
    while len(planned) < number:
        size = min(number - len(planned), 400, int(source.paretovariate(1.1)))
        own, start = source.sample(words[2_000:], 8), source.random()
        planned.extend((own, start + source.random() * 0.1) for _ in range(size))
    planned.sort(key=lambda article: article[1])
    for index, (own, moment) in enumerate(planned):
        title = source.sample(own, 5) + [next(common) for _ in range(5)]
        source.shuffle(title)
        key = f"https://p{index % 500}.example/{index}"
        yield Article(
            source="made",
            ref=CleanText(str(index)),
            key=CleanText(key),
            url=CleanText(key),
            title=CleanText(" ".join(title)),
            published=(NOW - timedelta(hours=800) + span * moment).replace(microsecond=0),
            publisher=Publisher(CleanText(f"p{index % 500}")),
            author=CleanText(" ".join(own)),
            lang=CleanText("x-made"),
            quality=87,
        )


def _word(source: random.Random) -> str:
    parts = [source.choice(_STARTS) + source.choice(_ENDS) for _ in range(source.randint(1, 3))]
    return "".join(parts)


if __name__ == "__main__":
    main()
