"""The full texts of articles, in a table of their own: the window is loaded without them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import partial

from sqlalchemy import Connection, Engine, bindparam, delete, select

from aggregator.model import Article, RowKey
from aggregator.store import rows
from aggregator.store.database import Database, upsert
from aggregator.store.schema import contents


def content_loader(engine: Engine) -> Callable[[str, str], str]:
    """A function that reads the full text (HTML) of the article with this source and ref; empty
    where none is stored. It raises StoreError."""
    return partial(_load, Database(engine))


def _load(database: Database, source: str, ref: str) -> str:
    query = select(contents.c.html).where(contents.c.source == source, contents.c.ref == ref)
    with database.reading() as connection:
        return connection.execute(query).scalar() or ""


def save_contents(connection: Connection, articles: Iterable[Article]) -> None:
    """Save the full texts that are in memory."""
    new: list[rows.Row] = [
        {"source": article.source, "ref": article.ref, "html": article.content.html}
        for article in articles
        if article.content and article.content.in_memory
    ]
    upsert(connection, contents, new)


def release_contents(engine: Engine, articles: Iterable[Article]) -> None:
    """Forget the full texts of articles that were saved: from now on they are read where they are
    shown."""
    load = content_loader(engine)
    for article in articles:
        if article.content and article.content.in_memory:
            article.content.leave_memory(partial(load, article.source, article.ref))


def remove_contents(connection: Connection, removed: Collection[RowKey]) -> None:
    """Delete the full texts of the articles in these rows. Those of related coverage have none."""
    keys = [{"the_source": source, "the_ref": ref} for source, ref, slot in removed if not slot]
    if keys:
        is_row = (contents.c.source == bindparam("the_source")) & (
            contents.c.ref == bindparam("the_ref")
        )
        connection.execute(delete(contents).where(is_row), keys)
