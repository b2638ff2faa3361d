"""Migrations from an older schema to the newest: one step per version, one transaction per step.

A new store gets the newest tables at once; an older one takes the steps that it lacks. A step that
has been released is never edited.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, inspect, select, text

from aggregator.errors import StoreError
from aggregator.store import retention_schema, rows, schema
from aggregator.store.alias_index import fill_aliases
from aggregator.store.database import Database
from aggregator.store.fulltext import create_index, put_words


def _to_2(connection: Connection) -> None:
    """Polling: where a source has moved to, its interval, and the publisher's earliest time."""
    for column in (
        "place TEXT NOT NULL DEFAULT ''",
        "not_before BIGINT",
        "interval INTEGER NOT NULL DEFAULT 0",
        "location TEXT NOT NULL DEFAULT ''",
        "moving TEXT NOT NULL DEFAULT ''",
        "moves INTEGER NOT NULL DEFAULT 0",
        "gone BOOLEAN NOT NULL DEFAULT false",
    ):
        connection.execute(text(f"ALTER TABLE sources ADD COLUMN {column}"))


def _to_3(connection: Connection) -> None:
    """Enclosures."""
    connection.execute(text("ALTER TABLE articles ADD COLUMN enclosure TEXT NOT NULL DEFAULT ''"))


def _to_4(connection: Connection) -> None:
    """The times at which stories entered the top of a feed."""
    connection.execute(
        text(
            "CREATE TABLE promotions (topic TEXT NOT NULL, story TEXT NOT NULL,"
            " promoted BIGINT NOT NULL, PRIMARY KEY (topic, story))"
        )
    )


def _to_5(connection: Connection) -> None:
    """The full-text index, the history of polls, WebSub, and the count of changes."""
    number = "INTEGER" if connection.dialect.name == "sqlite" else "SERIAL"
    for statement in (
        f"CREATE TABLE texts (id {number} PRIMARY KEY, source TEXT NOT NULL, ref TEXT NOT NULL,"
        " slot TEXT NOT NULL, key TEXT NOT NULL, UNIQUE (source, ref, slot))",
        "CREATE TABLE polls (source TEXT NOT NULL, day INTEGER NOT NULL, polls INTEGER NOT NULL,"
        " failures INTEGER NOT NULL, articles INTEGER NOT NULL, PRIMARY KEY (source, day))",
        "CREATE TABLE subscriptions (source TEXT PRIMARY KEY, topic TEXT NOT NULL,"
        " hub TEXT NOT NULL, token TEXT NOT NULL, secret TEXT NOT NULL, asked BIGINT NOT NULL,"
        " until BIGINT, error TEXT NOT NULL)",
        "CREATE TABLE changes (id INTEGER PRIMARY KEY, number BIGINT NOT NULL)",
    ):
        connection.execute(text(statement))
    create_index(connection)
    later = ("position", "content")
    columns = [column for column in schema.articles.c if column.name not in later]
    article_rows = connection.execute(select(*columns)).fetchall()
    put_words(connection, (rows.article_of((*row, 0, ""), _no_content) for row in article_rows))


def _to_6(connection: Connection) -> None:
    """The position of undated articles in their document."""
    connection.execute(text("ALTER TABLE articles ADD COLUMN position INTEGER NOT NULL DEFAULT 0"))


def _to_7(connection: Connection) -> None:
    """The kind of a source's failure, a digest of its options, and the feeds that have existed."""
    for column in (
        "failure TEXT NOT NULL DEFAULT ''",
        "status INTEGER NOT NULL DEFAULT 0",
        "options TEXT NOT NULL DEFAULT ''",
    ):
        connection.execute(text(f"ALTER TABLE sources ADD COLUMN {column}"))
    connection.execute(
        text("CREATE TABLE feeds (slug TEXT PRIMARY KEY, created BIGINT NOT NULL, removed BIGINT)")
    )


def _to_8(connection: Connection) -> None:
    """The statistics by which texts are compared."""
    blob = "BLOB" if connection.dialect.name == "sqlite" else "BYTEA"
    connection.execute(
        text(
            "CREATE TABLE epochs (id INTEGER PRIMARY KEY, made BIGINT NOT NULL,"
            f" value {blob} NOT NULL)"
        )
    )


def _to_9(connection: Connection) -> None:
    """Retention: which stories and articles were removed, and indexes to find those to remove."""
    sqlite = connection.dialect.name == "sqlite"
    blob, ending = ("BLOB", " WITHOUT ROWID") if sqlite else ("BYTEA", "")
    for statement in (
        f"CREATE TABLE removed_stories (id {blob} NOT NULL PRIMARY KEY, merged_into {blob},"
        f" published BIGINT NOT NULL, updated BIGINT NOT NULL){ending}",
        "CREATE TABLE removed_articles (source TEXT NOT NULL, hash BIGINT NOT NULL,"
        f" listed BIGINT NOT NULL, PRIMARY KEY (source, hash)){ending}",
        "CREATE TABLE retention (id INTEGER PRIMARY KEY, keep BIGINT)",
        "CREATE INDEX stories_by_update ON stories (updated, id)",
        "CREATE INDEX promotions_by_story ON promotions (story)",
        "CREATE TABLE aliases (address BIGINT NOT NULL, text_id INTEGER NOT NULL,"
        f" PRIMARY KEY (address, text_id)){ending}",
        "CREATE INDEX aliases_by_text ON aliases (text_id)",
    ):
        connection.execute(text(statement))
    fill_aliases(connection)


