"""The outbox: what is to be sent to somebody once, and what became of it.

A row is inserted once per kind and key, and stays when it was sent: that is how a restart knows
what it must not send again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from aggregator.store import rows
from aggregator.store.database import Database, storable_rows
from aggregator.store.schema import outbox, shown_stories, story_topics

_BATCH = 500  # values in one IN (...): below every database's limit on parameters


class OutboxState(StrEnum):
    """What became of an item."""

    WAITING = "waiting"  # to be sent when it is due
    SENT = "sent"
    DEAD = "dead"  # given up: somebody has to look at it
    KNOWN = "known"  # never to be sent, since it was so before anybody asked for it


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """What is sent once: `kind` is ``email`` or ``webhook``, `key` is unique among its kind,
    `target` is the address that it goes to, `payload` the whole text (empty once it was sent).
    `tries` have failed, the last of them with `error`; the next one is `due`."""

    kind: str
    key: str
    target: str
    payload: str
    created: datetime
    due: datetime
    state: OutboxState = OutboxState.WAITING
    tries: int = 0
    error: str = ""


class Outbox:
    """The outbox of a store. All methods raise StoreError where the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, items: Iterable[OutboxItem]) -> int:
        """Insert the items whose kind and key the outbox never had. Returns their number."""
        new = {(item.kind, item.key): item for item in items}
        if not new:
            return 0
        with self._database.writing() as connection:
            kinds = sorted({kind for kind, _ in new})
            keys = sorted(key for _, key in new)
            for start in range(0, len(keys), _BATCH):
                query = select(outbox.c.kind, outbox.c.key).where(
                    outbox.c.kind.in_(kinds), outbox.c.key.in_(keys[start : start + _BATCH])
                )
                for row in connection.execute(query):
                    new.pop((row[0], row[1]), None)
            values = list(storable_rows(outbox, map(_row, new.values())))
            if values:
                connection.execute(insert(outbox), values)
        return len(new)

    def has(self, kind: str, key: str) -> bool:
        """Whether the outbox ever had this item."""
        query = select(outbox.c.key).where(outbox.c.kind == kind, outbox.c.key == key)
        with self._database.reading() as connection:
            return connection.execute(query).first() is not None

    def due(self, now: datetime, limit: int) -> list[OutboxItem]:
        """At most `limit` items that are to be sent now, the one that waits longest first."""
        query = select(outbox).where(
            outbox.c.state == OutboxState.WAITING, outbox.c.due <= rows.seconds(now)
        )
        with self._database.reading() as connection:
            result = connection.execute(query.order_by(outbox.c.due, outbox.c.key).limit(limit))
            return [_item(row) for row in result]

    def save(self, item: OutboxItem) -> None:
        """Replace the row of an item."""
        (values,) = storable_rows(outbox, [_row(item)])
        with self._database.writing() as connection:
            connection.execute(
                update(outbox)
                .where(outbox.c.kind == item.kind, outbox.c.key == item.key)
                .values(**values)
            )

    def revive(self, now: datetime) -> int:
        """Let the dead items be sent again, as if they were new. Returns their number."""
        changed = {"state": OutboxState.WAITING, "tries": 0, "due": rows.seconds(now)}
        changed["created"] = rows.seconds(now)
        with self._database.writing() as connection:
            query = update(outbox).where(outbox.c.state == OutboxState.DEAD).values(**changed)
            return connection.execute(query).rowcount

    def discard(self) -> int:
        """Give the dead items up for good: they count as known. Returns their number."""
        changed = {"state": OutboxState.KNOWN, "payload": ""}
        with self._database.writing() as connection:
            query = update(outbox).where(outbox.c.state == OutboxState.DEAD).values(**changed)
            return connection.execute(query).rowcount

    def counts(self) -> dict[OutboxState, int]:
        """The number of items in each state that has some."""
        query = select(outbox.c.state, func.count()).group_by(outbox.c.state)
        with self._database.reading() as connection:
            return {OutboxState(state): number for state, number in connection.execute(query)}

    def failing(self, limit: int) -> list[OutboxItem]:
        """At most `limit` items that are dead, then those of which a try has failed, newest
        first."""
        failed = (outbox.c.state == OutboxState.DEAD) | (
            (outbox.c.state == OutboxState.WAITING) & (outbox.c.tries > 0)
        )
        query = select(outbox).where(failed)
        order = (outbox.c.state, outbox.c.created.desc(), outbox.c.key)  # "dead" < "waiting"
        with self._database.reading() as connection:
            return [_item(row) for row in connection.execute(query.order_by(*order).limit(limit))]

    def unsent_stories(
        self,
        kind: str,
        prefix: str,
        coverage: int,
        topics: Collection[str],
        limit: int,
        since: datetime | None = None,
    ) -> list[str]:
        """The ids of at most `limit` shown stories with that much `coverage` (articles beside the
        lead), in one of the topics (slugs; empty: any), whose key ``<prefix><id>`` the outbox does
        not have, and with an article since then (None: of any age); the newest first."""
        keys = select(outbox.c.key).where(outbox.c.kind == kind)
        query = select(shown_stories.c.id).where(
            shown_stories.c.coverage >= coverage,
            (prefix + shown_stories.c.id).not_in(keys),
        )
        if topics:
            of_topics = select(story_topics.c.story).where(story_topics.c.topic.in_(sorted(topics)))
            query = query.where(shown_stories.c.id.in_(of_topics))
        if since is not None:
            query = query.where(shown_stories.c.shown_at >= rows.seconds(since))
        query = query.order_by(shown_stories.c.shown_at.desc(), shown_stories.c.id).limit(limit)
        with self._database.reading() as connection:
            return list(connection.execute(query).scalars())


def _row(item: OutboxItem) -> rows.Row:
    return {
        "kind": item.kind,
        "key": item.key,
        "target": item.target,
        "payload": item.payload,
        "state": item.state.value,
        "tries": item.tries,
        "created": rows.seconds(item.created),
        "due": rows.seconds(item.due),
        "error": item.error,
    }


def _item(row: Row[Any]) -> OutboxItem:
    values = row._mapping
    return OutboxItem(
        values["kind"],
        values["key"],
        values["target"],
        values["payload"],
        rows.moment(values["created"]),
        rows.moment(values["due"]),
        OutboxState(values["state"]),
        values["tries"],
        values["error"],
    )
