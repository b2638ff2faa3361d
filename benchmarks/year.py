"""A simulated year on one store: how large it gets, and whether anything comes back.

    python benchmarks/year.py [--sources 100] [--per-day 1000] [--days 365] [--builds 1]
                              [--keep 90] [--window 14] [--text] [--store URL]

Each build reads what the sources list at that time, updates, publishes and prunes, as
``aggregator build`` does, with the clock moved. Readings are made here, not fetched. Of twenty
sources seventeen list their latest thirty items; one lists everything with dates, one everything
without a date; one is a folder whose files are read once, and all again every sixty days. Articles
tell made-up events; those of one event declare each other as related (with ``--text`` they also
share words, and texts are compared).

Prints a line per month, and fails where

- an article is taken in a second time (the made articles are never edited),
- an entry that was in no feed for longer than the window returns without an article that is new,
- the published date of an entry changes, or an article is in entries of two ids,
- an id belongs to two events, or is minted twice.

Two counts are no faults, and are printed only: entries that a new article brought back, and events
with several ids. An event gets another id from an article that comes after its story was removed,
or that declares a relation to an article that leads no story (relations are not transitive). With
``--keep 0``, which removes nothing, there are such events as well.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from aggregator.merge import MergeOptions
from aggregator.model import (
    Article,
    CleanText,
    Publisher,
    Reading,
    RowKey,
    Site,
    Source,
    SourceState,
    Topic,
)
from aggregator.pipeline import (
    Output,
    PlanOptions,
    UpdateResult,
    begin_retention,
    prune_steps,
    publish_feeds,
    stored_epochs,
    update_stories,
)
from aggregator.pipeline.retention import BUILD_STORIES
from aggregator.rank import RankingOptions
from aggregator.store import Store, open_store
from aggregator.store.schema import stories
from aggregator.store.sizes import sizes_of

START = datetime(2026, 1, 1, tzinfo=UTC)
LATEST = 30  # items of a usual feed
WORDS = 30_000
DAY = timedelta(days=1)


def main() -> None:
    """Simulate, print, and exit with 1 where a check fails."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sources", type=int, default=100)
    parser.add_argument("--per-day", type=int, default=1_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--builds", type=int, default=1, help="per day")
    parser.add_argument("--keep", type=int, default=90, help="days; 0: remove nothing")
    parser.add_argument("--window", type=int, default=14, help="days")
    parser.add_argument("--text", action="store_true", help="merge by what articles say, too")
    parser.add_argument("--store", default="", help="a URL; else an SQLite file for the while")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(arguments.store or f"sqlite:///{folder}/store.db")
        year = Year(arguments, store, Path(folder) / "feeds")
        year.run()
        store.close()
    sys.exit(year.report())


@dataclass
class Publication:
    """What subscribers have seen: the events of each id, the ids of each event and article, when an
    id was last in a feed, and the published date that it had. The sets of ids and articles are what
    a run reports (see the module's docstring)."""

    window: timedelta
    events_by_id: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    ids_by_event: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    id_by_article: dict[str, str] = field(default_factory=dict)
    last_seen: dict[str, datetime] = field(default_factory=dict)
    published: dict[str, datetime] = field(default_factory=dict)
    taken_in: set[RowKey] = field(default_factory=set)
    taken_in_again: set[RowKey] = field(default_factory=set)
    returned: set[str] = field(default_factory=set)  # without a new article
    resumed: set[str] = field(default_factory=set)  # with one
    dated_anew: set[str] = field(default_factory=set)
    of_two_ids: set[str] = field(default_factory=set)

    def see(self, result: UpdateResult, now: datetime) -> None:
        """Take in the new articles and the entries of all feeds."""
        plan = result.plan
        rows = {article.row_key for article in result.changes.articles}
        self.taken_in_again |= rows & self.taken_in
        self.taken_in |= rows
        stories_by_id = {story.id: story for story in plan.stories}
        for entry in {entry.id: entry for feed in plan.feeds for entry in feed.entries}.values():
            story = stories_by_id[entry.id]
            event = event_of(story.lead)
            self.events_by_id[entry.id].add(event)
            self.ids_by_event[event].add(entry.id)
            keys = {article.key for article in story.articles}
            if now - self.last_seen.get(entry.id, now) > self.window:
                has_new = not keys <= self.id_by_article.keys()
                (self.resumed if has_new else self.returned).add(entry.id)
            self.last_seen[entry.id] = now
            if self.published.setdefault(entry.id, entry.published) != entry.published:
                self.dated_anew.add(entry.id)
            self.of_two_ids |= {
                key for key in keys if self.id_by_article.setdefault(key, entry.id) != entry.id
            }


class Year:
    """One simulation."""

    def __init__(self, arguments: argparse.Namespace, store: Store, output: Path) -> None:
        self._arguments = arguments
        self._store = store
        self._keep = timedelta(days=arguments.keep) if arguments.keep else None
        topics = tuple(Topic(f"t{n}", f"Topic {n}") for n in range(5))
        window = timedelta(days=arguments.window)
        self._options = PlanOptions(
            Site(CleanText("Year"), "https://news.example.org/"), topics,
            RankingOptions(window=window), merging=MergeOptions(text=arguments.text),
            keep=self._keep,
        )  # fmt: skip
        self._output = Output(output, ("rss", "atom"))
        self._sources = tuple(
            Source(f"source {n}", "feed", f"https://p{n}.example/feed")
            for n in range(arguments.sources)
        )
        self._items: dict[str, list[Article]] = {source.name: [] for source in self._sources}
        self._random = random.Random(1)
        self._words = ["".join(self._random.choices("aeioulnrst", k=7)) for _ in range(WORDS)]
        self._events = 0
        self._first_of: dict[int, str] = {}
        self._articles = 0
        self._seen = Publication(window)
        self._epochs = stored_epochs(store)
        self._minted: set[str] = set()
        self._reused: set[str] = set()

    def run(self) -> None:
        """All builds, and a line per month."""
        begin_retention(self._store, self._keep)
        print(
            "month      MB  free  articles  stories  ids kept  memory   build  prune  step", end=""
        )
        print("  (seconds of CPU per build and pruning, longest step in ms)")
        builds = self._arguments.builds
        spent: list[float] = []
        pruned: list[float] = []
        longest = 0.0
        for number in range(1, self._arguments.days * builds + 1):
            now = START + number * DAY / builds
            for _ in range(self._arguments.per_day // builds):
                self._publish_article(now)
            start = time.process_time()
            self._build(now)
            spent.append(time.process_time() - start)
            seconds = list(self._prune(now))
            pruned.append(sum(seconds))
            longest = max([longest, *seconds])
            if number % (30 * builds) == 0:
                self._print_month(number // (30 * builds), spent, pruned, longest)
                spent, pruned, longest = [], [], 0.0

    def _publish_article(self, now: datetime) -> None:
        """A new item of a source, of a new event or of one of the last three hundred."""
        randomly = self._random
        source = randomly.choice(self._sources)
        if self._events and randomly.random() < 0.3:
            event = max(0, self._events - int(randomly.expovariate(1 / 300)) - 1)
        else:
            event, self._events = self._events, self._events + 1
        self._articles += 1
        number = self._articles
        words = random.Random(event).sample(self._words, 6)
        title = [*randomly.sample(words, 4), *randomly.choices(self._words, k=4)]
        excerpt = " ".join(randomly.choices(self._words, k=30))
        key = f"https://p.example/{event}/{number}"
        lead = self._first_of.setdefault(event, key)
        length = 24 // self._arguments.builds
        self._items[source.name].append(
            Article(
                source=source.name, ref=CleanText(f"item {number}"), key=CleanText(key),
                url=CleanText(key), title=CleanText(" ".join(title)),
                published=now - timedelta(seconds=randomly.randrange(3600 * length)),
                publisher=Publisher(CleanText(f"p{self._sources.index(source) % 500}")),
                excerpt=CleanText(excerpt), lang=CleanText("en"), quality=randomly.randint(60, 120),
                topics=(CleanText(f"Topic {event % 5}"),),
                related=() if lead == key else (CleanText(lead),),
            )
        )  # fmt: skip

    def _listed(self, number: int, source: Source, now: datetime) -> tuple[Article, ...]:
        """What the source lists at the time, as the reader gives it."""
        items = self._items[source.name]
        kind = number % 20
        if kind == 0:
            return tuple(items)
        if kind == 1:
            return tuple(replace(item, dated=False, published=now) for item in items)
        if kind == 2 and (now - START).days % 60:
            return tuple(item for item in items if now - item.published <= DAY)
        return tuple(items if kind == 2 else items[-LATEST:])

    def _build(self, now: datetime) -> None:
        readings = [
            Reading(
                source,
                SourceState(source.name, source.location, checked=now, changed=now),
                self._listed(number, source, now),
            )
            for number, source in enumerate(self._sources)
        ]
        before = self._stored_ids()
        result = update_stories(readings, self._store, self._options, now, epochs=self._epochs)
        publish_feeds(result.plan.feed_set, self._store, self._options, self._output, now)
        self._seen.see(result, now)
        new = {r.id for r in result.changes.story_records if r.id not in before}
        self._reused |= new & self._minted
        self._minted |= new

    def _stored_ids(self) -> set[str]:
        with self._store.database.reading() as connection:
            return set(connection.execute(select(stories.c.id)).scalars())

    def _prune(self, now: datetime) -> Iterator[float]:
        """The seconds of each step."""
        steps = prune_steps(
            self._store, self._keep, self._sources, self._output.folder, now, BUILD_STORIES
        )
        while True:
            start = time.process_time()
            if next(steps, None) is None:
                return
            yield time.process_time() - start

    def _print_month(
        self, month: int, spent: list[float], pruned: list[float], longest: float
    ) -> None:
        sizes = sizes_of(self._store.database, None)
        free = 100 * (sizes.free_pages or 0) / (sizes.pages or 1)
        rows = sizes.rows
        print(
            f"{month:5}{sizes.file_bytes / 1e6:8.1f}{free:5.0f}%{rows['articles']:10,}"
            f"{rows['stories']:9,}{rows['removed_stories']:10,}{rows['removed_articles']:8,}"
            f"{sum(spent) / len(spent):8.2f}{sum(pruned) / len(pruned):7.2f}{longest * 1000:6.0f}",
            flush=True,
        )

    def report(self) -> int:
        """Print what subscribers saw. Returns the exit code."""
        seen = self._seen
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        several = sum(len(ids) > 1 for ids in seen.ids_by_event.values())
        print(
            f"{self._articles:,} articles of {self._events:,} events, {len(seen.last_seen):,} "
            f"entries published; peak {peak:.0f} MB\n"
            f"no faults: {len(seen.resumed)} entries that a new article brought back after more "
            f"than the window; {several} events with several ids"
        )
        faults = {
            "articles taken in again": len(seen.taken_in_again),
            "entries that returned without a new article": len(seen.returned),
            "entries dated anew": len(seen.dated_anew),
            "ids minted twice": len(self._reused),
        }
        by_merging = {
            "articles in entries of two ids": len(seen.of_two_ids),
            "ids of two events": sum(len(events) > 1 for events in seen.events_by_id.values()),
        }
        print("faults: " + "; ".join(f"{n} {name}" for name, n in (faults | by_merging).items()))
        if self._arguments.text:  # texts of two events can be alike by chance
            return int(any(faults.values()))
        return int(any((faults | by_merging).values()))


def event_of(article: Article) -> int:
    """The event that an article tells."""
    return int(article.key.split("/")[3])


if __name__ == "__main__":
    main()
