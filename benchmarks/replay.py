"""The history of a source, replayed commit by commit: which ids and dates of update change?

    python benchmarks/replay.py FILE.jsonl.gz...

Each line is one save of one story file: ``time``, ``path``, ``text``; lines of one time are one
commit. After each commit the plan is made as the daemon would make it, with what it remembers.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from aggregator.merge import Epochs
from aggregator.model import Article, CleanText, Entry, Site, StoryRecord, Verdict
from aggregator.pipeline import EVERYTHING, Plan, PlanOptions, lexicon, plan
from aggregator.rank import RankingOptions
from aggregator.read.replay import replayed
from aggregator.store import StoredWindow

OPTIONS = PlanOptions(
    Site(CleanText("Replay"), "https://news.example.org/"),
    ranking=RankingOptions(window=None, max_entries=None),
)


def main() -> None:
    """Replay each file and print its figures."""
    for name in sys.argv[1:]:
        replay = Replay()
        for time, articles in replayed(Path(name)):
            replay.commit(time, articles)
        replay.report(Path(name).name)


class Replay:
    """The stored articles and records, and what a subscriber saw."""

    def __init__(self) -> None:
        self.articles: dict[tuple[str, str, str], Article] = {}
        self.records: dict[str, StoryRecord] = {}
        self.epochs = Epochs(lexicon)
        self.shown: dict[str, tuple[datetime, object]] = {}
        self.led: defaultdict[str, set[str]] = defaultdict(set)
        self.commits = self.silent = self.moved = self.changed = self.largest = 0

    def commit(self, time: datetime, read: list[Article]) -> None:
        """Plan one commit and compare what a subscriber sees."""
        remembered = StoredWindow(tuple(self.articles.values()), tuple(self.records.values()))
        new_plan = plan(read, remembered, OPTIONS, time, self.epochs)
        self.articles.update({article.row_key: article for article in new_plan.changes.articles})
        self.records.update({memory.id: memory for memory in new_plan.changes.story_records})
        self.commits += 1
        self.look(new_plan)

    def look(self, new_plan: Plan) -> None:
        """Compare every entry with its previous version."""
        (feed,) = (feed for feed in new_plan.feeds if feed.slug == EVERYTHING)
        for ranked in new_plan.ranked[EVERYTHING]:
            self.largest = max(self.largest, len(ranked.story.articles))
            lead = ranked.story.lead
            if lead.verdict is not Verdict.RELATED_ONLY:
                self.led[lead.ref].add(ranked.story.id)
        for entry in feed.entries:
            shown = visible_content(entry)
            updated, shown_before = self.shown.get(entry.id, (None, None))
            if updated is not None:
                self.changed += shown_before != shown
                self.moved += updated != entry.updated
                self.silent += updated != entry.updated and shown_before == shown
            self.shown[entry.id] = (entry.updated, shown)

    def report(self, name: str) -> None:
        """Print the figures."""
        ended = {m.id: m.merged_into for m in self.records.values() if m.merged_into}
        twice = [
            ref for ref, ids in self.led.items() if len({surviving_id(i, ended) for i in ids}) > 1
        ]
        print(
            f"{name}: {self.commits} commits, {len(self.records)} ids ever, {len(ended)} joined,"
            f" largest story {self.largest}"
        )
        print(
            f"  updated moved {self.moved} times, of them without a visible change {self.silent};"
            f" visible changes {self.changed}"
        )
        print(f"  files that led two entries which were never joined: {len(twice)} {twice[:4]}")


def visible_content(entry: Entry) -> object:
    """What a subscriber sees of an entry, whatever its order."""
    coverage = frozenset(
        (link.url, link.title, link.publisher, link.copies) for link in entry.related
    )
    return (entry.url, entry.title, entry.summary, entry.author, coverage, entry.copies)


def surviving_id(ident: str, ended: Mapping[str, str | None]) -> str:
    """The id of the story that continues this one."""
    while following := ended.get(ident):
        ident = following
    return ident


if __name__ == "__main__":
    main()