def _to_10(connection: Connection) -> None:
    """What queries need of the stories that are shown. The next update fills the tables."""
    blob = "BLOB" if connection.dialect.name == "sqlite" else "BYTEA"
    for statement in (
        "CREATE TABLE shown_stories (id TEXT NOT NULL PRIMARY KEY, first_published BIGINT NOT NULL,"
        " shown_at BIGINT NOT NULL, quality INTEGER NOT NULL, related INTEGER NOT NULL,"
        " published BIGINT NOT NULL, newest_coverage BIGINT, position INTEGER NOT NULL,"
        " owner TEXT NOT NULL, coverage_times TEXT NOT NULL, coverage INTEGER NOT NULL)",
        "CREATE TABLE story_aliases (story TEXT NOT NULL, alias TEXT NOT NULL,"
        " PRIMARY KEY (story, alias))",
        "CREATE INDEX story_aliases_by_alias ON story_aliases (alias)",
        "CREATE TABLE story_copies (story TEXT NOT NULL, copy TEXT NOT NULL,"
        " original TEXT NOT NULL, PRIMARY KEY (story, copy))",
        "CREATE INDEX stories_by_target ON stories (ended_into)",
        "CREATE INDEX shown_stories_by_time ON shown_stories (shown_at)",
        "CREATE TABLE story_topics (story TEXT NOT NULL, topic TEXT NOT NULL, names TEXT NOT NULL,"
        " sources TEXT NOT NULL, PRIMARY KEY (story, topic))",
        "CREATE INDEX story_topics_by_topic ON story_topics (topic, story)",
        "CREATE TABLE shown_scope (id INTEGER NOT NULL PRIMARY KEY, options TEXT NOT NULL,"
        " since BIGINT)",
        "CREATE TABLE baselines (id INTEGER NOT NULL PRIMARY KEY, made BIGINT NOT NULL,"
        f" value {blob} NOT NULL)",
    ):
        connection.execute(text(statement))


def _to_11(connection: Connection) -> None:
    """Letters and webhooks that are sent once, and an index of the stories of a day."""
    for statement in (
        "CREATE TABLE outbox (kind TEXT NOT NULL, key TEXT NOT NULL, target TEXT NOT NULL,"
        " payload TEXT NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL,"
        " created BIGINT NOT NULL, due BIGINT NOT NULL, error TEXT NOT NULL,"
        " PRIMARY KEY (kind, key))",
        "CREATE INDEX outbox_by_state ON outbox (state, due)",
        "CREATE INDEX stories_by_publication ON stories (published)",
    ):
        connection.execute(text(statement))


def _no_content(_source: str, _ref: str) -> str:
    return ""


def _to_12(connection: Connection) -> None:
    """The full texts of articles."""
    connection.execute(text("ALTER TABLE articles ADD COLUMN content TEXT NOT NULL DEFAULT ''"))
    connection.execute(
        text(
            "CREATE TABLE contents (source TEXT NOT NULL, ref TEXT NOT NULL, html TEXT NOT NULL,"
            " PRIMARY KEY (source, ref))"
        )
    )


STEPS: tuple[Callable[[Connection], None], ...] = (
    _to_2,
    _to_3,
    _to_4,
    _to_5,
    _to_6,
    _to_7,
    _to_8,
    _to_9,
    _to_10,
    _to_11,
    _to_12,
)
"""The first step migrates version 1 to version 2, and so on."""
NEWEST = 1 + len(STEPS)
_MIGRATION_LOCK = 4_183_276_502  # of an advisory lock: an arbitrary number that never changes


def migrate(database: Database) -> None:
    """Bring the store to the newest version. Of several processes that open it at once, one does.

    Raises StoreError where a newer program wrote the store, or it cannot be read.
    """
    with database.reading() as connection:
        version = _version(connection)
    while version != NEWEST:
        if version > NEWEST:
            raise StoreError(
                f"the store has schema version {version}, this program knows up to {NEWEST}: "
                "use the newer program, or another store"
            )
        with database.writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
            version = _step(connection)


def _step(connection: Connection) -> int:
    """Create the tables, or take one step. Returns the version that the store has then."""
    version = _version(connection)
    if version == 0:
        retention_schema.retention.metadata.create_all(connection)  # that of all tables
        create_index(connection)
        version = NEWEST
    elif version < NEWEST:
        STEPS[version - 1](connection)
        version += 1
    _set_version(connection, version)
    return version


def _version(connection: Connection) -> int:
    if not inspect(connection).has_table("schema_version"):
        return 0
    return connection.execute(select(schema.schema_version.c.version)).scalar() or 0


def _set_version(connection: Connection, version: int) -> None:
    connection.execute(schema.schema_version.delete())
    connection.execute(schema.schema_version.insert().values(version=version))
