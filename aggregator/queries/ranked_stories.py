"""All stories of a topic in rank order, and where in it what is asked for can stand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol

from aggregator.classify import Query, facets
from aggregator.model import Ranked
from aggregator.store import StoredWindow, TextQuery


class StoryArchive(Protocol):
    """What is asked of the store."""

    @property
    def is_local(self) -> bool:
        """Whether it is a file here, and no server that may let one wait."""

    def text_ids_by_key(self) -> dict[str, list[int]]:
        """The numbers of the articles, by their keys."""

    def find_text_ids(self, needs: TextQuery) -> list[int]:
        """The numbers of the articles whose title and excerpt have what is needed."""

    def find_best_keys(self, needs: TextQuery, most: int) -> list[str]:
        """The keys of those that have it, the best first."""

    def stories_of(self, ids: Collection[str] = (), keys: Collection[str] = ()) -> StoredWindow:
        """The stories with these ids or articles, however old."""


@dataclass(slots=True)
class RankedStories:
    """The stories, best first; indexes of their places by the number, and by the publisher and
    language, of their articles are made when they are first asked for."""

    ranked: tuple[Ranked, ...]
    archive: StoryArchive | None
    _numbers: dict[int, int] = field(default_factory=dict)
    _facets: dict[tuple[str, str], set[int]] = field(default_factory=dict)

    def candidates(self, query: Query, publisher: str) -> set[int] | None:
        """The places of all that can match; None where that is everywhere."""
        found = []
        if publisher:
            found.append(self._by_facet().get(("publisher", publisher.casefold()), set()))
        for group in query.fields():
            found.append(set().union(*(self._by_facet().get(facet, ()) for facet in group)))
        if self.archive is not None and (needs := query.full_text_query()):
            places = set(map(self._by_number(self.archive).get, self.archive.find_text_ids(needs)))
            found.append({place for place in places if place is not None})
        if len(found) < 2:
            return found[0] if found else None
        return set.intersection(*found)

    def is_quick(self, query: Query) -> bool:
        """Whether the index says at once where the words of a query are."""
        near = self.archive is not None and self.archive.is_local
        return bool(near and self._numbers and query.full_text_query())

    def like(self, other: RankedStories) -> None:
        """Make what the other one was asked for."""
        if other._numbers and self.archive is not None:
            self._by_number(self.archive)
        if other._facets:
            self._by_facet()

    def _by_number(self, archive: StoryArchive) -> dict[int, int]:
        if not self._numbers:
            numbers = archive.text_ids_by_key()
            self._numbers = {
                number: place
                for place, one in enumerate(self.ranked)
                for article in one.story.articles
                for number in numbers.get(article.key, ())
            }
        return self._numbers

    def _by_facet(self) -> dict[tuple[str, str], set[int]]:
        if not self._facets:
            made: dict[tuple[str, str], set[int]] = {}
            for place, one in enumerate(self.ranked):
                for article in one.story.articles:
                    for facet in facets(article.publisher, article.lang):
                        made.setdefault(facet, set()).add(place)
            self._facets = made
        return self._facets
