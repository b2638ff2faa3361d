"""CPU and memory of comparing new articles with a window of texts that is kept between ticks.

    python benchmarks/text_window.py [NUMBER]... [--excerpts] [--repeats N]

For each NUMBER a window of so many made articles (``benchmarks/merging.py``) is put into a
``TextWindow``; ``--excerpts`` gives each article forty more words. Then new articles arrive one by
one: `near` finds the articles that may be of their event, `join` merges the article with the
stories of these (``without`` and ``join_by_text``), `put` takes it in, and `remove` leaves out the
oldest. Times are process CPU, the median and the worst of the repeats; memory is what the process
has grown by per article, without the articles themselves. Each size runs in a process of its own.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import multiprocessing
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from merging import NOW, articles

from aggregator.lexicon import load_lexicon
from aggregator.merge import MergeOptions, Statistics
from aggregator.merge.similarity.index import TextIndex
from aggregator.merge.similarity.join import Candidate, join_by_text
from aggregator.merge.similarity.text_window import TextWindow
from aggregator.model import Article, CleanText

_BATCH = 10_000  # articles per `put` while the window is filled
_STATISTICS = 50_000  # articles from which the epoch is learned
_EXCERPT = 40  # words
Result = TypeVar("Result")


@dataclass
class Timer:
    """Process CPU by the name of a step, in seconds."""

    times: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def run(self, name: str, step: Callable[[], Result]) -> Result:
        """The result of the step, whose time is recorded."""
        start = time.process_time()
        result = step()
        self.times[name].append(time.process_time() - start)
        return result

    def report(self, name: str) -> str:
        """The median and the worst time in milliseconds."""
        times = self.times[name]
        return f"{name} {statistics.median(times) * 1000:.2f} (worst {max(times) * 1000:.1f})"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("numbers", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--excerpts", action="store_true")
    parser.add_argument("--repeats", type=int, default=200)
    arguments = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    for number in arguments.numbers:
        process = context.Process(
            target=measure, args=(number, arguments.repeats, arguments.excerpts)
        )
        process.start()
        process.join()


def measure(number: int, repeats: int, excerpts: bool) -> None:
    """One size: fill the window, then add articles one by one."""
    made = list(
        _with_excerpts(articles(number + repeats)) if excerpts else articles(number + repeats)
    )
    window_articles, new = made[:number], made[number:]
    learned = Statistics.learned(window_articles[-_STATISTICS:], NOW, load_lexicon().simplified)
    window = TextWindow(TextIndex(learned, load_lexicon))
    before = resident()
    start = time.process_time()
    for at in range(0, number, _BATCH):
        window.put(window_articles[at : at + _BATCH])
    first = [replace(article, title=CleanText(f"{article.title} x")) for article in new[:1]]
    window.near(first, MergeOptions().window)  # what is built at the first query is counted too
    built = time.process_time() - start
    memory = (resident() - before) / number
    print(
        f"{number:,} articles: built in {built:.1f} s, {memory:,.0f} bytes per article", flush=True
    )
    timer = Timer()
    by_key: dict[str, Article] = {article.key: article for article in made}
    for position, article in enumerate(new):
        add(window, by_key, article, timer)
        timer.run("remove", lambda at=position: window.remove([window_articles[at].key]))  # type: ignore[misc]
    steps = ", ".join(timer.report(name) for name in timer.times)
    total = [
        near + join for near, join in zip(timer.times["near"], timer.times["join"], strict=True)
    ]
    print(f"  ms: {steps}; near and join {statistics.median(total) * 1000:.2f}", flush=True)


def add(window: TextWindow, by_key: Mapping[str, Article], article: Article, timer: Timer) -> None:
    """One new article as ``pipeline/advance`` adds it to the stories of the articles near."""
    options = MergeOptions()
    near = timer.run("near", lambda: window.near([article], options.window))
    stories: defaultdict[str, list[Article]] = defaultdict(list)
    for key in near:
        stories[by_key[key].author].append(by_key[key])
    candidates = [
        Candidate(other.key, (other,), story if len(members) > 1 else "")
        for story, members in sorted(stories.items())
        for other in members
    ]

    def join() -> None:
        with window.without(near) as texts:
            both = [*candidates, Candidate(article.key, (article,))]
            join_by_text(both, {article.key}, options, texts)

    timer.run("join", join)
    timer.run("put", lambda: window.put([article]))


def _with_excerpts(plain: Iterator[Article]) -> Iterator[Article]:
    """Excerpts of words of other articles, so that the vocabulary stays as it is."""
    source = random.Random(2)
    recent: list[str] = []
    for article in plain:
        recent = [*recent[-2_000:], *article.title.split()]
        excerpt = source.choices(recent, k=_EXCERPT)
        yield replace(article, excerpt=CleanText(" ".join(excerpt)))


def resident() -> int:
    """The resident memory of this process in bytes (Linux), after freed memory was given back."""
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.partition("VmRSS:")[2].split()[0])


if __name__ == "__main__":
    main()
