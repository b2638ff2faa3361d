"""Stories as they are shown, from their stored records and articles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aggregator.identify import unify
from aggregator.merge import story_from_record
from aggregator.model import Article, Story
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
    stories: dict[str, Story] = {}
    for record in stored.stories:
        story = story_from_record(record, articles)
        if record.id in shown and story is not None:
            topics = tuple(slug for slug, _, _ in shown[record.id].topics)
            stories[record.id] = replace(story, topics=topics)
    return stories
