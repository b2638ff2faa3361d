"""A simulated year on one store: how large it gets, and whether anything comes back.

    python benchmarks/year.py [--sources 100] [--per-day 1000] [--days 365] [--updates 2]
                              [--keep 90] [--window 14] [--text] [--planned] [--store URL]
                              [--reader PYTHON] [--newsboat] [--minutes 0]

Each update takes in what the sources list at that time, publishes and prunes, as the daemon does,
with the clock moved; once a month the daemon restarts. With ``--planned`` the whole window is
planned each time, as ``aggregator build`` does. Readings are made here (``year_articles.py``), not
fetched. With ``--text`` the articles of an event also share words, and texts are compared.

Once a day the feed readers that are asked for poll two of the feeds (``feed_readers.py``):
``--reader`` is a Python that has ``reader`` installed. ``--minutes`` ends a run early, with a
report of the days until then.

Prints a line per month, and fails where

- an article is taken in a second time (the made articles are never edited),
- an entry that was in no feed for longer than the window returns without an article that is new,
- the published date of an entry changes, or an article is in entries of two ids,
- an id belongs to two events, or is minted twice,
- in a feed reader an entry becomes unread again, or a link or a title is that of two entries,
- the store grows by more than a tenth after it has removed something for a month,
- a source is set aside, or an update has an error.

Two counts are no faults, and are printed only: entries that a new article brought back, and events
with several ids. An event gets another id from an article that comes after its story was removed,
or that declares a relation to an article that leads no story (relations are not transitive). With
``--keep 0``, which removes nothing, there are such events as well.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from feed_readers import Subscription, subscribed
from sqlalchemy import select
from year_articles import DAY, START, TOPICS, MadeArticles
from year_publication import Publication

from aggregator.merge import MergeOptions
from aggregator.model import CleanText, Reading, Site, Topic
from aggregator.pipeline import (
    Changes,
    FeedSet,
    Output,
    PlanOptions,
    begin_retention,
    prune_steps,
    publish_feeds,
    stored_epochs,
    update_stories,
)
from aggregator.pipeline.live_stories import LiveStories
from aggregator.pipeline.retention import BUILD_STORIES, STORIES
from aggregator.publish import RenderCache
from aggregator.rank import RankingOptions
from aggregator.store import Removed, Store, open_store
from aggregator.store.schema import stories
from aggregator.store.sizes import sizes_of

MONTH = 30
SUBSCRIBED = ("all.atom", "t0.rss")
GROWTH = 1.1  # of a store that removes as much as it takes in
HEADER = (
    "month      MB  free  articles  stories  ids kept  memory  update  prune  step  shown  faults"
    "  (seconds of CPU per update and pruning, longest step in ms; entries shown so far)"
)


def main() -> None:
    """Simulate, print, and exit with 1 where a check fails."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sources", type=int, default=100)
    parser.add_argument("--per-day", type=int, default=1_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--updates", type=int, default=2, help="per day")
    parser.add_argument("--keep", type=int, default=90, help="days; 0: remove nothing")
    parser.add_argument("--window", type=int, default=14, help="days")
    parser.add_argument("--text", action="store_true", help="merge by what articles say, too")
    parser.add_argument("--planned", action="store_true", help="plan the whole window each time")
    parser.add_argument("--store", default="", help="a URL; else an SQLite file for the while")
    parser.add_argument("--reader", default="", help="a Python that has `reader`, which subscribes")
    parser.add_argument("--newsboat", action="store_true", help="newsboat subscribes")
    parser.add_argument("--minutes", type=float, default=0, help="end after these; 0: never")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, feeds = Path(name), Path(name) / "feeds"
        url = arguments.store or f"sqlite:///{folder}/store.db"
        readers = subscribed(
            feeds, folder, SUBSCRIBED, arguments.reader, newsboat=arguments.newsboat
        )
        with closing(open_store(url)) as store, readers as subscriptions:
            year = Year(arguments, store, feeds, subscriptions)
            year.run()
            sys.exit(year.report())


class Updates:
    """The updates of a daemon, which keeps the window in memory, or (`planned`) of builds."""

    def __init__(self, store: Store, options: PlanOptions, *, planned: bool) -> None:
        self._store = store
        self._options = options
        self._planned = planned
        self.errors: list[str] = []
        self.restart()

    def restart(self) -> None:
        """Begin without anything in memory."""
        self._stories = LiveStories(self._store, self._options)
        self._epochs = stored_epochs(self._store)

    def __call__(self, readings: Collection[Reading], now: datetime) -> tuple[FeedSet, Changes]:
        """Update the stories; returns the feeds and what was saved."""
        if self._planned:
            planned = update_stories(readings, self._store, self._options, now, epochs=self._epochs)
            self.errors += [*planned.set_aside, *planned.excluded, *planned.errors]
            return planned.plan.feed_set, planned.changes
        updated = self._stories.update(readings, now, {})
        self.errors += [*updated.set_aside, *updated.excluded, *updated.errors]
        return updated.feed_set, updated.changes

    def forget_removed(self, removed: Removed) -> None:
        """Leave out what was pruned."""
        self._stories.forget_removed(removed)


@dataclass
class Costs:
    """Seconds of CPU time of updates, of their pruning, and of each step of pruning."""

    updates: list[float] = field(default_factory=list)
    prunings: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=lambda: [0.0])


