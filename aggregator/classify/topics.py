"""The topics of stories: those that their sources name, those that their texts support, and the
parents of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from aggregator.classify.evidence import TopicEvidence
from aggregator.classify.slugs import RESERVED, slug_of
from aggregator.classify.topic_names import TopicNames
from aggregator.model import Article, Story, Topic, Verdict

_JUDGED = frozenset({Verdict.STORY, Verdict.SUPERSEDED, Verdict.UNPUBLISHED})
_MAX_OPEN_TOPICS = 30  # without configured topics: nobody reads a longer menu
_ENOUGH_STORIES = 5  # make a name a topic, even if only one source gives it


@dataclass(frozen=True, slots=True)
class Topics:
    """The configured topics, and how stories are assigned to them.

    `open_ended`: no topics were configured, so each name that a source gives is a topic.
    """

    topics: tuple[Topic, ...]
    open_ended: bool
    _by_name: dict[str, str]
    _parents: dict[str, str | None]
    _evidence: TopicEvidence
    _named: frozenset[str] = frozenset()

    @classmethod
    def of(cls, configured: Iterable[Topic]) -> Topics:
        """The classifier for these topics; without any it is open-ended."""
        topics = tuple(configured)
        by_name: dict[str, str] = {}
        for topic in topics:
            for name in (topic.slug, topic.name, *topic.names):
                by_name.setdefault(_normalised(name), topic.slug)
        parents = {topic.slug: topic.parent for topic in topics}
        return cls(topics, not topics, by_name, parents, TopicEvidence(topics))

    def with_topics_named_by_sources(self, articles: Iterable[Article]) -> Topics:
        """The same topics, together with the knowledge which of them are named by the sources that
        judge these articles: in stories with such articles, these topics are not looked for in
        texts."""
        names = (name for a in articles if a.verdict in _JUDGED for name in a.topics)
        slugs = {self._by_name.get(_normalised(name)) for name in names}
        return self.with_named(slug for slug in slugs if slug)

    def with_named(self, slugs: Iterable[str]) -> Topics:
        """The same topics, of which those with these `slugs` are named by judging sources."""
        return replace(self, _named=frozenset(slugs))

    @property
    def named(self) -> frozenset[str]:
        """The slugs of the topics that are known to be named by judging sources."""
        return self._named

    def classify(self, stories: Iterable[Story]) -> tuple[Story, ...]:
        """The stories with their topics (sorted slugs); the reasons are those of `why`."""
        return tuple(
            replace(story, topics=slugs) if (slugs := self._slugs(story)) else story
            for story in stories
        )

    def with_feeds(self, names: TopicNames, current: Collection[str] = ()) -> tuple[Topic, ...]:
        """The topics that get a feed: the configured ones, or else the most frequent `names` that
        the sources of the stories give.

        Such a name becomes a topic if two sources give it, or if it has at least a twentieth of all
        stories (or five, if that is fewer). `current` are the slugs that have a feed already: half
        of the stories is enough for these, so that feeds do not come and go. At most thirty names
        become topics.
        """
        if not self.open_ended:
            return self.topics
        enough = min(_ENOUGH_STORIES, -(-names.number // 20))
        candidates: list[tuple[int, int, str]] = []
        for slug, counts in names.counts.items():
            weight = 2 if slug in current else 1
            if len(counts.sources) > 1 or weight * counts.stories >= enough:
                candidates.append((-weight * len(counts.sources), -weight * counts.stories, slug))
        slugs = sorted(slug for _, _, slug in sorted(candidates)[:_MAX_OPEN_TOPICS])
        return tuple(Topic(slug, names.counts[slug].name) for slug in slugs)

    def categories(self, names: TopicNames) -> dict[str, str]:
        """The names of all topics by slug: the configured ones, or else all that the sources of the
        stories give, including those without a feed."""
        if not self.open_ended:
            return {topic.slug: topic.name for topic in self.topics}
        return names.by_slug()

    def _slugs(self, story: Story) -> tuple[str, ...]:
        return tuple(sorted(self.why(story)))

    def why(self, story: Story) -> dict[str, str]:
        """The topics of the story: slug -> reason in words.

        A story has the topics that the sources of its articles name, those that the texts of its
        lead support, those that the texts of at least two and at least half of its articles
        support, and the parents of all these. If a source judges its stories and names topics of
        this one, then the topics that such sources name anywhere are not looked for in texts.
        """
        reasons: dict[str, str] = {}
        for name in _names(story):
            slug = slug_of(name) if self.open_ended else self._by_name.get(_normalised(name))
            if slug and slug not in RESERVED:
                reasons.setdefault(slug, f"its source names the topic {name!r}")
        if not self.open_ended:
            left_to_source = self._named if reasons and _is_judged(story) else frozenset()
            for slug, why in self._in_texts(story).items():
                if slug not in left_to_source:
                    reasons.setdefault(slug, why)
        for slug in tuple(reasons):
            parent = self._parents.get(slug)
            while parent and parent not in reasons:
                reasons[parent] = f"the topic {slug!r} is part of it"
                slug, parent = parent, self._parents.get(parent)
        return reasons

    def _in_texts(self, story: Story) -> dict[str, str]:
        """The topics that the texts of the lead, or of half of the articles, support."""
        reasons = dict(self._evidence.of(story.lead))
        if story.coverage:
            by_article = [reasons, *(self._evidence.of(article) for article in story.coverage)]
            counts = Counter(slug for slugs in by_article for slug in slugs)
            for slug, number in counts.items():
                if number >= 2 and 2 * number >= len(by_article) and slug not in reasons:
                    reasons[slug] = f"the texts of {number} of its {len(by_article)} articles"
        return reasons


def _is_judged(story: Story) -> bool:
    """Whether a source gave a verdict on one of the story's articles."""
    return any(article.verdict in _JUDGED for article in story.articles)


def _names(story: Story) -> Iterable[str]:
    return (name for article in story.articles for name in article.topics)


def _normalised(name: str) -> str:
    """The name without differences of case and spaces. Accents do distinguish topics, so that
    `fold_text` must not be used."""
    return " ".join(name.casefold().split())
