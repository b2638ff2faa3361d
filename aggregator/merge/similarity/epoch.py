"""Which statistics are in force: an epoch ends after a day, or when the window has changed much."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import TYPE_CHECKING

from aggregator.merge.similarity.rarity import LexiconLoader, no_lexicon
from aggregator.merge.similarity.statistics import Statistics
from aggregator.model import Article

if TYPE_CHECKING:
    from aggregator.merge.similarity.index import TextIndex


def _no_statistics() -> None:
    """Nothing is remembered: the first comparison begins an epoch."""


class Epochs:
    """Keeps the index of the present epoch between merges, so that an article is described once.

    It is a cache: with the same statistics a merge gives the same, whatever was merged before.
    `stored` gives the statistics of an earlier process; it and `lexicon` are called only when
    texts are compared, since most merges compare none and numpy is not even imported then.
    """

    def __init__(
        self,
        lexicon: LexiconLoader = no_lexicon,
        stored: Callable[[], Statistics | None] = _no_statistics,
    ) -> None:
        self._lexicon = lexicon
        self._stored = stored
        self._index: TextIndex | None = None
        self.renewed: Statistics | None = None
        """The statistics of an epoch that began here, to be stored; None where none did."""
        self._has_grown = False

    def index(self, articles: Collection[Article], now: datetime) -> TextIndex:
        """The index in force for a window of these articles; a new epoch is learned from them
        where the present one is outdated."""
        from aggregator.merge.similarity.index import TextIndex

        if self._index is None and (statistics := self.renewed or self._stored()) is not None:
            self._index = TextIndex(statistics, self._lexicon)
        if self._index is None or self._index.statistics.is_outdated(articles, now):
            simplified = self._lexicon().simplified
            self._has_grown = self._index is None or self._index.statistics.is_outgrown(articles)
            self.renewed = Statistics.learned(articles, now, simplified)
            self._index = TextIndex(self.renewed, self._lexicon)
        return self._index

    def drop_index(self) -> None:
        """Make the index anew at the next merge, by the same statistics: an exception may have
        left it half changed."""
        self._index = None

    def take_growth(self) -> bool:
        """Whether the epoch began because the window has grown much: then it knows much more than
        the one before, and everything is worth judging anew. Says so once."""
        has_grown, self._has_grown = self._has_grown, False
        return has_grown
