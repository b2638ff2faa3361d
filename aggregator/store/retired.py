"""Which stored articles and stories are retired: what retention removes, and what no plan uses.

What is stored falls into parts. Rows belong to one part if they share an address (a key or an
alias: they are one article), or if their articles are members of one story. A part is retired as a
whole, once all of its stories were last updated before the cutoff and each document that has one of
its rows has only articles of before. So an article that a story shows stays for as long as the
story, wherever it is stored.

A window begins after the cutoff, so it loads a retired part only for a document that a source still
lists. An update leaves such articles out (``pipeline.retention``): it never depends on whether
what is retired was removed already.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from aggregator.model import Article, RowKey
from aggregator.store import rows
from aggregator.store.hashes import hash_of
from aggregator.store.retention_schema import aliases
from aggregator.store.schema import articles, members, stories, texts

_MAX_ROUNDS = 30  # of following addresses; parts that are not complete by then stay
_BATCH = 200  # values or pairs per IN (...), less than every database's limit of parameters


@dataclass(frozen=True, slots=True)
class StoredRow:
    """What pruning needs of a row of ``articles``; `text_id` is that of its text."""

    row_key: RowKey
    key: str
    dated: bool
    text_id: int | None


@dataclass(frozen=True, slots=True)
class StoredStory:
    """What pruning needs of a row of ``stories``; times are seconds since 1970."""

    id: str
    origin_key: str
    published: int
    updated: int
    merged_into: str | None


@dataclass(frozen=True, slots=True)
class Retired:
    """Stored rows and stories that are retired; with a story go those that ended in it."""

    rows: tuple[StoredRow, ...] = ()
    stories: tuple[StoredStory, ...] = ()


@dataclass(slots=True)
class _Part:
    addresses: set[str] = field(default_factory=set)
    rows: list[StoredRow] = field(default_factory=list)
    stories: list[StoredStory] = field(default_factory=list)

    @property
    def current(self) -> list[StoredStory]:
        """The stories that have not ended in others."""
        return [story for story in self.stories if story.merged_into is None]


def retired_among(
    connection: Connection,
    cutoff: datetime,
    *,
    ids: Iterable[str] = (),
    keys: Iterable[str] = (),
    unless: Iterable[Article] = (),
) -> Retired:
    """What is retired of the parts that have one of these stories (ids) or articles (keys). A part
    that has one of the articles `unless`, which need not be stored, is not retired."""
    before = rows.seconds(cutoff)
    held = {address for article in unless for address in (article.key, *article.aliases)}
    old = [
        part
        for part in _parts(connection, ids, keys)
        if held.isdisjoint(part.addresses) and all(s.updated < before for s in part.current)
    ]
    newest = _newest(connection, (row.key for part in old for row in part.rows))
    retired = [
        part
        for part in old
        if all(newest.get(row.row_key[:2], before) < before for row in part.rows)
    ]
    current = [story for part in retired for story in part.current]
    ended = [s for part in retired for s in part.stories if s.merged_into and s.updated < before]
    targets = {story.merged_into or "" for story in ended} - {story.id for story in current}
    stored = {story.id for story in _stories(connection, _STORIES_BY_ID, targets)}
    ended = [story for story in ended if story.merged_into not in stored]
    return Retired(tuple(row for part in retired for row in part.rows), (*current, *ended))


def _parts(connection: Connection, ids: Iterable[str], keys: Iterable[str]) -> list[_Part]:
    """The parts that have one of these stories or articles."""
    loader = _Loader(connection)
    loader.add_stories(_stories(connection, _STORIES_BY_ID, ids))
    for key in keys:
        loader.reach([key])
    return loader.parts()


class _Loader:
    """Follows addresses until nothing new comes up, and unites those of one part."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: dict[RowKey, StoredRow] = {}
        self._stories: dict[str, StoredStory] = {}
        self._parent: dict[str, str] = {}  # a union-find forest of addresses
        self._pending: set[str] = set()

    def reach(self, addresses: Iterable[str]) -> None:
        """Load what is at these addresses in the next round, and take them for one article."""
        first = None
        for address in addresses:
            if address not in self._parent:
                self._parent[address] = address
                self._pending.add(address)
            if first is not None:
                self._parent[self._root(address)] = self._root(first)
            first = address

    def parts(self) -> list[_Part]:
        """The complete parts; none where that takes too many rounds."""
        for _ in range(_MAX_ROUNDS):
            if not self._pending:
                return self._divided()
            pending, self._pending = self._pending, set()
            self._load_rows(pending)
            self._load_stories(pending)
        return []

    def _root(self, address: str) -> str:
        while (above := self._parent[address]) != address:
            self._parent[address] = address = self._parent[above]
        return address

    def _load_rows(self, addresses: set[str]) -> None:
        for query, values in (
            (_ROWS_BY_KEY, addresses),
            (_ROWS_BY_ALIAS, set(map(hash_of, addresses))),
        ):
            for *row_key, key, dated, text_id, aliases_text in _selected(
                self._connection, query, values
            ):
                row = StoredRow(tuple(row_key), key, bool(dated), text_id)
                self._rows[row.row_key] = row
                self.reach([key, *(aliases_text.split("\n") if aliases_text else ())])

    def _load_stories(self, addresses: set[str]) -> None:
        connection = self._connection
        ids = {row[0] for row in _selected(connection, _STORY_OF_KEY, addresses)}
        stories = _stories(connection, _STORIES_BY_ID, ids - self._stories.keys())
        self.add_stories(stories + _stories(connection, _STORIES_BY_ORIGIN, addresses))

    def add_stories(self, stories: Iterable[StoredStory]) -> None:
        """Add stories with their members; those that were added before are skipped."""
        new = {story.id: story for story in stories if story.id not in self._stories}
        self._stories |= new
        keys = {story.id: [story.origin_key] for story in new.values()}
        for story_id, key in _selected(self._connection, _MEMBERS, new):
            keys[story_id].append(key)
        for of_story in keys.values():
            self.reach(of_story)

    def _divided(self) -> list[_Part]:
        parts: dict[str, _Part] = {}
        for address in self._parent:
            parts.setdefault(self._root(address), _Part()).addresses.add(address)
        for row in self._rows.values():
            parts[self._root(row.key)].rows.append(row)
        for story in self._stories.values():
            parts[self._root(story.origin_key)].stories.append(story)
        return list(parts.values())


