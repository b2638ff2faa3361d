"""What ranking by columns costs: CPU time and memory for many stories and thirty feeds.

    python benchmarks/ranking.py [COUNT ...]

For each COUNT of stories (10,000, 100,000 and 1,000,000 if none is given) it prints the medians of

- `put`: one story with a new id, then the entries of all feeds;
- `replace`: one story whose coverage has grown, then the entries of all feeds;
- `re-rank`: the entries of all feeds ten minutes later;
- `first`: putting all stories, and their bytes in the columns, ids and topics included.

The stories are made: a lead of one of 500 publishers, published in the last 14 days; each fifth
story has one to six more articles. Each has one to three of 29 topics, of which the first are more
frequent. `rank` tells what ranking all of them by objects costs, for the smallest COUNT.
"""

from __future__ import annotations

import argparse
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from aggregator.model import EVERYTHING, Article, CleanText, Publisher, Story
from aggregator.rank import RankingOptions, rank
from aggregator.rank.story_columns import StoryColumns
from aggregator.rank.top_stories import TopStories

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
OPTIONS = RankingOptions()
TOPICS = [f"topic-{number}" for number in range(29)]
PUBLISHERS = [Publisher(CleanText(f"Paper {n}"), CleanText(f"paper{n}.com")) for n in range(500)]
TITLE = CleanText("A title")


def main() -> None:
    """Measure and print each count of stories."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("counts", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    counts = parser.parse_args().counts
    stories = list(made_stories(min(counts)))
    by_objects = ms(lambda: rank(stories, OPTIONS, NOW))
    print(f"rank {len(stories):,} stories by objects: {by_objects:.0f} ms")
    print(f"{'stories':>10}{'put':>10}{'replace':>10}{'re-rank':>10}{'first':>10}{'B/story':>10}")
    for count in counts:
        print(f"{count:>10,}" + "".join(f"{figure:>10,.2f}" for figure in figures(count)))


def figures(count: int) -> list[float]:
    """Milliseconds for put, replace, re-rank and first, then bytes per story."""
    columns = StoryColumns()
    first = ms(lambda: fill(columns, count))
    feeds = TopStories(columns)
    publish(feeds, NOW)
    new, grown = [], []
    for story in made_stories(40, seed=2):
        new.append(ms(lambda story=story: put(columns, feeds, story)))  # type: ignore[misc]
        changed = replace(story, id="urn:uuid:0", coverage=(story.lead,) * 3)
        grown.append(ms(lambda story=changed: put(columns, feeds, story)))  # type: ignore[misc]
    again = [
        ms(lambda n=n: publish(feeds, NOW + n * timedelta(minutes=10)))  # type: ignore[misc]
        for n in range(1, 6)
    ]
    medians = [statistics.median(times) for times in (new, grown, again)]
    return [*medians, first, bytes_per_story(min(count, 100_000))]


def publish(feeds: TopStories, moment: datetime) -> None:
    """Ask for the entries of thirty feeds."""
    for slug in (EVERYTHING, *TOPICS):
        feeds.top(slug, OPTIONS, moment)


def put(columns: StoryColumns, feeds: TopStories, story: Story) -> None:
    """Put one story, and ask for the entries."""
    columns.put(story)
    publish(feeds, NOW)


def fill(columns: StoryColumns, count: int) -> None:
    """Put all stories."""
    for story in made_stories(count):
        columns.put(story)


def bytes_per_story(count: int) -> float:
    """Of the columns, without the ids themselves, which the caller has too."""
    ids = [story.id for story in made_stories(count)]
    stories = (
        replace(story, id=story_id)
        for story_id, story in zip(ids, made_stories(count), strict=True)
    )
    columns = StoryColumns()
    tracemalloc.start()
    for story in stories:
        columns.put(story)
    del story
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / count


def made_stories(count: int, seed: int = 1) -> Iterator[Story]:
    """Stories as described above, the same ones for the same seed."""
    random = Random(seed)
    for number in range(count):
        published = NOW - timedelta(seconds=random.randrange(14 * 86_400))
        key = CleanText(f"https://{seed}/{number}")
        lead = made_article(random, key, published)
        coverage: tuple[Article, ...] = ()
        if random.random() < 0.2:
            coverage = tuple(
                made_article(random, key, published + timedelta(hours=hours))
                for hours in range(random.randint(1, 6))
            )
        topics = tuple(TOPICS[int(29 * random.random() ** 2)] for _ in range(random.randint(1, 3)))
        story_id = f"urn:uuid:{random.getrandbits(128):032x}"
        yield Story(story_id, TITLE, published, published, lead, coverage, topics)


def made_article(random: Random, key: CleanText, published: datetime) -> Article:
    """An article of any publisher."""
    return Article(
        "s",
        key,
        key,
        key,
        TITLE,
        published,
        random.choice(PUBLISHERS),
        quality=random.randint(60, 120),
    )


def ms(function: Callable[[], object]) -> float:
    """CPU milliseconds of one call."""
    start = time.process_time()
    function()
    return (time.process_time() - start) * 1_000


if __name__ == "__main__":
    main()
