"""All stories of a topic in rank order, with indexes that narrow down a query."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol

from aggregator.classify import Query, facets
from aggregator.model import Ranked
from aggregator.store import StoredWindow, TextQuery


class StoryArchive(Protocol):
    """What queries need of the store: its full-text index and stories that left the window."""

    @property
    def is_local(self) -> bool:
        """Whether the database is embedded, so that a query has no network round trip."""

    def text_ids_by_key(self) -> dict[str, list[int]]:
        """The ids of articles in the full-text index, by key."""

    def find_text_ids(self, query: TextQuery) -> list[int]:
        """The ids of the articles whose title and excerpt match."""

    def find_best_keys(self, query: TextQuery, limit: int) -> list[str]:
        """The keys of at most `limit` articles that match, best first."""

    def stories_of(self, ids: Collection[str] = (), keys: Collection[str] = ()) -> StoredWindow:
        """The stories with these ids or articles, of any age."""


@dataclass(slots=True)
class RankedStories:
    """The stories, best first. Positions in `ranked` are indexed by text id, and by publisher and
    language; each index is built at the first query that needs it."""

    ranked: tuple[Ranked, ...]
    archive: StoryArchive | None
    _by_text_id: dict[int, int] = field(default_factory=dict)
    _by_facet: dict[tuple[str, str], set[int]] = field(default_factory=dict)

    def candidates(self, query: Query, publisher: str) -> set[int] | None:
        """The positions of all stories that can match; None where no index narrows them down.
        `publisher` is a name or domain, empty for any."""
        position_sets = []
        if publisher:
            facet = ("publisher", publisher.casefold())
            position_sets.append(self._facet_index().get(facet, set()))
        for group in query.fields():
            matching = (self._facet_index().get(facet, ()) for facet in group)
            position_sets.append(set().union(*matching))
        if self.archive is not None and (text_query := query.full_text_query()):
            text_ids = self.archive.find_text_ids(text_query)
            positions = set(map(self._text_index(self.archive).get, text_ids))
            position_sets.append({position for position in positions if position is not None})
        return set.intersection(*position_sets) if position_sets else None

    def is_indexed(self, query: Query) -> bool:
        """Whether a query takes milliseconds: its words are in a local index that is built."""
        is_local = self.archive is not None and self.archive.is_local
        return bool(is_local and self._by_text_id and query.full_text_query())

    def build_indexes_of(self, previous: RankedStories) -> None:
        """Build the indexes that the previous one had built."""
        if previous._by_text_id and self.archive is not None:
            self._text_index(self.archive)
        if previous._by_facet:
            self._facet_index()

    def _text_index(self, archive: StoryArchive) -> dict[int, int]:
        if not self._by_text_id:
            text_ids = archive.text_ids_by_key()
            self._by_text_id = {
                text_id: position
                for position, ranked in enumerate(self.ranked)
                for article in ranked.story.articles
                for text_id in text_ids.get(article.key, ())
            }
        return self._by_text_id

    def _facet_index(self) -> dict[tuple[str, str], set[int]]:
        if not self._by_facet:
            index: dict[tuple[str, str], set[int]] = {}
            for position, ranked in enumerate(self.ranked):
                for article in ranked.story.articles:
                    for facet in facets(article.publisher, article.lang):
                        index.setdefault(facet, set()).add(position)
            self._by_facet = index
        return self._by_facet
