"""One event: a lead article and its coverage, the topics it is in, and its rank."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aggregator.model.articles import Article
from aggregator.model.text import CleanText


@dataclass(frozen=True, slots=True)
class StoryRecord:
    """What is remembered of a story between two runs.

    `origin_key` is the key that the id was minted from, `members` every key ever shown under it,
    `anchors` those of them that made a story of their own at some time, `content_digest` is of
    what a subscriber last saw, `merged_into` the older story that this one turned out to be.
    """

    id: str
    origin_key: str
    lead: str
    title: CleanText
    published: datetime
    updated: datetime
    content_digest: str
    members: frozenset[str] = frozenset()
    anchors: frozenset[str] = frozenset()
    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """One event: the lead article and its coverage, best first.

    `title` is the lead's at the time it became the lead. `topics` are slugs, set by ``classify``.
    `copies` are pairs of keys: an article with the words of another publisher's, and the original.
    """

    id: str
    title: CleanText
    published: datetime
    updated: datetime
    lead: Article
    coverage: tuple[Article, ...]
    topics: tuple[str, ...] = ()
    copies: tuple[tuple[str, str], ...] = ()

    @property
    def articles(self) -> tuple[Article, ...]:
        """The lead first, then the coverage in its order."""
        return (self.lead, *self.coverage)


@dataclass(frozen=True, slots=True)
class Match:
    """What an article of a topic must be like, beside its keywords: it has one of `any` (or a
    keyword, or fits the `query`), each of `all`, nothing of `none`, and is by one of the
    `publishers` (names or domains) and in one of the `languages` where there are some."""

    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    query: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """What people subscribe to. `parent` is a slug; `names` are what stories may call it."""

    slug: str
    name: str
    parent: str | None = None
    names: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    match: Match = Match()


@dataclass(frozen=True, slots=True)
class Promotion:
    """When a story first entered the top of a topic's feed."""

    topic: str
    story: str
    when: datetime


@dataclass(frozen=True, slots=True)
class ScoreTerm:
    """One named part of a score, with the words that explain it."""

    name: str
    value: float
    why: str


@dataclass(frozen=True, slots=True)
class Ranked:
    """A story with its score: the sum of its terms. `heat` is the score without decay."""

    story: Story
    score: float
    heat: int
    terms: tuple[ScoreTerm, ...]
