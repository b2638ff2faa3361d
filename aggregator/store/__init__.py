"""What is stored between two runs: articles, stories with their ids, and the state of sources.

In: values, saved in one transaction. Out: values. SQLite by default, PostgreSQL by URL.
One process writes a store at a time (`Store.exclusive`); any number read it.
Never does: deleting articles because a source no longer has them, deciding what `keep` is, reading
the clock.
"""

from aggregator.classify import TextQuery
from aggregator.store.contents import release_contents
from aggregator.store.database import store_url_problem
from aggregator.store.pruning import NOTHING_REMOVED, Removed
from aggregator.store.shown_reader import ShownColumns
from aggregator.store.shown_stories import ShownChanges, ShownScope, ShownStory
from aggregator.store.sql_store import Store, open_store
from aggregator.store.stored_baselines import StoredBaselines
from aggregator.store.window import DocumentKey, StoredWindow

__all__ = [
    "NOTHING_REMOVED",
    "DocumentKey",
    "Removed",
    "ShownChanges",
    "ShownColumns",
    "ShownScope",
    "ShownStory",
    "Store",
    "StoredBaselines",
    "StoredWindow",
    "TextQuery",
    "open_store",
    "release_contents",
    "store_url_problem",
]
