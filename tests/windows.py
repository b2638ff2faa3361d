"""What a store would hold after a plan, without a store."""

from __future__ import annotations

from aggregator.pipeline import Plan
from aggregator.store import StoredWindow


def window_after(window: StoredWindow, new_plan: Plan) -> StoredWindow:
    """The window once the articles, stories and promotions of the plan are saved."""
    articles = {a.row_key: a for a in (*window.articles, *new_plan.changes.articles)}
    stories = {r.id: r for r in (*window.stories, *new_plan.changes.story_records)}
    promotions = {(p.topic, p.story): p for p in (*window.promotions, *new_plan.changes.promotions)}
    return StoredWindow(
        tuple(articles.values()), tuple(stories.values()), tuple(promotions.values()), window.feeds
    )
