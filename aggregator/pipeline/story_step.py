"""Articles that were read and what is stored of them, to stories: the pure step of merging.

It works on any set that is closed (``Window.closed``): the stories of the whole window are those of
its closed parts, so the same function serves a window and the part of it that an article touches.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from aggregator.classify import Topics
from aggregator.identify import unify
from aggregator.merge import TextSource, merge
from aggregator.model import Article, RowKey, Story, StoryRecord, Verdict
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.refs import with_known_refs
from aggregator.rank import Priors


@dataclass(frozen=True, slots=True)
class Baselines:
    """What the articles of a whole window say of publishers and topics: `priors` give a quality to
    articles without one, `topics` know which topics the judging sources name. They stay as they are
    for an epoch, so that a story depends on its own articles alone."""

    priors: Priors
    topics: Topics

    @classmethod
    def learned(cls, articles: Collection[Article], options: PlanOptions) -> Baselines:
        """The baselines of these unified articles; the same whatever their order."""
        topics = Topics.of(options.topics).with_topics_named_by_sources(articles)
        return cls(Priors.learned(articles), topics)


@dataclass(frozen=True, slots=True)
class StoryStep:
    """`changed` are the rows to save, `new_articles` the dated ones of them at an address that was
    not known; `articles` all unified articles by key, each with a quality, those in `estimated`
    with one that we gave; `records` all story records, `stories` those that are shown."""

    changed: tuple[Article, ...]
    new_articles: tuple[Article, ...]
    articles: Mapping[str, Article]
    estimated: frozenset[str]
    records: tuple[StoryRecord, ...]
    stories: tuple[Story, ...]
    baselines: Baselines


def stories_after(
    read: Iterable[Article],
    rows: Collection[Article],
    records: Collection[StoryRecord],
    options: PlanOptions,
    now: datetime,
    epochs: TextSource | None = None,
    baselines: Baselines | None = None,
    classified: Collection[Story] = (),
) -> StoryStep:
    """The stories of stored `rows` and `records` after `read`.

    `epochs` holds the statistics by which texts are compared, `baselines` what is known of
    publishers and topics (None: learned anew). Stories `classified` by the same baselines are kept
    where they stay as they are. Pure and blind to the order of the input; what a step gave gives
    the same again."""
    current, changed, moved = _overlay(read, rows)
    unified = unify(current)
    baselines = baselines or Baselines.learned(unified.values(), options)
    articles = {key: baselines.priors.estimate_quality(a) for key, a in unified.items()}
    moved.update(_aliases(articles))
    before = _unified_before(changed, rows, moved)
    merged = merge(
        {key: article for key, article in articles.items() if is_visible(article, options)},
        [_with_moved_keys(record, moved, articles) for record in records],
        now,
        options.merging,
        epochs=epochs,
        changed=_differing(unified, before, _compared),
        reworded=_differing(unified, before, _words),
        shown=classified,
    )
    estimated = frozenset(key for key, article in unified.items() if article.quality is None)
    new, stories = _new_articles(changed, rows), merged.stories
    stories = _with_topics(stories, baselines.topics, classified)
    return StoryStep(
        tuple(changed), new, articles, estimated, merged.story_records, stories, baselines
    )


def unified_after(read: Iterable[Article], rows: Collection[Article]) -> dict[str, Article]:
    """The unified articles by key, with `read` over the stored `rows`; without a quality where no
    source gives one."""
    return unify(_overlay(read, rows)[0])


def is_visible(article: Article, options: PlanOptions) -> bool:
    """Whether the article may be published: it is not withheld, or the options include it."""
    return options.include_withheld or article.verdict is not Verdict.UNPUBLISHED


def _with_topics(
    stories: Iterable[Story], topics: Topics, classified: Iterable[Story]
) -> tuple[Story, ...]:
    """The stories with their topics; those of `classified` as they are there."""
    before = {story.id: story for story in classified}

    def with_topics(story: Story) -> Story:
        last = before.get(story.id)
        if last is story:
            return last
        if last is not None and replace(story, topics=last.topics) == last:
            return last
        return topics.classify([story])[0]

    return tuple(map(with_topics, stories))


def _new_articles(changed: Iterable[Article], stored: Iterable[Article]) -> tuple[Article, ...]:
    stored_keys = {article.key for article in stored}
    return tuple(a for a in changed if a.dated and a.key not in stored_keys)


def _unified_before(
    changed: Iterable[Article], rows: Collection[Article], moved: Mapping[str, str]
) -> dict[str, Article]:
    """The articles at an address of a changed row, unified as they were before: no others can
    differ. `moved` maps the keys that articles had to those that they have."""
    stored = {article.row_key: article for article in rows}
    addresses = {
        address
        for article in changed
        for version in (article, stored.get(article.row_key, article))
        for address in (version.key, *version.aliases)
    }
    before = unify(a for a in rows if a.key in addresses or not addresses.isdisjoint(a.aliases))
    for old, new in sorted(moved.items()):
        if old in before:
            before.setdefault(new, before[old])
    return before


def _differing(
    unified: Mapping[str, Article],
    before: Mapping[str, Article],
    aspect: Callable[[Article], tuple[str, ...]],
) -> frozenset[str]:
    """The keys of the articles that are not as before in this aspect."""
    return frozenset(
        key
        for key, article in before.items()
        if key in unified and aspect(unified[key]) != aspect(article)
    )


def _compared(article: Article) -> tuple[str, ...]:
    """The text by which an article is compared with others."""
    return (article.title, article.excerpt, article.publisher.name, article.lang)


def _words(article: Article) -> tuple[str, ...]:
    """The words of an article that entries show."""
    return (article.title, article.excerpt, article.content.digest if article.content else "")


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
            article = with_stored_date(article, old)
            if article == old:
                continue
            if article.key != old.key:
                moved[old.key] = min(article.key, moved.get(old.key, article.key))
        rows[article.row_key] = changed[article.row_key] = article
    own_keys = {a.key for a in rows.values() if a.verdict is not Verdict.RELATED_ONLY}
    moved = {old: new for old, new in moved.items() if old not in own_keys}
    return list(rows.values()), list(changed.values()), moved


def with_stored_date(article: Article, stored: Article) -> Article:
    """The article; without a usable date, with the time at which it was first seen."""
    if article.dated:
        return article
    return replace(
        article, published=stored.published, dated=stored.dated, position=stored.position
    )


def _aliases(articles: Mapping[str, Article]) -> dict[str, str]:
    """The key of the article by alias, without aliases that are keys of articles."""
    pairs = ((alias, key) for key, article in articles.items() for alias in article.aliases)
    return {alias: key for alias, key in pairs if alias not in articles}


def _with_moved_keys(
    record: StoryRecord, moved: Mapping[str, str], articles: Mapping[str, Article]
) -> StoryRecord:
    """The record with the current keys of its articles. Its `origin_key` stays: it tells from which
    URL the id was derived, whatever is at that URL later."""
    if not moved:
        return record

    def current(key: str) -> str:
        """The last of the keys that it moved to, one after the other: a file takes the URL of
        another one, which turns out to be an alias."""
        passed: set[str] = set()
        while key in moved and key not in passed:
            passed.add(key)
            key = moved[key]
        return key

    valid_keys = {key for key in record.members if key not in moved or key in articles}
    return replace(
        record,
        lead=current(record.lead),
        members=frozenset(valid_keys | {current(key) for key in record.members}),
        anchors=frozenset(current(key) for key in record.anchors),
    )
