"""The score: each article of a story adds its part, decayed by its own age.

    score = lead.quality * d(lead) + coverage_weight * sum(d(related)),  d = 2^(-age / half_life)
    heat  = lead.quality + coverage_weight * number of related

To add a term, add a function to ``_TERMS``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.model import Article, Ranked, Story, Term


@dataclass(frozen=True, slots=True)
class RankingOptions:
    """How to rank. `window` None is no age limit, `max_entries` None no limit on number."""

    half_life: timedelta = timedelta(hours=24)
    coverage_weight: float = 20.0
    window: timedelta | None = timedelta(days=14)
    max_entries: int | None = 50
    per_publisher: int | None = None


def rank(stories: Iterable[Story], options: RankingOptions, now: datetime) -> tuple[Ranked, ...]:
    """The stories inside the window, best first, cut at the limits.

    The order is total: by score, then the newer lead, then the id. A story is as old as its
    newest article, so that one that still gets coverage stays.
    """
    ranked = [_score(s, options, now) for s in stories if _inside(s, options.window, now)]
    ranked.sort(key=_order)
    return tuple(_limited(ranked, options))


def _inside(story: Story, window: timedelta | None, now: datetime) -> bool:
    if window is None:
        return True
    return now - max(article.published for article in story.articles) <= window


def _order(ranked: Ranked) -> tuple[float, float, str]:
    return (-ranked.score, -ranked.story.lead.published.timestamp(), ranked.story.id)


def _limited(ranked: list[Ranked], options: RankingOptions) -> list[Ranked]:
    if options.per_publisher is not None:
        seen: Counter[str] = Counter()
        kept = []
        for one in ranked:
            publisher = one.story.lead.publisher
            name = publisher.domain or publisher.name
            seen[name] += 1
            if seen[name] <= options.per_publisher:
                kept.append(one)
        ranked = kept
    return ranked[: options.max_entries]


def _score(story: Story, options: RankingOptions, now: datetime) -> Ranked:
    terms = tuple(term(story, options, now) for term in _TERMS)
    heat = (story.lead.quality or 0) + options.coverage_weight * len(story.coverage)
    return Ranked(story, sum(term.value for term in terms), round(heat), terms)


def _decay(article: Article, options: RankingOptions, now: datetime) -> float:
    """From 1 for an article of this moment (or the future) towards 0, halved each half-life."""
    age = max((now - article.published).total_seconds(), 0.0)
    return float(2.0 ** (-age / options.half_life.total_seconds()))


def _lead(story: Story, options: RankingOptions, now: datetime) -> Term:
    decay = _decay(story.lead, options, now)
    quality = story.lead.quality or 0
    age = _in_words(now - story.lead.published)
    why = f"quality {quality} of the lead × {decay:.3f} for its age of {age}"
    return Term("lead", quality * decay, why)


def _coverage(story: Story, options: RankingOptions, now: datetime) -> Term:
    decays = sum(_decay(article, options, now) for article in story.coverage)
    number = len(story.coverage)
    articles = "1 related article" if number == 1 else f"{number} related articles"
    why = f"{articles}, worth {decays:.3f} fresh ones × weight {options.coverage_weight:g}"
    return Term("coverage", options.coverage_weight * decays, why)


def _in_words(age: timedelta) -> str:
    hours = max(age.total_seconds(), 0.0) / 3600
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"


_TERMS: tuple[Callable[[Story, RankingOptions, datetime], Term], ...] = (_lead, _coverage)
