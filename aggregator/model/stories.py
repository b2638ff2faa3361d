"""Stories, the topics that they are in, and their rank."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aggregator.model.articles import Article
from aggregator.model.text import CleanText

EVERYTHING = "all"
"""The slug of the feed that contains every story. No topic can have it."""


@dataclass(frozen=True, slots=True)
class StoryRecord:
    """What is stored of a story.

    `origin_key` is the article key from which the id was derived, `lead` the key of the lead;
    `members` are the keys of all articles that were ever in it, `anchors` those members that were
    a story of their own at some time. `content_digest` is that of the texts that subscribers see;
    `merged_into` is the id of the older story into which this one was merged (None: it is current).
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
    """The conditions of a topic, besides its keywords. An article matches if it has one phrase of
    `any` (or a keyword, or matches the `query`), all of `all` and none of `none`, is by one of the
    `publishers` (names or domains; empty: any) and in one of the `languages` (empty: any)."""

    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    query: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject that people subscribe to. `parent` is the slug of the topic above it, `names` are
    further names that sources give it."""

    slug: str
    name: str
    parent: str | None = None
    names: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    match: Match = Match()


@dataclass(frozen=True, slots=True)
class Promotion:
    """The time at which a story (id) first entered the top of the feed of a topic (slug)."""

    topic: str
    story: str
    when: datetime


@dataclass(frozen=True, slots=True)
class ScoreTerm:
    """One named part of a score, with its explanation."""

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
