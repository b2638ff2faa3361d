"""Parts of a save that do more than insert rows, within the transaction of a given connection."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, bindparam, delete, func, select

from aggregator.model import DocumentState, PollDay, StoryRecord
from aggregator.store import rows
from aggregator.store.alias_index import remove_aliases_of_source
from aggregator.store.database import insert_in_batches, upsert
from aggregator.store.fulltext import remove_words
from aggregator.store.retention_schema import removed_articles
from aggregator.store.schema import (
    articles,
    changes,
    contents,
    documents,
    members,
    outputs,
    polls,
    shown_scope,
    sources,
    stories,
    subscriptions,
    texts,
)
from aggregator.store.shown_stories import remove_shown

POLL_DAYS = 60
"""How many days of the history of polls are kept: twice the 30 days that the status page shows."""


def save_polls(connection: Connection, days: list[PollDay]) -> None:
    """Add the counts to those of the same source and day, and delete those of 60 days ago."""
    upsert(connection, polls, map(rows.poll_row, days), adding=True)
    if days:
        oldest = max(poll.day for poll in days) - POLL_DAYS
        connection.execute(delete(polls).where(polls.c.day < oldest))


def save_stories(
    connection: Connection, story_records: list[StoryRecord], new: Collection[str]
) -> None:
    """Save the stories, of which those with an id of `new` were created now, with their members."""
    created = [rows.story_row(record) for record in story_records if record.id in new]
    changed = [rows.story_row(record) for record in story_records if record.id not in new]
    # Inserted, never updated, so that the primary key refuses an id that is taken
    insert_in_batches(connection, stories, created)
    upsert(connection, stories, changed, fixed=("founder", "published"))
    _save_members(connection, story_records)


def _save_members(connection: Connection, story_records: list[StoryRecord]) -> None:
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


def save_documents(
    connection: Connection, document_states: Mapping[str, Iterable[DocumentState]]
) -> None:
    """Insert or replace the states of files (by source), and delete those of files that are
    gone."""
    document_rows: list[rows.Row] = []
    gone: list[dict[str, str]] = []
    for source, states in document_states.items():
        for state in states:
            if state.is_gone:
                gone.append({"the_source": source, "the_ref": state.ref})
            else:
                document_rows.append(rows.document_row(source, state))
    upsert(connection, documents, document_rows)
    if gone:
        is_source = documents.c.source == bindparam("the_source")
        is_ref = documents.c.ref == bindparam("the_ref")
        connection.execute(delete(documents).where(is_source, is_ref), gone)


def delete_source(connection: Connection, source: str) -> int:
    """See ``Store.delete_source``. Its stories are shown again by the next update, if other sources
    have articles of them; until then queries plan."""
    is_own = (articles.c.source == source) & (articles.c.slot == "")
    number = connection.execute(select(func.count()).where(is_own)).scalar() or 0
    shown = select(members.c.story).join(articles, articles.c.key == members.c.key)
    ids = connection.execute(shown.where(articles.c.source == source).distinct()).scalars().all()
    remove_shown(connection, ids)
    connection.execute(delete(shown_scope))
    remove_words(connection, source)
    remove_aliases_of_source(connection, source)
    for table in (texts, articles, contents, documents, polls, subscriptions, removed_articles):
        connection.execute(delete(table).where(table.c.source == source))
    connection.execute(delete(sources).where(sources.c.name == source))
    upsert(connection, changes, [{"id": 1, "number": 1}], adding=True)
    return int(number)
