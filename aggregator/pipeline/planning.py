"""A plan from articles, without input or output: stories, feeds and the records to save."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from aggregator.classify import Topics
from aggregator.identify import unify
from aggregator.merge import Epochs, merge
from aggregator.model import (
    Article,
    Feed,
    FeedRecord,
    Promotion,
    Ranked,
    Story,
    StoryRecord,
    Verdict,
)
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.refs import with_known_refs
from aggregator.pipeline.topic_feeds import TopicFeeds
from aggregator.rank import Priors
from aggregator.store import StoredWindow


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do: `articles`, `story_records` and `promotions` are those that changed or are new,
    `feeds` all of them.

    `ranked` holds the stories of each feed in their order, by slug; `stories` are all of
    them. `priors` gave a quality to the
    articles (keys) that are `estimated`; `topics` said which feeds a story is in. `new` are the
    dated ones of `articles` that were never seen before. `categories` are the names of all topics
    that a story can be in, `feed_records` what is stored of feeds, both by slug.
    """

    articles: tuple[Article, ...]
    story_records: tuple[StoryRecord, ...]
    promotions: tuple[Promotion, ...]
    ranked: Mapping[str, tuple[Ranked, ...]]
    feeds: tuple[Feed, ...]
    stories: tuple[Story, ...]
    priors: Priors
    estimated: frozenset[str]
    topics: Topics
    new: tuple[Article, ...]
    categories: Mapping[str, str] = field(default_factory=dict)
    feed_records: Mapping[str, FeedRecord] = field(default_factory=dict)


def plan(
    read: Iterable[Article],
    remembered: StoredWindow,
    options: PlanOptions,
    now: datetime,
    epochs: Epochs | None = None,
) -> Plan:
    """What follows from the articles that were read and from what is remembered.

    `epochs` holds the statistics by which texts are compared (None: learned anew).

    Pure and blind to the order of the input. The plan of what a plan remembers, with nothing
    read and at the same time, changes nothing.
    """
    told, changed, moved = _overlay(read, remembered.articles)
    unified = unify(told)
    priors = Priors.learned(unified.values())
    articles = {key: priors.estimate_quality(article) for key, article in unified.items()}
    moved.update(_aliases(articles))
    before = [_follow(m, moved, articles) for m in remembered.stories]
    visible = {key: a for key, a in articles.items() if is_visible(a, options)}
    merged = merge(
        visible, before, now, options.merging,
        epochs=epochs, changed=_retold(changed, remembered.articles),
    )  # fmt: skip
    topics = Topics.of(options.topics).with_topics_named_by_sources(merged.stories)
    stories = topics.classify(merged.stories)
    live = {slug for slug, record in remembered.feeds.items() if record.removed is None}
    names = {topic.slug: topic.name for topic in topics.with_feeds(stories, live)}
    categories = topics.categories(stories)
    made = TopicFeeds.of(
        stories, names, merged.story_records, remembered, options, now, categories=categories
    )
    known = {record.id: record for record in remembered.stories}
    story_records = tuple(m for m in merged.story_records if known.get(m.id) != m)
    estimated = frozenset(key for key, article in unified.items() if article.quality is None)
    return Plan(
        tuple(changed), story_records, made.promotions, made.ranked, made.feeds, stories,
        priors, estimated, topics, _never_seen(changed, remembered.articles),
        categories, remembered.feeds,
    )  # fmt: skip


def _never_seen(changed: Iterable[Article], remembered: Iterable[Article]) -> tuple[Article, ...]:
    known = {article.key for article in remembered}
    return tuple(article for article in changed if article.dated and article.key not in known)


def _retold(changed: Iterable[Article], remembered: Iterable[Article]) -> frozenset[str]:
    """Keys of the known articles whose text is another than before."""
    before = {article.row_key: (article.title, article.excerpt) for article in remembered}
    return frozenset(
        article.key
        for article in changed
        if before.get(article.row_key, (article.title, article.excerpt))
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
    rows = {article.row_key: article for article in remembered}
    read = with_known_refs(read, rows)
    changed: dict[tuple[str, str, str], Article] = {}
    moved: dict[str, str] = {}
    for article in read:
        old = rows.get(article.row_key)
        if old is not None:
            if not article.dated:
                article = replace(
                    article, published=old.published, dated=old.dated, position=old.position
                )
            if article == old:
                continue
            if article.key != old.key:
                moved[old.key] = min(article.key, moved.get(old.key, article.key))
        rows[article.row_key] = changed[article.row_key] = article
    own = {a.key for a in rows.values() if a.verdict is not Verdict.RELATED_ONLY}
    moved = {old: new for old, new in moved.items() if old not in own}
    return list(rows.values()), list(changed.values()), moved


def _aliases(articles: Mapping[str, Article]) -> dict[str, str]:
    """Keys that turned out to be other addresses of an article."""
    pairs = ((alias, key) for key, article in articles.items() for alias in article.aliases)
    return {alias: key for alias, key in pairs if alias not in articles}


def _follow(
    record: StoryRecord, moved: Mapping[str, str], articles: Mapping[str, Article]
) -> StoryRecord:
    """The remembered story under the keys that its articles have now. Its origin stays: it says
    which id was minted from which address, whatever is at that address later."""
    if not moved:
        return record

    def now_at(key: str) -> str:
        return moved.get(key, key)

    kept = {key for key in record.members if key not in moved or key in articles}
    return replace(
        record,
        lead=now_at(record.lead),
        members=frozenset(kept | {now_at(key) for key in record.members}),
        anchors=frozenset(now_at(key) for key in record.anchors),
    )


def is_visible(article: Article, options: PlanOptions) -> bool:
    """Whether the article may be shown at all."""
    return options.include_withheld or article.verdict is not Verdict.UNPUBLISHED
