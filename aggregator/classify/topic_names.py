"""The names of topics that the sources of stories give, counted so that stories can come and go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from aggregator.classify.slugs import RESERVED, slug_of
from aggregator.model import Story


@dataclass(slots=True)
class SlugCounts:
    """What is said of one slug: how many articles give each of its `names`, how many stories have
    it from each of the `sources`, and in how many `stories` it occurs."""

    names: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    stories: int = 0

    @property
    def name(self) -> str:
        """The name that is shown: the same whatever the order of the stories."""
        return min(self.names)


@dataclass(slots=True)
class TopicNames:
    """The counts of some stories by slug, and the `number` of these stories."""

    counts: dict[str, SlugCounts] = field(default_factory=dict)
    number: int = 0

    @classmethod
    def of(cls, stories: Iterable[Story]) -> TopicNames:
        """The names that the sources of these stories give."""
        names = cls()
        for story in stories:
            names.add(story)
        return names

    def add(self, story: Story) -> None:
        """Count a story."""
        self._count(story, 1)

    def remove(self, story: Story) -> None:
        """No longer count a story, which must have been added as it is."""
        self._count(story, -1)
        for slug in {slug for slug, _, _ in _given(story)}:
            if not self.counts[slug].stories:
                del self.counts[slug]

    def by_slug(self) -> dict[str, str]:
        """The names by slug."""
        return {slug: counts.name for slug, counts in self.counts.items()}

    def _count(self, story: Story, change: int) -> None:
        self.number += change
        given = list(_given(story))
        for slug, name, _ in given:
            _add(self.counts.setdefault(slug, SlugCounts()).names, name, change)
        for slug, source in {(slug, source) for slug, _, source in given}:
            _add(self.counts[slug].sources, source, change)
        for slug in {slug for slug, _, _ in given}:
            self.counts[slug].stories += change


def _given(story: Story) -> Iterator[tuple[str, str, str]]:
    """The slug, the name and the source of each name that the articles of a story give."""
    for article in story.articles:
        for name in article.topics:
            slug = slug_of(name)
            if slug and slug not in RESERVED:
                yield slug, name, article.source


def _add(counter: Counter[str], key: str, change: int) -> None:
    counter[key] += change
    if not counter[key]:
        del counter[key]
