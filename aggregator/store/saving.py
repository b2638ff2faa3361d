"""Parts of a save that do more than insert rows, within the transaction of a given connection."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, bindparam, delete

from aggregator.model import PollDay, StoryRecord
from aggregator.store import rows
from aggregator.store.database import upsert
from aggregator.store.schema import members, outputs, polls

POLL_DAYS = 60
"""How many days of the history of polls are kept: twice the 30 days that the status page shows."""


def save_polls(connection: Connection, days: list[PollDay]) -> None:
    """Add the counts to those of the same source and day, and delete those of 60 days ago."""
    upsert(connection, polls, map(rows.poll_row, days), adding=True)
    if days:
        oldest = max(poll.day for poll in days) - POLL_DAYS
        connection.execute(delete(polls).where(polls.c.day < oldest))


def save_members(connection: Connection, story_records: list[StoryRecord]) -> None:
    """Replace the members of these stories. A key belongs to one story: the last that lists it."""
    if story_records:
        ids = [{"the_story": record.id} for record in story_records]
        connection.execute(delete(members).where(members.c.story == bindparam("the_story")), ids)
    member_rows = [
        {"key": key, "story": record.id, "root": key in record.anchors}
        for record in story_records
        for key in sorted(record.members)
    ]
    upsert(connection, members, member_rows)


def save_output_digests(
    connection: Connection, written: Mapping[str, tuple[str, str]], removed: Collection[str]
) -> None:
    """See ``Store.save_outputs``."""
    output_rows: list[rows.Row] = [
        {"path": path, "value": values, "bytes": content}
        for path, (values, content) in written.items()
    ]
    upsert(connection, outputs, output_rows)
    if removed:
        paths = [{"the_path": path} for path in sorted(removed)]
        query = delete(outputs).where(outputs.c.path == bindparam("the_path"))
        connection.execute(query, paths)
