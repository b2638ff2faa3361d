"""All stories of a topic in rank order, with indexes that narrow down a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aggregator.classify import Query, facets
from aggregator.model import Story
from aggregator.store import Store


@dataclass(slots=True)
class RankedStories:
    """The `stories`, best first, their `ids` and the `positions` of these. Ids are indexed by text
    id, and by publisher and language; each index is built at the first query that needs it."""

    stories: Sequence[Story]
    ids: Sequence[str]
    positions: Mapping[str, int]
    store: Store | None
    _by_text_id: dict[int, str] = field(default_factory=dict)
    _by_facet: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, stories: Sequence[Story], store: Store | None) -> RankedStories:
        """The stories in this order."""
        ids = [story.id for story in stories]
        return cls(stories, ids, {story_id: n for n, story_id in enumerate(ids)}, store)

    def candidates(self, query: Query, publisher: str) -> set[str] | None:
        """The ids of all stories that can match; None where no index narrows them down.
        `publisher` is a name or domain, empty for any."""
        id_sets = []
        if publisher:
            facet = ("publisher", publisher.casefold())
            id_sets.append(self._facet_index().get(facet, set()))
        for group in query.fields():
            matching = (self._facet_index().get(facet, ()) for facet in group)
            id_sets.append(set().union(*matching))
        if self.store is not None and (text_query := query.full_text_query()):
            text_ids = self.store.find_text_ids(text_query)
            ids = set(map(self._text_index(self.store).get, text_ids))
            id_sets.append({story_id for story_id in ids if story_id is not None})
        return set.intersection(*id_sets) if id_sets else None

    @property
    def has_text_index(self) -> bool:
        """Whether words are in a local index, and what it leads to is loaded."""
        return self.store is not None and self.store.is_local and bool(self._by_text_id)

    def build_text_index(self) -> None:
        """Build the index of text ids."""
        if self.store is not None:
            self._text_index(self.store)

    def build_indexes_of(self, previous: RankedStories) -> None:
        """Build the indexes that the previous one had built."""
        if previous._by_text_id:
            self.build_text_index()
        if previous._by_facet:
            self._facet_index()

    def _text_index(self, store: Store) -> dict[int, str]:
        if not self._by_text_id:
            text_ids = store.text_ids_by_key()
            self._by_text_id = {
                text_id: story.id
                for story in self.stories
                for article in story.articles
                for text_id in text_ids.get(article.key, ())
            }
        return self._by_text_id

    def _facet_index(self) -> dict[tuple[str, str], set[str]]:
        if not self._by_facet:
            index: dict[tuple[str, str], set[str]] = {}
            for story in self.stories:
                for article in story.articles:
                    for facet in facets(article.publisher, article.lang):
                        index.setdefault(facet, set()).add(story.id)
            self._by_facet = index
        return self._by_facet
