"""The order: by score, then spread over publishers, cut at the limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from aggregator.model import Ranked, Story
from aggregator.rank.options import RankingOptions
from aggregator.rank.owners import owner
from aggregator.rank.terms import heat, score_of, terms_of

_TOP = 10  # places in which `per_publisher` counts
_AHEAD = 5  # places from which a near-equal story may come forward
Scored = tuple[float, Story]


def rank(
    stories: Iterable[Story],
    options: RankingOptions,
    now: datetime,
    pinned: Collection[str] = (),
) -> tuple[Ranked, ...]:
    """The stories inside the window, best first, cut at the limits; those whose id is `pinned`
    before all others.

    The order is total: by score, then the newer lead, then the id. A story is as old as its
    newest article, so that one that still gets coverage stays.
    """
    scored = [
        (score_of(story, options, now), story)
        for story in stories
        if _inside(story, options.window, now)
    ]
    scored.sort(key=_order)
    ordered = _spread(_first_ten(scored, options.per_publisher), options.spread)
    ordered.sort(key=lambda one: one[1].id not in pinned)
    return tuple(
        Ranked(story, score, round(heat(story, options)), terms_of(story, options, now))
        for score, story in ordered[: options.max_entries]
    )


def _inside(story: Story, window: timedelta | None, now: datetime) -> bool:
    if window is None:
        return True
    return now - max(article.published for article in story.articles) <= window


def _order(one: Scored) -> tuple[float, float, int, str]:
    """The better, then the younger one, then as their feed has them."""
    score, story = one
    return (-score, -story.lead.published.timestamp(), story.lead.position, story.id)


def _first_ten(scored: list[Scored], most: int | None) -> list[Scored]:
    """At most so many leads of one publisher in the first ten places; the others come after
    them, and are left out where there is nothing to fill the ten places with."""
    if most is None:
        return scored
    seen: Counter[str] = Counter()
    first: list[Scored] = []
    later: list[Scored] = []
    for one in scored:
        name = owner(one[1].lead.publisher)
        if len(first) < _TOP and seen[name] < most:
            seen[name] += 1
            first.append(one)
        else:
            later.append(one)
    return first + later if len(first) == _TOP else first


def _spread(scored: list[Scored], share: float) -> list[Scored]:
    """No two neighbours by one publisher where another's story scores nearly as much."""
    made = list(scored)
    for place in range(1, min(len(made), 2 * _TOP) if share else 0):
        before = owner(made[place - 1][1].lead.publisher)
        if owner(made[place][1].lead.publisher) != before:
            continue
        enough = made[place][0] * (1 - share)
        for other in range(place + 1, min(place + _AHEAD, len(made))):
            score, story = made[other]
            if enough <= score and owner(story.lead.publisher) != before:
                made.insert(place, made.pop(other))
                break
    return made
