"""Parts of a save that are more than rows of a table, by the connection of its transaction."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete

from aggregator.model import PollDay, StoryRecord
from aggregator.store import rows
from aggregator.store.database import upsert
from aggregator.store.schema import members, polls

POLL_DAYS = 60


def save_polls(connection: Connection, days: list[PollDay]) -> None:
    """Add to what is counted of the days; those that nobody looks at any more go."""
    upsert(connection, polls, map(rows.poll_row, days), adding=True)
    if days:
        oldest = max(one.day for one in days) - POLL_DAYS
        connection.execute(delete(polls).where(polls.c.day < oldest))


def save_members(connection: Connection, story_records: list[StoryRecord]) -> None:
    """A key is a member of one story: of the one that says so last."""
    if story_records:
        ended = [{"the_story": record.id} for record in story_records]
        connection.execute(delete(members).where(members.c.story == bindparam("the_story")), ended)
    belongs = [
        {"key": key, "story": record.id, "root": key in record.anchors}
        for record in story_records
        for key in sorted(record.members)
    ]
    upsert(connection, members, belongs)
