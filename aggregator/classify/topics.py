"""Topics by the names that a story's own articles give, and by the tree of topics above them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from aggregator.model import Story, Topic

_NOT_SLUG = re.compile(r"[\W_]+")
_MAX_SLUG = 64
EVERYTHING = "all"
"""The slug of the feed that every story is in; no topic has it."""


@lru_cache(maxsize=8_192)
def slug_of(name: str) -> str:
    """A name as it can stand in a file name and a URL: lower case letters, digits and hyphens.

    ``Machine Learning`` is ``machine-learning``, ``../../x`` is ``x``; letters of any script are
    kept, accents are folded. Empty where nothing is left.
    """
    return _folded_slug(_folded_slug(name))  # folding may bring up what folds again


def _folded_slug(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    text = unicodedata.normalize("NFKC", plain)
    return _NOT_SLUG.sub("-", text).strip("-")[:_MAX_SLUG].strip("-")


@dataclass(frozen=True, slots=True)
class Topics:
    """All topics and how their names lead to them.

    `open_ended`: no topics were configured, so every name that a story gives is a topic.
    """

    topics: tuple[Topic, ...]
    open_ended: bool
    _by_name: dict[str, str]
    _parents: dict[str, str | None]

    @classmethod
    def of(cls, configured: Iterable[Topic]) -> Topics:
        """The given topics; with none, a topic is made of each name that a story brings."""
        topics = tuple(configured)
        by_name: dict[str, str] = {}
        for topic in topics:
            for name in (topic.slug, topic.name, *topic.names):
                by_name.setdefault(_folded(name), topic.slug)
        return cls(topics, not topics, by_name, {t.slug: t.parent for t in topics})

    def classify(self, stories: Iterable[Story]) -> tuple[Story, ...]:
        """The stories with their topics: those its articles name, and their parents."""
        return tuple(
            replace(story, topics=slugs) if (slugs := self._slugs(story)) else story
            for story in stories
        )

    def named(self, stories: Iterable[Story]) -> tuple[Topic, ...]:
        """Every topic that has a feed: the configured ones, or those that the stories bring."""
        if not self.open_ended:
            return self.topics
        names: dict[str, str] = {}
        for story in stories:
            for name in _names(story):
                if (slug := slug_of(name)) and slug != EVERYTHING:
                    names[slug] = min(names.get(slug, name), name)
        return tuple(Topic(slug, names[slug]) for slug in sorted(names))

    def _slugs(self, story: Story) -> tuple[str, ...]:
        slugs: dict[str, None] = {}
        for name in _names(story):
            slug = slug_of(name) if self.open_ended else self._by_name.get(_folded(name))
            while slug and slug not in slugs and slug != EVERYTHING:
                slugs[slug] = None
                slug = self._parents.get(slug)
        return tuple(sorted(slugs))


def _names(story: Story) -> Iterable[str]:
    return (name for article in story.articles for name in article.topics)


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
