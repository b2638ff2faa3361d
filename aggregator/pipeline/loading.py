"""What an update starts from: the stored articles and stories, the lexicon and the statistics."""

from __future__ import annotations

from datetime import datetime

from aggregator.merge import Epochs, Lexicon
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.records import horizon
from aggregator.store import Store, StoredWindow


def load(store: Store, options: PlanOptions, now: datetime) -> StoredWindow:
    """The stored articles and stories that can still be in a feed. Raises StoreError."""
    return store.remembered(horizon(options, now))


def lexicon() -> Lexicon:
    """The lexicon; the packages that hold it are imported only when texts are compared."""
    from aggregator.lexicon import load_lexicon

    return load_lexicon()


def stored_epochs(store: Store) -> Epochs:
    """The statistics by which texts are compared, as the store remembers them."""
    return Epochs(lexicon, store.statistics)