_COLUMNS = (
    articles.c.source, articles.c.ref, articles.c.slot, articles.c.key, articles.c.dated,
    texts.c.id, articles.c.aliases,
)  # fmt: skip
_IS_TEXT = (
    (texts.c.source == articles.c.source)
    & (texts.c.ref == articles.c.ref)
    & (texts.c.slot == articles.c.slot)
)
_STORY_COLUMNS = (
    stories.c.id, stories.c.founder, stories.c.published, stories.c.updated, stories.c.ended_into,
)  # fmt: skip
_own, _every = articles.alias("own"), articles.alias("every")


def _with_values(query: Select[Any], column: Any) -> Select[Any]:
    """The query, where the column has one of the `values`."""
    return query.where(column.in_(bindparam("values", expanding=True)))


# Written once, since composing a statement takes as long as running it.
_STORIES_BY_ID = _with_values(select(*_STORY_COLUMNS), stories.c.id)
_STORIES_BY_ORIGIN = _with_values(select(*_STORY_COLUMNS), stories.c.founder)
_STORY_OF_KEY = _with_values(select(members.c.story), members.c.key)
_MEMBERS = _with_values(select(members.c.story, members.c.key), members.c.story)
_ROWS_BY_KEY = _with_values(
    select(*_COLUMNS).outerjoin_from(articles, texts, _IS_TEXT), articles.c.key
)
_ROWS_BY_ALIAS = _with_values(
    select(*_COLUMNS)
    .select_from(aliases)
    .join(texts, texts.c.id == aliases.c.text_id)
    .join(articles, _IS_TEXT),
    aliases.c.address,
)
_DATES = _with_values(
    select(_own.c.source, _own.c.ref, _every.c.published).join_from(
        _own, _every, (_every.c.source == _own.c.source) & (_every.c.ref == _own.c.ref)
    ),
    _own.c.key,
)
"""The dates of all articles in the documents that have one of the keys. A condition on pairs of
source and ref would make SQLite read the whole table."""


def _selected(connection: Connection, query: Select[Any], values: Iterable[Any]) -> list[Any]:
    """The rows of a query that has `values`."""
    ordered = sorted(set(values))
    return [
        row
        for start in range(0, len(ordered), _BATCH)
        for row in connection.execute(query, {"values": ordered[start : start + _BATCH]})
    ]


def _stories(
    connection: Connection, query: Select[Any], values: Iterable[str]
) -> list[StoredStory]:
    return [StoredStory(*row) for row in _selected(connection, query, values)]


def _newest(connection: Connection, keys: Iterable[str]) -> dict[tuple[str, str], int]:
    """The time of the newest article of each document (source, ref) with one of the keys."""
    newest: dict[tuple[str, str], int] = {}
    for source, ref, published in _selected(connection, _DATES, keys):
        document = (source, ref)
        newest[document] = max(published, newest.get(document, published))
    return newest
