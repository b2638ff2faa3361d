"""The lexicon and the stored statistics, by which texts are compared."""

from __future__ import annotations

from aggregator.merge import Epochs, Lexicon
from aggregator.store import Store


def lexicon() -> Lexicon:
    """The lexicon. Its packages are imported here, so that only comparing texts loads them."""
    from aggregator.lexicon import load_lexicon

    return load_lexicon()


def stored_epochs(store: Store) -> Epochs:
    """The epochs of the store: its statistics and the lexicon, both loaded at first use."""
    return Epochs(lexicon, store.statistics)
