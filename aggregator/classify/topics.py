"""Topics of stories: by the names that their sources give, else by what their articles say, and
by the tree of topics above them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from aggregator.classify.evidence import TopicEvidence
from aggregator.model import Story, Topic, Verdict, fold_text

_NOT_SLUG = re.compile(r"[\W_]+")
_MAX_SLUG = 64
EVERYTHING = "all"
"""The slug of the feed that every story is in; no topic has it."""
RESERVED = frozenset({EVERYTHING, "index"})
"""Slugs that no topic has: their files are the program's own."""
_MAX_BYTES = 200  # of a slug: file systems take names of 255 bytes, and endings are added
_MOST_OPEN = 30  # topics where none is configured: more is a menu that nobody reads
_ENOUGH = 5  # stories that make a name a topic, whoever gives it


@lru_cache(maxsize=8_192)
def slug_of(name: str) -> str:
    """A name as it can stand in a file name and a URL: lower case letters, digits and hyphens.

    ``Machine Learning`` is ``machine-learning``, ``../../x`` is ``x``; letters of any script are
    kept, accents are folded. Empty where nothing is left.
    """
    return _folded_slug(_folded_slug(name))  # folding may bring up what folds again


def _folded_slug(name: str) -> str:
    text = unicodedata.normalize("NFKC", fold_text(name))
    slug = _NOT_SLUG.sub("-", text).strip("-")[:_MAX_SLUG]
    if not slug.isascii():
        slug = slug.encode("utf-8", "ignore")[:_MAX_BYTES].decode("utf-8", "ignore")
    return slug.strip("-")


@dataclass(frozen=True, slots=True)
class Topics:
    """All topics and how their names lead to them.

    `open_ended`: no topics were configured, so every name that a story gives is a topic.
    """

    topics: tuple[Topic, ...]
    open_ended: bool
    _by_name: dict[str, str]
    _parents: dict[str, str | None]
    _evidence: TopicEvidence
    _named: frozenset[str] = frozenset()

    @classmethod
    def of(cls, configured: Iterable[Topic]) -> Topics:
        """The given topics; with none, a topic is made of each name that a story brings."""
        topics = tuple(configured)
        by_name: dict[str, str] = {}
        for topic in topics:
            for name in (topic.slug, topic.name, *topic.names):
                by_name.setdefault(_folded(name), topic.slug)
        parents = {topic.slug: topic.parent for topic in topics}
        return cls(topics, not topics, by_name, parents, TopicEvidence(topics))

    def with_topics_named_by_sources(self, stories: Iterable[Story]) -> Topics:
        """The same topics, with what the sources that judge these stories name among them."""
        judged = (name for story in stories if _judged(story) for name in _names(story))
        named = {self._by_name.get(_folded(name)) for name in judged}
        return replace(self, _named=frozenset(slug for slug in named if slug))

    def classify(self, stories: Iterable[Story]) -> tuple[Story, ...]:
        """The stories with their topics: those its articles name, and their parents."""
        return tuple(
            replace(story, topics=slugs) if (slugs := self._slugs(story)) else story
            for story in stories
        )

    def named(self, stories: Collection[Story], before: Collection[str] = ()) -> tuple[Topic, ...]:
        """Every topic that has a feed: the configured ones, or the most usual of the names that
        the stories bring.

        Such a name is a topic when two sources give it, or enough stories have it: a twentieth of
        all, and five at most. The `before` ones (slugs) stay with half of that, so that feeds do
        not come and go. At most thirty are topics.
        """
        if not self.open_ended:
            return self.topics
        names, counts = self._counted(stories)
        enough = min(_ENOUGH, -(-len(stories) // 20))
        chosen: list[tuple[int, int, str]] = []
        for slug, (sources, number) in counts.items():
            weight = 2 if slug in before else 1
            if len(sources) > 1 or weight * number >= enough:
                chosen.append((-weight * len(sources), -weight * number, slug))
        slugs = sorted(slug for _, _, slug in sorted(chosen)[:_MOST_OPEN])
        return tuple(Topic(slug, names[slug]) for slug in slugs)

    def categories(self, stories: Iterable[Story]) -> dict[str, str]:
        """The names of the topics by slug; where none is configured, of all that stories bring,
        also of those that have no feed."""
        if not self.open_ended:
            return {topic.slug: topic.name for topic in self.topics}
        return self._counted(stories)[0]

    def _counted(
        self, stories: Iterable[Story]
    ) -> tuple[dict[str, str], dict[str, tuple[set[str], int]]]:
        """The names that stories bring by their slugs, with their sources and the number of
        stories."""
        names: dict[str, str] = {}
        counts: dict[str, tuple[set[str], int]] = {}
        for story in stories:
            sources: dict[str, set[str]] = {}
            for article in story.articles:
                for name in article.topics:
                    slug = slug_of(name)
                    if slug and slug not in RESERVED:
                        names[slug] = min(names.get(slug, name), name)
                        sources.setdefault(slug, set()).add(article.source)
            for slug, giving in sources.items():
                known, number = counts.get(slug, (set(), 0))
                counts[slug] = (known | giving, number + 1)
        return names, counts

    def _slugs(self, story: Story) -> tuple[str, ...]:
        return tuple(sorted(self.why(story)))

    def why(self, story: Story) -> dict[str, str]:
        """Slug -> why the story is in that topic, in words.

        A topic is one that an article's source names, one that the lead is in by what it says, or
        one that half of the articles (two at least) are in. Where a source judges its stories, its
        word is taken for the topics that it names anywhere.
        """
        found: dict[str, str] = {}
        for name in _names(story):
            slug = slug_of(name) if self.open_ended else self._by_name.get(_folded(name))
            if slug and slug not in RESERVED:
                found.setdefault(slug, f"its source names the topic {name!r}")
        if not self.open_ended:
            taken = self._named if found and _judged(story) else frozenset()
            for slug, why in self._said(story).items():
                if slug not in taken:
                    found.setdefault(slug, why)
        for slug in tuple(found):
            above = self._parents.get(slug)
            while above and above not in found:
                found[above] = f"the topic {slug!r} is part of it"
                slug, above = above, self._parents.get(above)
        return found

    def _said(self, story: Story) -> dict[str, str]:
        found = self._evidence.of(story.lead)
        if len(story.coverage) > 0:
            others = [self._evidence.of(article) for article in story.coverage]
            counted = Counter(slug for one in (found, *others) for slug in one)
            for slug, number in counted.items():
                if number >= 2 and 2 * number >= len(others) + 1 and slug not in found:
                    found[slug] = f"{number} of its {len(others) + 1} articles say so"
        return found


def _judged(story: Story) -> bool:
    """Whether a source that judges its stories tells of it."""
    judged = (Verdict.STORY, Verdict.SUPERSEDED, Verdict.UNPUBLISHED)
    return any(article.verdict in judged for article in story.articles)


def _names(story: Story) -> Iterable[str]:
    return (name for article in story.articles for name in article.topics)


def _folded(name: str) -> str:
    """Names of topics differ by their accents (no `fold_text` here), not by case or spaces."""
    return " ".join(name.casefold().split())
