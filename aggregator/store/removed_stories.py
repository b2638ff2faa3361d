"""The ids of stories that retention has removed, some 40 bytes each: permanent links can say where
a story went (or that it is gone), and no id is given to another story.

A story whose first article comes back continues under its old id: it is stored again with what is
known of it, and the update is planned once more with it in view.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import takewhile
from uuid import UUID

from sqlalchemy import Connection, delete, select
from sqlalchemy.exc import IntegrityError

from aggregator.errors import IdTaken, StoreError
from aggregator.merge import ids_of_key
from aggregator.model import NO_WORDS, StoryRecord
from aggregator.store import rows
from aggregator.store.database import Database, upsert
from aggregator.store.retention_schema import removed_stories
from aggregator.store.retired import StoredStory
from aggregator.store.schema import stories
from aggregator.store.window import load_stories_by_id

_BATCH = 500  # values per IN (...), less than every database's limit of parameters
_UUID_BYTES = 16
_PREFIX = "urn:uuid:"


def packed(story_id: str) -> bytes:
    """The id as bytes: 16 of a UUID; any other text as UTF-8, longer than 16 bytes."""
    if story_id.startswith(_PREFIX):
        return UUID(story_id).bytes
    return story_id.encode().ljust(_UUID_BYTES + 1, b"\0")


def unpacked(data: bytes) -> str:
    """The id of `packed`."""
    if len(data) == _UUID_BYTES:
        return UUID(bytes=bytes(data)).urn
    return bytes(data).rstrip(b"\0").decode()


def save_removed(connection: Connection, removed: Iterable[StoredStory]) -> None:
    """Save the ids of stories that are being removed."""
    upsert(
        connection,
        removed_stories,
        [
            {
                "id": packed(story.id),
                "merged_into": packed(story.merged_into) if story.merged_into else None,
                "published": story.published,
                "updated": story.updated,
            }
            for story in removed
        ],
    )


def load_removed(connection: Connection, ids: Collection[str]) -> dict[str, StoryRecord]:
    """Those of the stories that were removed, by id: without members, title and `origin_key`."""
    records: dict[str, StoryRecord] = {}
    every = [packed(story_id) for story_id in sorted(ids)]
    for start in range(0, len(every), _BATCH):
        query = select(removed_stories).where(
            removed_stories.c.id.in_(every[start : start + _BATCH])
        )
        for data, merged_into, published, updated in connection.execute(query):
            records[unpacked(data)] = StoryRecord(
                id=unpacked(data),
                origin_key="",
                lead="",
                title=NO_WORDS,
                published=rows.moment(published),
                updated=rows.moment(updated),
                content_digest="",
                merged_into=unpacked(merged_into) if merged_into else None,
            )
    return records


def refuse_removed(connection: Connection, new_ids: Collection[str]) -> None:
    """Raise IdTaken where a new story would get the id of a removed one."""
    if taken := load_removed(connection, new_ids):
        raise IdTaken(set(taken))


@contextmanager
def checking_ids(database: Database, ids: Mapping[str, str]) -> Iterator[None]:
    """Where the database refuses a new id (id -> key of its origin), raise IdTaken with all ids
    that are taken. A story that was removed is stored again without its articles."""
    try:
        yield
    except IdTaken:
        with database.writing() as connection:
            _restore(connection, ids)
        raise
    except StoreError as error:
        if not isinstance(error.__cause__, IntegrityError) or not ids:
            raise
        with database.reading() as connection:
            taken = {record.id for record in load_stories_by_id(connection, set(ids))}
        if not taken:
            raise
        raise IdTaken(taken) from error


def _restore(connection: Connection, origins: Mapping[str, str]) -> None:
    """Store the removed stories among these (id -> key of the first article) again, and all others
    whose ids were derived from the same keys."""
    keys = [origins[story_id] for story_id in load_removed(connection, origins)]
    for key in dict.fromkeys(keys):
        records = [
            record
            for story_id in takewhile(lambda i: _is_known(connection, i), ids_of_key(key))
            for record in load_removed(connection, [story_id]).values()
        ]
        story_rows = [{**rows.story_row(record), "founder": key} for record in records]
        upsert(connection, stories, story_rows)
        ids = [packed(record.id) for record in records]
        connection.execute(delete(removed_stories).where(removed_stories.c.id.in_(ids)))


def _is_known(connection: Connection, story_id: str) -> bool:
    stored = select(stories.c.id).where(stories.c.id == story_id)
    return bool(load_removed(connection, [story_id])) or bool(connection.execute(stored).first())


def forget_removed(
    database: Database, before: datetime, position: bytes, limit: int
) -> bytes | None:
    """Delete, of the next `limit` ids after `position`, those of stories that changed last before
    then. Returns the next position; None at the end."""
    ids = select(removed_stories.c.id).where(removed_stories.c.id > position)
    with database.reading() as connection:
        query = ids.order_by(removed_stories.c.id).offset(limit - 1).limit(1)
        last = connection.execute(query).scalar()
        is_old = (removed_stories.c.id > position) & (
            removed_stories.c.updated < rows.seconds(before)
        )
        if last is not None:
            is_old &= removed_stories.c.id <= last
        some = connection.execute(select(removed_stories.c.id).where(is_old).limit(1)).first()
    if some:
        with database.writing() as connection:
            connection.execute(delete(removed_stories).where(is_old))
    return None if last is None else bytes(last)
