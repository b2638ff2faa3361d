"""Which articles have an alias: an index over ``articles.aliases``, by the hash of the alias."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, delete, select, text

from aggregator.model import Article
from aggregator.store.database import storable_text
from aggregator.store.hashes import hash_of
from aggregator.store.retention_schema import aliases
from aggregator.store.schema import articles, texts

_INSERT = (
    "INSERT INTO aliases (address, text_id) SELECT CAST(:address AS BIGINT), id FROM texts "
    "WHERE source = :source AND ref = :ref AND slot = :slot ON CONFLICT DO NOTHING"
)


def save_aliases(connection: Connection, changed: Iterable[Article]) -> None:
    """Add the aliases of the articles, which have their rows in ``texts`` already. Those that they
    do not have any more stay until the articles go."""
    _insert(connection, ((*article.row_key, article.aliases) for article in changed))


def remove_aliases(connection: Connection, text_ids: Sequence[int]) -> None:
    """Remove the aliases of these articles."""
    if text_ids:
        of_article = delete(aliases).where(aliases.c.text_id == bindparam("the_id"))
        connection.execute(of_article, [{"the_id": text_id} for text_id in text_ids])


def remove_aliases_of_source(connection: Connection, source: str) -> None:
    """Remove the aliases of all articles of a source."""
    ids = select(texts.c.id).where(texts.c.source == source)
    connection.execute(delete(aliases).where(aliases.c.text_id.in_(ids)))


def fill_aliases(connection: Connection) -> None:
    """Add the aliases of all stored articles."""
    columns = (articles.c.source, articles.c.ref, articles.c.slot, articles.c.aliases)
    rows = connection.execute(select(*columns).where(articles.c.aliases != "")).fetchall()
    _insert(connection, ((*row[:3], row[3].split("\n")) for row in rows))


def _insert(connection: Connection, rows: Iterable[tuple[str, str, str, Iterable[str]]]) -> None:
    values = [
        {
            "address": hash_of(storable_text(alias)),
            "source": storable_text(source),
            "ref": storable_text(ref),
            "slot": storable_text(slot),
        }
        for source, ref, slot, row_aliases in rows
        for alias in row_aliases
    ]
    if values:
        connection.execute(text(_INSERT), values)
