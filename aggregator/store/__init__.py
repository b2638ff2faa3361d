"""The memory between two runs: articles, stories with their ids, and the state of sources.

In: values, saved in one transaction. Out: values. SQLite by default, PostgreSQL by URL.
Never does: deleting what a source no longer shows, deciding anything, reading the clock.
"""

from aggregator.store.fulltext import Needs
from aggregator.store.sql import Remembered, Store, open_store

__all__ = ["Needs", "Remembered", "Store", "open_store"]
