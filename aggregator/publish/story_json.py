"""Stories as JSON, for ``aggregator stories --json``, ``/stories.json`` and ``/stories/<id>.json``.

``serve/openapi`` describes the fields.
"""

from __future__ import annotations

from collections.abc import Collection

from aggregator.model import Article, Json, Ranked, Story, Verdict
from aggregator.model.times import rfc3339


def story_fields(
    ranked: Ranked, topics: Collection[str] | None = None, limit: int | None = None
) -> dict[str, Json]:
    """The fields of a story. Only these `topics` (slugs) are included (None: all), and at most
    `limit` articles (None: all). Times are RFC 3339 in UTC; the role of an article is ``lead``,
    ``coverage``, ``copy`` or ``related``."""
    score: dict[str, Json] = {"heat": ranked.heat, "score": round(ranked.score, 6)}
    return unranked_fields(ranked.story, topics, limit) | score


def unranked_fields(
    story: Story, topics: Collection[str] | None = None, limit: int | None = None
) -> dict[str, Json]:
    """The same of a story that is not ranked any more: without a heat and a score."""
    lead, copies = story.lead, frozenset(key for key, _ in story.copies)
    return {
        "id": story.id,
        "title": story.title,
        "url": lead.url,
        "excerpt": lead.excerpt,
        "lang": lead.lang or None,
        "image": lead.image.url if lead.image else None,
        "published": rfc3339(story.published),
        "updated": rfc3339(story.updated),
        "topics": [slug for slug in story.topics if topics is None or slug in topics],
        "quality": lead.quality,
        "heat": None,
        "score": None,
        "article_count": len(story.articles),
        "publisher_count": len({article.publisher.name for article in story.articles}),
        "articles": [_article_fields(article, lead, copies) for article in story.articles[:limit]],
    }


def _article_fields(article: Article, lead: Article, copies: Collection[str]) -> dict[str, Json]:
    role = "related" if article.verdict is Verdict.RELATED_ONLY else "coverage"
    if article.key in copies:
        role = "copy"
    if article.key == lead.key:
        role = "lead"
    return {
        "url": article.url,
        "title": article.title,
        "publisher": article.publisher.name,
        "lang": article.lang or None,
        "published": rfc3339(article.published),
        "quality": article.quality,
        "role": role,
    }
