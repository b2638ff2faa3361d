"""The order of a feed: by score, then spread over publishers, then limited in length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from aggregator.model import Ranked, Story
from aggregator.rank.options import RankingOptions
from aggregator.rank.owners import owner
from aggregator.rank.terms import heat, score_of, terms_of

_TOP = 10  # positions that `per_publisher` limits, and half of those that `spread` reorders
_MAX_MOVE = 5  # a story moves forward by fewer positions, so that it stays near its score
Scored = tuple[float, Story]


def rank(
    stories: Iterable[Story],
    options: RankingOptions,
    now: datetime,
    pinned: Collection[str] = (),
) -> tuple[Ranked, ...]:
    """The stories of a feed, best first; those whose id is `pinned` come before all others.

    The order is total: by score, then the newer lead, then its position in the source's feed, then
    the id. The age of a story is that of its newest article, so that a story stays while it gets
    coverage.
    """
    scored = [
        (score_of(story, options, now), story)
        for story in stories
        if _is_inside(story, options.window, now)
    ]
    scored.sort(key=_sort_key)
    ordered = _spread(_limit_publishers(scored, options.per_publisher), options.spread)
    ordered.sort(key=lambda item: item[1].id not in pinned)
    return tuple(
        Ranked(story, score, round(heat(story, options)), terms_of(story, options, now))
        for score, story in ordered[: options.max_entries]
    )


def _is_inside(story: Story, window: timedelta | None, now: datetime) -> bool:
    if window is None:
        return True
    return now - max(article.published for article in story.articles) <= window


def _sort_key(scored: Scored) -> tuple[float, float, int, str]:
    score, story = scored
    return (-score, -story.lead.published.timestamp(), story.lead.position, story.id)


def _limit_publishers(scored: list[Scored], limit: int | None) -> list[Scored]:
    """At most `limit` stories per owner in the first ten positions. Further ones come after these;
    they are left out if the ten positions cannot be filled."""
    if limit is None:
        return scored
    counts: Counter[str] = Counter()
    first: list[Scored] = []
    later: list[Scored] = []
    for item in scored:
        name = owner(item[1].lead.publisher)
        if len(first) < _TOP and counts[name] < limit:
            counts[name] += 1
            first.append(item)
        else:
            later.append(item)
    return first + later if len(first) == _TOP else first


def _spread(scored: list[Scored], share: float) -> list[Scored]:
    """The stories without neighbours of one owner, where a story of another owner scores nearly
    as much and can move between them."""
    ordered = list(scored)
    for position in range(1, min(len(ordered), 2 * _TOP) if share else 0):
        previous = owner(ordered[position - 1][1].lead.publisher)
        if owner(ordered[position][1].lead.publisher) != previous:
            continue
        min_score = ordered[position][0] * (1 - share)
        for candidate in range(position + 1, min(position + _MAX_MOVE, len(ordered))):
            score, story = ordered[candidate]
            if min_score <= score and owner(story.lead.publisher) != previous:
                ordered.insert(position, ordered.pop(candidate))
                break
    return ordered
