"""What the feeds of a simulated year have shown, and what is wrong with it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from year_articles import event_of

from aggregator.model import RowKey
from aggregator.pipeline import Changes, FeedSet


@dataclass
class Publication:
    """The events of each id, the ids of each event and article, when an id was last in a feed, and
    the published date that it had. The sets of ids and articles are what a run reports."""

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

    def see(self, feed_set: FeedSet, changes: Changes, now: datetime) -> None:
        """Take in the articles that were saved, and the entries of all feeds."""
        rows = {article.row_key for article in changes.articles}
        self.taken_in_again |= rows & self.taken_in
        self.taken_in |= rows
        entries = {entry.id: entry for feed in feed_set.feeds for entry in feed.entries}
        for entry in entries.values():
            story = feed_set.stories[entry.id]
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

    def faults(self) -> dict[str, int]:
        """How often each fault of retention occurred."""
        return {
            "articles taken in again": len(self.taken_in_again),
            "entries that returned without a new article": len(self.returned),
            "entries dated anew": len(self.dated_anew),
        }

    def faults_of_merging(self) -> dict[str, int]:
        """The same for faults that merging can make."""
        return {
            "articles in entries of two ids": len(self.of_two_ids),
            "ids of two events": sum(len(events) > 1 for events in self.events_by_id.values()),
        }

    def notes(self) -> str:
        """The counts that are no faults."""
        several = sum(len(ids) > 1 for ids in self.ids_by_event.values())
        return (
            f"{len(self.resumed)} entries that a new article brought back after more than the "
            f"window; {several} events with several ids"
        )
