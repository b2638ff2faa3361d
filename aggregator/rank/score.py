"""The order of a feed: by score, then spread over publishers, then limited in length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from aggregator.model import Ranked, Story
from aggregator.rank.options import RankingOptions
from aggregator.rank.signals import Signals, microseconds
from aggregator.rank.terms import heat, score_of, terms_of

TOP = 10
"""The positions that `per_publisher` limits, and half of those that `spread` reorders."""
_MAX_MOVE = 5  # a story moves forward by fewer positions, so that it stays near its score
REORDERED = 2 * TOP + _MAX_MOVE
"""Stories after so many stay in the order of their scores."""


class Scored(NamedTuple):
    """A story with its score. They sort best first, in a total order: by score, then the newer
    lead, then its position in the source's feed, then the id."""

    negative_score: float
    negative_published: int
    position: int
    id: str
    owner: str
    row: int
    """Where the caller has the story."""

    @classmethod
    def of(
        cls, story_id: str, row: int, signals: Signals, options: RankingOptions, now: int
    ) -> Scored:
        """The story with its score at `now`, in microseconds since 1970."""
        return cls(
            -score_of(signals.inputs(now), options),
            -signals.published,
            signals.position,
            story_id,
            signals.owner,
            row,
        )


def rank(
    stories: Iterable[Story],
    options: RankingOptions,
    now: datetime,
    pinned: Collection[str] = (),
) -> tuple[Ranked, ...]:
    """The stories of a feed, best first; those whose id is `pinned` come before all others.

    The order is that of ``Scored``, then of ``arrange``. The age of a story is that of its newest
    article, so that a story stays while it gets coverage.
    """
    moment = microseconds(now)
    given = tuple(stories)
    signals = [Signals.of(story) for story in given]
    scored = sorted(
        Scored.of(story.id, row, signals[row], options, moment)
        for row, story in enumerate(given)
        if signals[row].is_inside(options.window, moment)
    )
    return tuple(
        ranked_story(given[item.row], signals[item.row], options, now)
        for item in arrange(scored, options, pinned)
    )


def ranked_story(story: Story, signals: Signals, options: RankingOptions, now: datetime) -> Ranked:
    """The story with its score and the terms of it."""
    inputs = signals.inputs(microseconds(now))
    terms = terms_of(story, inputs, options)
    return Ranked(story, score_of(inputs, options), round(heat(inputs, options)), terms)


def arrange(
    scored: Sequence[Scored], options: RankingOptions, pinned: Collection[str]
) -> list[Scored]:
    """The entries of a feed, of stories in the order of their scores: limited per publisher,
    spread over publishers, the pinned ones first, and at most `max_entries`."""
    ordered = _spread(_limit_publishers(scored, options.per_publisher), options.spread)
    if pinned:
        ordered.sort(key=lambda item: item.id not in pinned)
    return ordered[: options.max_entries]


def _limit_publishers(scored: Sequence[Scored], limit: int | None) -> list[Scored]:
    """At most `limit` stories per owner in the first ten positions. Further ones come after these;
    they are left out if the ten positions cannot be filled."""
    if limit is None:
        return list(scored)
    counts: Counter[str] = Counter()
    first: list[Scored] = []
    later: list[Scored] = []
    for item in scored:
        if len(first) < TOP and counts[item.owner] < limit:
            counts[item.owner] += 1
            first.append(item)
        else:
            later.append(item)
    return first + later if len(first) == TOP else first


def _spread(scored: list[Scored], share: float) -> list[Scored]:
    """The stories without neighbours of one owner, where a story of another owner scores nearly
    as much and can move between them."""
    ordered = list(scored)
    for position in range(1, min(len(ordered), 2 * TOP) if share else 0):
        previous = ordered[position - 1].owner
        if ordered[position].owner != previous:
            continue
        min_score = -ordered[position].negative_score * (1 - share)
        for candidate in range(position + 1, min(position + _MAX_MOVE, len(ordered))):
            item = ordered[candidate]
            if min_score <= -item.negative_score and item.owner != previous:
                ordered.insert(position, ordered.pop(candidate))
                break
    return ordered
