"""Stories as they are shown, from their stored records and articles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aggregator.identify import unify
from aggregator.merge import story_from_record
from aggregator.merge.declared import sort_key
from aggregator.model import Article, Story, StoryRecord
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.story_step import Baselines, is_visible
from aggregator.store import ShownStory, StoredWindow


def visible_articles(
    stored: StoredWindow, baselines: Baselines, options: PlanOptions
) -> dict[str, Article]:
    """The articles that may be shown, unified, each with a quality, by key."""
    return {
        key: baselines.priors.estimate_quality(article)
        for key, article in unify(stored.articles).items()
        if is_visible(article, options)
    }


def restored_stories(
    shown: Mapping[str, ShownStory],
    stored: StoredWindow,
    baselines: Baselines,
    options: PlanOptions,
) -> dict[str, Story]:
    """The stories that are `shown`, by id, as the last update made them."""
    articles = visible_articles(stored, baselines, options)
    stories = (
        _restored(record, shown[record.id], articles)
        for record in stored.stories
        if record.id in shown
    )
    return {story.id: story for story in stories if story is not None}


def _restored(
    record: StoryRecord, shown: ShownStory, articles: Mapping[str, Article]
) -> Story | None:
    """The story as the last update left it; None where none of its articles is visible. Where its
    lead is not, an update has happened meanwhile."""
    topics = tuple(slug for slug, _, _ in shown.topics)
    lead = articles.get(record.lead)
    if lead is None:
        story = story_from_record(record, articles)
        return replace(story, topics=topics) if story else None
    keys = record.members - {record.lead}
    coverage = [articles[key] for key in sorted(keys) if key in articles]
    coverage.sort(key=sort_key, reverse=True)
    return Story(
        record.id,
        record.title,
        record.published,
        record.updated,
        lead,
        tuple(coverage),
        topics,
        shown.copies,
    )
