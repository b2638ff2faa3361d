"""How fast articles are merged by what they say, and what it costs in memory.

    python benchmarks/merging.py [NUMBER]... [--add N]

For each NUMBER a window of so many made articles is merged from nothing, then the N that were
published next are added to it, as a build does it: everything but reading and storing (CPU time).
One new article is measured apart, in an index that is kept: that is what a tick has to merge. The
articles are made so: words are drawn from 60,000 by Zipf's law; a story has eight words of its own
from the rarer ones, and a number of articles that falls off like news does (half of them have one,
some have hundreds); an article's headline has ten words, half of them its story's (its `author`
names the story). 100,000 articles fill three days.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from aggregator.lexicon import load_lexicon
from aggregator.merge import Epochs, MergeOptions, b_cubed, merge
from aggregator.merge.text.index import Moments, TextIndex
from aggregator.model import Article, Publisher

NOW = datetime(2026, 11, 1, tzinfo=UTC)
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
    made = list(articles(number + more))
    first = {a.key: a for a in made[:number]}
    everything = {a.key: a for a in made}
    options, epochs = MergeOptions(), Epochs(load_lexicon)
    start = time.process_time()
    merged = merge(first, (), NOW, options, epochs=epochs)
    cold = time.process_time() - start
    one = one_by_one(epochs.index(first.values(), NOW), first, made[number : number + 50])
    start = time.process_time()
    merge(everything, merged.memories, NOW, options, epochs=epochs)
    warm = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    truth = {article.key: article.author for article in first.values()}
    stories = {a.key: story.id for story in merged.stories for a in story.articles}
    print(f"{number:,} from nothing: {cold:.1f} s, {number / cold:,.0f} per second")
    print(f"  {len(merged.stories):,} stories, {len(set(truth.values())):,} were made;"
          f" B-cubed F1 {b_cubed(truth, stories).f1:.2f}")  # fmt: skip
    print(f"  one new article described, looked up and judged: median {one * 1000:.1f} ms")
    print(f"  {more:,} added by a whole merge: {warm:.1f} s; at most {peak:,.0f} MB", flush=True)


def one_by_one(index: TextIndex, known: Mapping[str, Article], new: Sequence[Article]) -> float:
    """The median time that a new article takes: describing it, looking up what shares rare words
    with it, and judging the pairs (seconds)."""
    window = list(known.values())
    times = []
    for article in new:
        window.append(article)
        rows = index.corpus.add(window)
        moments = index.moments(rows, window, timedelta(hours=72))
        fresh = replace(article, title=f"{article.title} again")
        start = time.process_time()
        row = index.corpus.add([fresh])
        grown = Moments(
            np.append(moments.times, fresh.published.timestamp()),
            np.append(moments.present, True),
            moments.limit,
        )
        index.links(row, grown.present, grown)
        times.append(time.process_time() - start)
    return statistics.median(times)


def articles(number: int) -> Iterator[Article]:
    """Made articles in the order of publication; always the same."""
    source = random.Random(1)
    words = [_word(source) for _ in range(60_000)]  # of no language that is known
    weights = [1 / (rank + 10) for rank in range(len(words))]
    common = iter(source.choices(words, weights, k=number * 5))
    span = timedelta(hours=72 * max(1.0, number / 100_000))
    told: list[tuple[list[str], float]] = []
    while len(told) < number:
        size = min(number - len(told), 400, int(source.paretovariate(1.1)))
        own, start = source.sample(words[2_000:], 8), source.random()
        told.extend((own, start + source.random() * 0.1) for _ in range(size))
    told.sort(key=lambda article: article[1])
    for index, (own, moment) in enumerate(told):
        title = source.sample(own, 5) + [next(common) for _ in range(5)]
        source.shuffle(title)
        key = f"https://p{index % 500}.example/{index}"
        yield Article(
            source="made",
            ref=str(index),
            key=key,
            url=key,
            title=" ".join(title),
            published=(NOW - timedelta(hours=800) + span * moment).replace(microsecond=0),
            publisher=Publisher(f"p{index % 500}"),
            author=" ".join(own),
            lang="x-made",
            quality=87,
        )


def _word(source: random.Random) -> str:
    parts = [source.choice(_STARTS) + source.choice(_ENDS) for _ in range(source.randint(1, 3))]
    return "".join(parts)


if __name__ == "__main__":
    main()
