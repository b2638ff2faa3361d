"""The stored articles and stories in memory, indexed so that an article leads to what it touches.

A part of the window is *closed* when nothing outside of it can change a story in it by what is
declared: it holds every row at an address of one of its articles (canonical URLs and aliases), what
these declare to be related and what declares them, every story record that names one of them, and
the records that ended in these. Stories that only their texts bring together are added by the
caller (``aggregator.pipeline.advance``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from aggregator.model import Article, RowKey, Story, StoryRecord
from aggregator.pipeline.refs import Fingerprint, fingerprint
from aggregator.pipeline.story_step import StoryStep
from aggregator.store import StoredWindow

Key = TypeVar("Key")
Value = TypeVar("Value")


class Index(Generic[Key, Value]):
    """Several values for each key. Most keys have one or two, so tuples serve: an empty set alone
    takes 216 bytes."""

    def __init__(self) -> None:
        self._values: dict[Key, tuple[Value, ...]] = {}

    def __getitem__(self, key: Key) -> tuple[Value, ...]:
        return self._values.get(key, ())

    def add(self, keys: Iterable[Key], value: Value) -> None:
        """Put the value at each of the keys, once."""
        for key in keys:
            values = self._values.get(key, ())
            if value not in values:
                self._values[key] = (*values, value)

    def remove(self, keys: Iterable[Key], value: Value) -> None:
        """Take the value away from each of the keys."""
        for key in keys:
            left = tuple(present for present in self[key] if present != value)
            if left:
                self._values[key] = left
            else:
                self._values.pop(key, None)


@dataclass(frozen=True, slots=True)
class Part:
    """A closed part of a window: stored rows and records, and the stories that are shown of it."""

    rows: tuple[Article, ...] = ()
    records: tuple[StoryRecord, ...] = ()
    stories: tuple[Story, ...] = ()


@dataclass(slots=True)
class Window:
    """Rows by their primary key, records and stories by their id, and the ways between them.

    It changes by ``apply``, after what led to the change has been saved, and by ``add``.
    """

    rows: dict[RowKey, Article] = field(default_factory=dict)
    records: dict[str, StoryRecord] = field(default_factory=dict)
    stories: dict[str, Story] = field(default_factory=dict)
    _rows_at: Index[str, RowKey] = field(default_factory=Index)
    _rows_declaring: Index[str, RowKey] = field(default_factory=Index)
    _rows_by_fingerprint: Index[Fingerprint, RowKey] = field(default_factory=Index)
    _records_naming: Index[str, str] = field(default_factory=Index)
    _ended_in: Index[str, str] = field(default_factory=Index)

    @classmethod
    def of(cls, stored: StoredWindow) -> Window:
        """The window of what is stored, without stories yet."""
        window = cls()
        window.add(stored)
        return window

    def add(self, stored: StoredWindow) -> None:
        """Take in what is stored and not in the window yet; its stories are not shown so far."""
        for article in stored.articles:
            if article.row_key not in self.rows:
                self._put_row(article)
        for record in stored.stories:
            if record.id not in self.records:
                self._put_record(record)

    def closed(
        self, read: Iterable[Article] = (), keys: Iterable[str] = (), part: Part | None = None
    ) -> Part:
        """The closed part that holds what is stored of the articles `read`, the articles at `keys`
        and the closed `part`."""
        return _Closure(self, part).holding(read, keys)

    def ended_in(self, story_id: str) -> list[StoryRecord]:
        """The records of the stories that ended in this one, directly or one after the other."""
        ended: dict[str, StoryRecord] = {}
        pending = [story_id] if self._ended_in[story_id] else []  # most stories have none
        while pending:
            for record_id in self._ended_in[pending.pop()]:
                if record_id not in ended and record_id != story_id:
                    ended[record_id] = self.records[record_id]
                    pending.append(record_id)
        return list(ended.values())

    def apply(self, step: StoryStep, part: Part) -> None:
        """Take over what came of a closed part."""
        for article in step.changed:
            self._put_row(article)
        for record in step.records:
            self._put_record(record)
        for story in part.stories:
            del self.stories[story.id]
        self.stories.update({story.id: story for story in step.stories})

    def holds_whole(self, row_keys: Iterable[RowKey], record_ids: Collection[str]) -> bool:
        """Whether no story but those of `record_ids` names one of the rows, as far as both are in
        the window."""
        return all(
            story_id in record_ids
            for key in row_keys
            if key in self.rows
            for story_id in self._records_naming[self.rows[key].key]
        )

    def drop(self, row_keys: Iterable[RowKey], record_ids: Iterable[str]) -> list[Story]:
        """Leave out rows and records. Returns the stories that are no longer shown."""
        for key in row_keys:
            self._take_row_out(key)
        for record_id in record_ids:
            self._take_record_out(record_id)
        shown = (self.stories.pop(record_id, None) for record_id in record_ids)
        return [story for story in shown if story is not None]

    def _put_row(self, article: Article) -> None:
        key = article.row_key
        self._take_row_out(key)
        self.rows[key] = article
        self._rows_at.add((article.key, *article.aliases), key)
        self._rows_declaring.add(article.related, key)
        self._rows_by_fingerprint.add(_fingerprints(article), key)

    def _take_row_out(self, key: RowKey) -> None:
        if (old := self.rows.pop(key, None)) is not None:
            self._rows_at.remove((old.key, *old.aliases), key)
            self._rows_declaring.remove(old.related, key)
            self._rows_by_fingerprint.remove(_fingerprints(old), key)

    def _take_record_out(self, record_id: str) -> None:
        if (old := self.records.pop(record_id, None)) is not None:
            self._records_naming.remove(_named_by(old), record_id)
            self._ended_in.remove(_targets(old), record_id)

    def _put_record(self, record: StoryRecord) -> None:
        if self.records.get(record.id) == record:
            return
        self._take_record_out(record.id)
        self.records[record.id] = record
        self._records_naming.add(_named_by(record), record.id)
        self._ended_in.add(_targets(record), record.id)


class _Closure:
    """Follows addresses and ids until nothing new comes up."""

    def __init__(self, window: Window, part: Part | None) -> None:
        self.window = window
        self.rows = {article.row_key for article in part.rows} if part else set[RowKey]()
        self.records = {record.id for record in part.records} if part else set[str]()
        self._addresses: set[str] = set()
        self._pending: list[str] = []

    def holding(self, read: Iterable[Article], keys: Iterable[str]) -> Part:
        """See ``Window.closed``."""
        for article in read:
            self._reach(_addresses_of(article))
            self._take_row(article.row_key)
            for value in _fingerprints(article):
                for row_key in self.window._rows_by_fingerprint[value]:
                    self._take_row(row_key)
        self._reach(keys)
        while self._pending:
            address = self._pending.pop()
            for row_key in self.window._rows_at[address]:
                self._take_row(row_key)
            for row_key in self.window._rows_declaring[address]:
                self._take_row(row_key)
            for record_id in self.window._records_naming[address]:
                self._take_record(record_id)
        window, ids = self.window, sorted(self.records)
        return Part(
            tuple(window.rows[key] for key in sorted(self.rows)),
            tuple(window.records[story_id] for story_id in ids),
            tuple(window.stories[story_id] for story_id in ids if story_id in window.stories),
        )

    def _reach(self, addresses: Iterable[str]) -> None:
        for address in addresses:
            if address not in self._addresses:
                self._addresses.add(address)
                self._pending.append(address)

    def _take_row(self, key: RowKey) -> None:
        article = self.window.rows.get(key)
        if article is not None and key not in self.rows:
            self.rows.add(key)
            self._reach(_addresses_of(article))

    def _take_record(self, start: str) -> None:
        pending = [start]
        while pending:
            record_id = pending.pop()
            record = self.window.records.get(record_id)
            if record is None or record_id in self.records:
                continue
            self.records.add(record_id)
            self._reach(_named_by(record))
            pending += (*_targets(record), *self.window._ended_in[record_id])


def _addresses_of(article: Article) -> Iterator[str]:
    yield article.key
    yield from article.aliases
    yield from article.related


def _fingerprints(article: Article) -> tuple[Fingerprint, ...]:
    value = fingerprint(article)
    return () if value is None else (value,)


def _named_by(record: StoryRecord) -> set[str]:
    return {record.lead, record.origin_key, *record.members, *record.anchors} - {""}


def _targets(record: StoryRecord) -> tuple[str, ...]:
    return (record.merged_into,) if record.merged_into else ()
