"""Stories as JSON, for ``aggregator stories --json`` and ``/stories.json``."""

from __future__ import annotations

from collections.abc import Collection

from aggregator.model import Article, Json, Ranked, Story, Verdict
from aggregator.model.times import rfc3339


def story_fields(ranked: Ranked, topics: Collection[str] | None = None) -> dict[str, Json]:
    """The fields of a story. Only these `topics` (slugs) are included (None: all). Times are RFC
    3339 in UTC; the role of an article is ``lead``, ``coverage``, ``copy`` or ``related``."""
    story = ranked.story
    return {
        "id": story.id,
        "title": story.title,
        "url": story.lead.url,
        "published": rfc3339(story.published),
        "updated": rfc3339(story.updated),
        "topics": [slug for slug in story.topics if topics is None or slug in topics],
        "quality": story.lead.quality,
        "heat": ranked.heat,
        "score": round(ranked.score, 6),
        "articles": [
            {
                "url": article.url,
                "title": article.title,
                "publisher": article.publisher.name,
                "published": rfc3339(article.published),
                "quality": article.quality,
                "role": _role(article, story),
            }
            for article in story.articles
        ],
    }


def _role(article: Article, story: Story) -> str:
    if article.key == story.lead.key:
        return "lead"
    if article.key in dict(story.copies):
        return "copy"
    return "related" if article.verdict is Verdict.RELATED_ONLY else "coverage"
