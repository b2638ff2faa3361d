"""Which statistics are current: an epoch ends after a day, or when the window has changed much."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from aggregator.merge.similarity.rarity import LexiconLoader, no_lexicon
from aggregator.merge.similarity.statistics import Statistics
from aggregator.model import Article

if TYPE_CHECKING:
    from aggregator.merge.similarity.index import TextIndex
    from aggregator.merge.similarity.join import Texts


def _no_statistics() -> None:
    """No statistics are stored: the first comparison begins an epoch."""


class TextSource(Protocol):
    """Where a merge gets the texts that it compares: ``Epochs``, or ``KnownTexts``."""

    def index(self, articles: Collection[Article], now: datetime) -> Texts:
        """The texts among which these articles are compared."""

    def take_growth(self) -> bool:
        """Whether everything is worth judging anew. Says so once."""


class KnownTexts:
    """Texts that are compared whatever the articles and the time: the epoch stays as it is."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def index(self, articles: Collection[Article], now: datetime) -> Texts:  # noqa: ARG002
        """The given texts."""
        return self._texts

    def take_growth(self) -> bool:
        """Never: nothing has begun."""
        return False


class Epochs:
    """Caches the index of the current epoch between merges, so that each article is described once.

    With the same statistics a merge gives the same result, whatever was merged before. `stored`
    loads the statistics that an earlier process saved; it and `lexicon` are called only when texts
    are compared. Most merges compare none and do not even import numpy.
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
        """The statistics to save of an epoch that began here; None where none began. The caller
        resets it when they are saved."""
        self._has_grown = False

    def index(self, articles: Collection[Article], now: datetime) -> TextIndex:
        """The index for a window of these articles. Where the current epoch is outdated, a new one
        is learned from them."""
        from aggregator.merge.similarity.index import TextIndex

        index = self.known_index()
        if index is None or index.statistics.is_outdated(articles, now):
            simplified = self._lexicon().simplified
            self._has_grown = index is None or index.statistics.is_outgrown(len(articles))
            self.renewed = Statistics.learned(articles, now, simplified)
            index = self._index = TextIndex(self.renewed, self._lexicon)
        return index

    def known_index(self) -> TextIndex | None:
        """The index of the last epoch, which may be outdated; None before the first one."""
        from aggregator.merge.similarity.index import TextIndex

        if self._index is None and (statistics := self.renewed or self._stored()) is not None:
            self._index = TextIndex(statistics, self._lexicon)
        return self._index

    def drop_index(self) -> None:
        """Discard the index; the next merge rebuilds it with the same statistics. For use after an
        exception, which may have left the index half changed."""
        self._index = None

    def take_growth(self) -> bool:
        """Whether the epoch began because the window has grown by half. Its statistics are then
        much better than the previous ones, so all articles must be compared again. True only once
        per epoch: the call resets it."""
        has_grown, self._has_grown = self._has_grown, False
        return has_grown
