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
    RowKey,
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
    """What to save and to publish.

    To save: `articles`, `story_records` and `promotions` that are new or changed. To publish:
    `stories` with their topics, `ranked` stories of each topic by slug, and `feeds`.

    `priors` estimated the quality of the articles whose keys are `estimated`; `topics` gave the
    stories their topics. `new_articles` are those of `articles` that have a date and were never
    read before. `categories` are the names of all topics that stories can have, `feed_records` the
    stored records of feeds, both by slug.
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
    new_articles: tuple[Article, ...]
    categories: Mapping[str, str] = field(default_factory=dict)
    feed_records: Mapping[str, FeedRecord] = field(default_factory=dict)


def plan(
    read: Iterable[Article],
    window: StoredWindow,
    options: PlanOptions,
    now: datetime,
    epochs: Epochs | None = None,
) -> Plan:
    """The plan for the articles that were read and those of the stored window.

    `epochs` holds the statistics by which texts are compared (None: learned from these articles).
    Pure and independent of the order of the input. Planned again with nothing read and at the same
    time, the saved result changes nothing.
    """
    current, changed, moved = _overlay(read, window.articles)
    unified = unify(current)
    priors = Priors.learned(unified.values())
    articles = {key: priors.estimate_quality(article) for key, article in unified.items()}
    moved.update(_aliases(articles))
    visible = {key: article for key, article in articles.items() if is_visible(article, options)}
    records = [_with_moved_keys(record, moved, articles) for record in window.stories]
    changed_keys = _keys_with_changed_text(changed, window.articles)
    merged = merge(visible, records, now, options.merging, epochs=epochs, changed=changed_keys)
    topics = Topics.of(options.topics).with_topics_named_by_sources(merged.stories)
    stories = topics.classify(merged.stories)
    topic_feeds = TopicFeeds.of(topics, stories, merged.story_records, window, options, now)
    stored_records = {record.id: record for record in window.stories}
    return Plan(
        articles=tuple(changed),
        story_records=tuple(r for r in merged.story_records if stored_records.get(r.id) != r),
        promotions=topic_feeds.promotions,
        ranked=topic_feeds.ranked,
        feeds=topic_feeds.feeds,
        stories=stories,
        priors=priors,
        estimated=frozenset(key for key, a in unified.items() if a.quality is None),
        topics=topics,
        new_articles=_new_articles(changed, window.articles),
        categories=topic_feeds.categories,
        feed_records=window.feeds,
    )


def _new_articles(changed: Iterable[Article], stored: Iterable[Article]) -> tuple[Article, ...]:
    stored_keys = {article.key for article in stored}
    return tuple(a for a in changed if a.dated and a.key not in stored_keys)


def _keys_with_changed_text(
    changed: Iterable[Article], stored: Iterable[Article]
) -> frozenset[str]:
    """The keys of stored articles whose title or excerpt has changed."""
    texts = {article.row_key: (article.title, article.excerpt) for article in stored}
    return frozenset(
        article.key
        for article in changed
        if texts.get(article.row_key, (article.title, article.excerpt))
        != (article.title, article.excerpt)
    )


def _overlay(
    read: Iterable[Article], stored: Iterable[Article]
) -> tuple[list[Article], list[Article], dict[str, str]]:
    """All articles in their current versions; those that changed; and old keys with the new ones.

    An article without a usable date keeps the time at which it was first seen. A row whose key
    changes still is the same article: a file keeps its name while its URL changes. Where another
    row has the old key as its own, the article did not move.
    """
    rows = {article.row_key: article for article in stored}
    changed: dict[RowKey, Article] = {}
    moved: dict[str, str] = {}
    for article in with_known_refs(read, rows):
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
    own_keys = {a.key for a in rows.values() if a.verdict is not Verdict.RELATED_ONLY}
    moved = {old: new for old, new in moved.items() if old not in own_keys}
    return list(rows.values()), list(changed.values()), moved


def _aliases(articles: Mapping[str, Article]) -> dict[str, str]:
    """The key of the article by alias, without aliases that are keys of articles."""
    pairs = ((alias, key) for key, article in articles.items() for alias in article.aliases)
    return {alias: key for alias, key in pairs if alias not in articles}


def _with_moved_keys(
    record: StoryRecord, moved: Mapping[str, str], articles: Mapping[str, Article]
) -> StoryRecord:
    """The record with the current keys of its articles. Its `origin_key` stays: it tells from which
    URL the id was minted, whatever is at that URL later."""
    if not moved:
        return record

    def current(key: str) -> str:
        return moved.get(key, key)

    valid_keys = {key for key in record.members if key not in moved or key in articles}
    return replace(
        record,
        lead=current(record.lead),
        members=frozenset(valid_keys | {current(key) for key in record.members}),
        anchors=frozenset(current(key) for key in record.anchors),
    )


def is_visible(article: Article, options: PlanOptions) -> bool:
    """Whether the article may be published: it is not withheld, or the options include it."""
    return options.include_withheld or article.verdict is not Verdict.UNPUBLISHED
