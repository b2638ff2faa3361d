"""Numbers of stored articles."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from aggregator.store import rows
from aggregator.store.schema import articles


def count_articles(connection: Connection, source: str, since: datetime | None) -> int:
    """See ``Store.count_articles``."""
    query = select(func.count()).where(articles.c.source == source, articles.c.slot == "")
    if since is not None:
        query = query.where(articles.c.published >= rows.seconds(since))
    return int(connection.execute(query).scalar() or 0)


def article_counts(connection: Connection) -> dict[str, int]:
    """See ``Store.article_counts``."""
    query = select(articles.c.source, func.count()).where(articles.c.slot == "")
    return {row[0]: row[1] for row in connection.execute(query.group_by(articles.c.source))}
