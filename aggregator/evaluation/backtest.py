"""Formulas judged over history: does the front page show what will matter next?

At each moment of a grid the stories are ranked with only what was known then. The gain of a story
is the number of articles that come to it afterwards; a ranking is scored by NDCG@10 (Järvelin and
Kekäläinen, 2002): 1 is the best order that hindsight could give.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import log2

from aggregator.classify import EVERYTHING
from aggregator.merge import Epochs, LexiconLoader
from aggregator.model import Article, Story, StoryRecord
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.planning import Plan, plan
from aggregator.rank import RankingOptions, rank
from aggregator.store import StoredWindow

_EVERY = timedelta(hours=6)
_OLDEST = timedelta(hours=72)
_FEWEST = 12
_TOP = 10


@dataclass(frozen=True, slots=True)
class Moment:
    """The stories that could be on the front page at a time, and what came to each later."""

    now: datetime
    stories: tuple[Story, ...]
    gains: Mapping[str, int]


def moments(
    history: Iterable[tuple[datetime, list[Article]]], options: PlanOptions, lexicon: LexiconLoader
) -> list[Moment]:
    """The moments of a history at which there was something to choose: at least twelve stories
    of the last 72 hours, and one to which something came later."""
    unlimited = RankingOptions(window=None, max_entries=None)
    options = replace(options, ranking=unlimited, ranking_of={}, topics=())
    line = _Line(options, lexicon)
    seen: list[tuple[datetime, tuple[Story, ...]]] = []
    grid: datetime | None = None
    made: Plan | None = None
    for time, articles in history:
        grid = grid or time.replace(minute=0, second=0, microsecond=0) + _EVERY
        while made and time > grid:
            seen.append((grid, _young(made, grid)))
            grid += _EVERY
        made = line.step(articles, time)
    found = [line.moment(now, stories) for now, stories in seen if len(stories) >= _FEWEST]
    return [moment for moment in found if any(moment.gains.values())]


def ndcg(moment: Moment, options: RankingOptions) -> float:
    """How good the first ten are at that moment."""
    unlimited = replace(options, window=None, max_entries=None)
    ordered = rank(moment.stories, unlimited, moment.now)
    gains = [moment.gains[ranked.story.id] for ranked in ordered]
    return _discounted(gains) / _discounted(sorted(moment.gains.values(), reverse=True))


def _discounted(gains: Iterable[int]) -> float:
    first = list(gains)[:_TOP]
    return sum(gain / log2(place + 2) for place, gain in enumerate(first))


def _young(made: Plan, now: datetime) -> tuple[Story, ...]:
    stories = (ranked.story for ranked in made.ranked[EVERYTHING])
    return tuple(s for s in stories if timedelta(0) <= now - s.lead.published <= _OLDEST)


class _Line:
    """The plan made again with each save, with what it remembers; nothing is stored."""

    def __init__(self, options: PlanOptions, lexicon: LexiconLoader) -> None:
        self._options = options
        self._epochs = Epochs(lexicon)
        self._articles: dict[tuple[str, str, str], Article] = {}
        self._story_records: dict[str, StoryRecord] = {}

    def step(self, read: list[Article], now: datetime) -> Plan:
        """What follows from one save."""
        remembered = StoredWindow(
            tuple(self._articles.values()), tuple(self._story_records.values())
        )
        made = plan(read, remembered, self._options, now, self._epochs)
        self._articles.update({article.row_key: article for article in made.articles})
        self._story_records.update({record.id: record for record in made.story_records})
        return made

    def moment(self, now: datetime, stories: tuple[Story, ...]) -> Moment:
        """The stories of a time with what came to them until the end."""
        gains = {}
        for story in stories:
            last, passed = self._story_records[story.id], {story.id}
            while last.merged_into and last.merged_into not in passed:
                passed.add(last.merged_into)
                last = self._story_records[last.merged_into]
            gains[story.id] = len(last.members - {article.key for article in story.articles})
        return Moment(now, stories, gains)
