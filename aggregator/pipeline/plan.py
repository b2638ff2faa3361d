"""The pure middle of the line: articles in, stories and feeds out, and what to remember."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from aggregator.classify import EVERYTHING, Topics
from aggregator.config import Settings
from aggregator.identify import unify
from aggregator.merge import MergeOptions, VectorLoader, merge, no_vectors
from aggregator.model import (
    Article,
    Feed,
    Ranked,
    Site,
    Standing,
    Story,
    StoryMemory,
    Tombstone,
    Topic,
)
from aggregator.pipeline.select import led_by
from aggregator.publish import compose_feed
from aggregator.rank import RankingOptions, appraise, rank
from aggregator.store import Remembered

_TOMBSTONES = 20  # of one story: a reader that was away for longer has dropped the entries anyway


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """`ranking_of` overrides `ranking` by the slug of a topic."""

    site: Site
    topics: tuple[Topic, ...] = ()
    ranking: RankingOptions = field(default_factory=RankingOptions)
    ranking_of: Mapping[str, RankingOptions] = field(default_factory=dict)
    include_withheld: bool = False
    merging: MergeOptions = field(default_factory=MergeOptions)

    @classmethod
    def of(cls, settings: Settings) -> PlanOptions:
        """What the configuration says of merging, topics and ranking."""
        return cls(
            settings.site,
            settings.topics,
            settings.ranking,
            settings.ranking_of,
            settings.include_withheld,
            settings.merging,
        )

    def ranking_for(self, slug: str) -> RankingOptions:
        """How the feed of this topic is ranked."""
        return self.ranking_of.get(slug, self.ranking)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do: `articles` and `memories` are those that changed, `feeds` all of them.

    `ranked` holds the stories of each feed in their order, by slug.
    """

    articles: tuple[Article, ...]
    memories: tuple[StoryMemory, ...]
    ranked: Mapping[str, tuple[Ranked, ...]]
    feeds: tuple[Feed, ...]


def plan(
    read: Iterable[Article],
    remembered: Remembered,
    options: PlanOptions,
    now: datetime,
    vectors: VectorLoader = no_vectors,
) -> Plan:
    """What follows from the articles that were read and from what is remembered.

    `vectors` gives the word vectors; it is asked only where texts are compared.

    Pure and blind to the order of the input. The plan of what a plan remembers, with nothing
    read and at the same time, changes nothing.
    """
    told, changed, moved = _overlay(read, remembered.articles)
    articles = {key: appraise(article) for key, article in unify(told).items()}
    moved.update(_aliases(articles))
    before = [_follow(m, moved, articles) for m in remembered.stories]
    shown = {key: a for key, a in articles.items() if _shown(a, options)}
    merged = merge(
        shown, before, now, options.merging,
        vectors=vectors, changed=_retold(changed, remembered.articles),
    )  # fmt: skip
    topics = Topics.of(options.topics)
    stories = topics.classify(merged.stories)
    names = {topic.slug: topic.name for topic in topics.named(stories)}
    ranked = {EVERYTHING: _ranked(stories, options.ranking_for(EVERYTHING), now)}
    for slug in names:
        inside = [story for story in stories if slug in story.topics]
        ranked[slug] = _ranked(inside, options.ranking_for(slug), now)
    titles = {EVERYTHING: options.site.title, **names}
    ended = _ended(merged.memories)
    feeds = tuple(
        compose_feed(
            slug,
            titles[slug],
            options.site,
            (r.story for r in ranked[slug]),
            names,
            [one for r in ranked[slug] for one in ended.get(r.story.id, ())],
        )
        for slug in ranked
    )
    known = {memory.id: memory for memory in remembered.stories}
    memories = tuple(m for m in merged.memories if known.get(m.id) != m)
    return Plan(tuple(changed), memories, ranked, feeds)


def _ranked(stories: Sequence[Story], options: RankingOptions, now: datetime) -> tuple[Ranked, ...]:
    """The stories in order, without the blocked ones and the pinned ones first."""
    blocked = led_by(stories, options.blocked)
    allowed = [story for story in stories if story.id not in blocked] if blocked else stories
    return rank(allowed, options, now, led_by(allowed, options.pinned))


def _ended(memories: Iterable[StoryMemory]) -> dict[str, list[Tombstone]]:
    """The ids that ended, by the story in which they go on; the latest first, some of them."""
    into = {memory.id: memory.ended_into for memory in memories if memory.ended_into}
    found: dict[str, list[Tombstone]] = {}
    for memory in memories:
        last = memory.ended_into
        while last and into.get(last):
            last = into[last]
        if last:
            found.setdefault(last, []).append(Tombstone(memory.id, memory.updated))
    for ended in found.values():
        ended.sort(key=lambda one: (one.when, one.id), reverse=True)
        del ended[_TOMBSTONES:]
    return found


def _retold(changed: Iterable[Article], remembered: Iterable[Article]) -> frozenset[str]:
    """Keys of the known articles whose text is another than before."""
    before = {article.place: (article.title, article.excerpt) for article in remembered}
    return frozenset(
        article.key
        for article in changed
        if before.get(article.place, (article.title, article.excerpt))
        != (article.title, article.excerpt)
    )


def _overlay(
    read: Iterable[Article], remembered: Iterable[Article]
) -> tuple[list[Article], list[Article], dict[str, str]]:
    """All articles as they are told now; those that changed; and keys that moved to another.

    An article without a usable date keeps the time at which it was first seen. A place that
    tells another address than before tells the same article: a file keeps its name while its
    URL changes. Where another place still tells the old one as its own, it did not move.
    """
    rows = {article.place: article for article in remembered}
    changed: dict[tuple[str, str, str], Article] = {}
    moved: dict[str, str] = {}
    for article in read:
        old = rows.get(article.place)
        if old is not None:
            if not article.dated:
                article = replace(article, published=old.published, dated=old.dated)
            if article == old:
                continue
            if article.key != old.key:
                moved[old.key] = min(article.key, moved.get(old.key, article.key))
        rows[article.place] = changed[article.place] = article
    own = {a.key for a in rows.values() if a.standing is not Standing.MENTIONED}
    moved = {old: new for old, new in moved.items() if old not in own}
    return list(rows.values()), list(changed.values()), moved


def _aliases(articles: Mapping[str, Article]) -> dict[str, str]:
    """Keys that turned out to be other addresses of an article."""
    pairs = ((alias, key) for key, article in articles.items() for alias in article.aliases)
    return {alias: key for alias, key in pairs if alias not in articles}


def _follow(
    memory: StoryMemory, moved: Mapping[str, str], articles: Mapping[str, Article]
) -> StoryMemory:
    """The remembered story under the keys that its articles have now."""
    if not moved:
        return memory

    def now_at(key: str) -> str:
        return moved.get(key, key)

    kept = {key for key in memory.members if key not in moved or key in articles}
    return replace(
        memory,
        lead=now_at(memory.lead),
        founder=now_at(memory.founder),
        members=frozenset(kept | {now_at(key) for key in memory.members}),
        roots=frozenset(now_at(key) for key in memory.roots),
    )


def _shown(article: Article, options: PlanOptions) -> bool:
    return options.include_withheld or article.standing is not Standing.WITHHELD
