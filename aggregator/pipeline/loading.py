"""The lexicon and the stored statistics, by which texts are compared."""

from __future__ import annotations

from aggregator.merge import Epochs, Lexicon
from aggregator.store import Store


def lexicon() -> Lexicon:
    """The lexicon; the packages that hold it are imported only when texts are compared."""
    from aggregator.lexicon import load_lexicon

    return load_lexicon()


def stored_epochs(store: Store) -> Epochs:
    """The statistics by which texts are compared, as the store remembers them."""
    return Epochs(lexicon, store.statistics)
