"""Reading what is stored of the stories that are shown.

Every method sees one snapshot; of several calls, ``Store.changes`` tells whether they saw the same.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from aggregator.store import rows
from aggregator.store.database import Database
from aggregator.store.schema import baselines, shown_scope
from aggregator.store.shown_stories import ShownScope, ShownStory, load_shown
from aggregator.store.stored_baselines import StoredBaselines, baselines_of


class ShownReader:
    """Reads the rows of shown stories. All methods raise StoreError where the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def baselines(self) -> StoredBaselines | None:
        """The baselines of the current epoch; None where there are none, or another version
        learned them."""
        with self._database.reading() as connection:
            row = connection.execute(select(baselines.c.made, baselines.c.value)).first()
        return baselines_of(*row) if row else None

    def scope(self) -> ShownScope | None:
        """Which stories the rows are complete for; None: for those of no options."""
        with self._database.reading() as connection:
            row = connection.execute(select(shown_scope.c.options, shown_scope.c.since)).first()
        if row is None:
            return None
        return ShownScope(row[0], None if row[1] is None else rows.moment(row[1]))

    def stories(self, ids: Collection[str]) -> dict[str, ShownStory]:
        """Those of the stories that are shown, by id."""
        with self._database.reading() as connection:
            return load_shown(connection, ids)