class Year:
    """One simulation."""

    def __init__(
        self,
        arguments: argparse.Namespace,
        store: Store,
        output: Path,
        subscriptions: Sequence[Subscription],
    ) -> None:
        self._arguments = arguments
        self._store = store
        self._keep = timedelta(days=arguments.keep) if arguments.keep else None
        window = timedelta(days=arguments.window)
        self._options = PlanOptions(
            Site(CleanText("Year"), "https://news.example.org/"),
            tuple(Topic(f"t{n}", f"Topic {n}") for n in range(TOPICS)),
            RankingOptions(window=window),
            merging=MergeOptions(text=arguments.text),
            keep=self._keep,
        )
        self._output = Output(output, ("rss", "atom"), cache=RenderCache())
        self._articles = MadeArticles(arguments.sources)
        self._update = Updates(store, self._options, planned=arguments.planned)
        self._subscriptions = subscriptions
        self._seen = Publication(window)
        self._minted: set[str] = set()
        self._reused: set[str] = set()
        self._sizes: list[float] = []  # MB, at the end of each month

    def run(self) -> None:
        """All updates, and a line per month."""
        begin_retention(self._store, self._keep)
        print(HEADER, flush=True)
        updates = self._arguments.updates
        costs = Costs()
        end = time.monotonic() + 60 * self._arguments.minutes
        for number in range(1, self._arguments.days * updates + 1):
            now = START + number * DAY / updates
            for _ in range(self._arguments.per_day // updates):
                self._articles.publish(now, 24 // updates)
            start = time.process_time()
            self._publish(now)
            costs.updates.append(time.process_time() - start)
            self._prune(now, costs)
            for subscription in self._subscriptions if number % updates == 0 else ():
                subscription.poll()
            if number % (MONTH * updates) == 0:
                self._print_month(number // (MONTH * updates), costs)
                self._update.restart()
                costs = Costs()
            if self._arguments.minutes and time.monotonic() > end:
                print(f"ended after {number / updates:g} days")
                return

    def _publish(self, now: datetime) -> None:
        before = self._stored_ids()
        feed_set, changes = self._update(self._articles.readings(now), now)
        publish_feeds(feed_set, self._store, self._options, self._output, now)
        self._seen.see(feed_set, changes, now)
        new = {record.id for record in changes.story_records} - before
        self._reused |= new & self._minted
        self._minted |= new

    def _stored_ids(self) -> set[str]:
        with self._store.database.reading() as connection:
            return set(connection.execute(select(stories.c.id)).scalars())

    def _prune(self, now: datetime, costs: Costs) -> None:
        """A round of pruning, in the steps of the daemon or of a build."""
        number = BUILD_STORIES if self._arguments.planned else STORIES
        steps = prune_steps(
            self._store, self._keep, self._articles.sources, self._output.folder, now, number
        )
        begin = start = time.process_time()
        for removed in steps:
            costs.steps.append(time.process_time() - start)
            self._update.forget_removed(removed)
            start = time.process_time()
        costs.prunings.append(time.process_time() - begin)

    def _print_month(self, month: int, costs: Costs) -> None:
        sizes = sizes_of(self._store.database, None)
        free = 100 * (sizes.free_pages or 0) / (sizes.pages or 1)
        rows = sizes.rows
        self._sizes.append(sizes.file_bytes / 1e6)
        update = sum(costs.updates) / len(costs.updates)
        pruning = sum(costs.prunings) / len(costs.prunings)
        faults = sum(number for part in self._faults() for number in part.values())
        print(
            f"{month:5}{self._sizes[-1]:8.1f}{free:5.0f}%{rows['articles']:10,}"
            f"{rows['stories']:9,}{rows['removed_stories']:10,}{rows['removed_articles']:8,}"
            f"{update:8.2f}{pruning:7.2f}{max(costs.steps) * 1000:6.0f}"
            f"{len(self._seen.last_seen):7,}{faults:8}",
            flush=True,
        )

    def _has_grown(self) -> bool:
        """Whether the store has grown since the first month that began after `keep`."""
        later = self._sizes[(self._arguments.keep + MONTH - 1) // MONTH :] if self._keep else []
        return len(later) > 1 and max(later) > GROWTH * later[0]

    def _faults(self) -> tuple[dict[str, int], dict[str, int]]:
        """How often each fault occurred, and the same for those that texts can cause, since two
        events can be alike by chance."""
        faults = self._seen.faults() | {
            "ids minted twice": len(self._reused),
            "growth of the store": int(self._has_grown()),
            "sources set aside and errors": len(self._update.errors),
        }
        by_merging = self._seen.faults_of_merging()
        for subscription in self._subscriptions:
            by_merging |= subscription.faults()
        return faults, by_merging

    def report(self) -> int:
        """Print what subscribers saw. Returns the exit code."""
        seen = self._seen
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{self._articles.article_count:,} articles of {self._articles.event_count:,} events, "
            f"{len(seen.last_seen):,} entries published; peak {peak:.0f} MB"
        )
        for subscription in self._subscriptions:
            print(f"{subscription.reader.name} was shown {len(subscription.seen):,} entries")
        print(f"no faults: {seen.notes()}")
        faults, by_merging = self._faults()
        print("faults: " + "; ".join(f"{n} {name}" for name, n in (faults | by_merging).items()))
        checked = faults if self._arguments.text else faults | by_merging
        return int(any(checked.values()))


if __name__ == "__main__":
    main()
