"""Backtests of ranking formulas: does the front page show what will matter next?

At regular times the stories are ranked with only what was known then. The gain of a story is the
number of articles that join it afterwards. A ranking is scored by NDCG@10 (Järvelin and Kekäläinen,
2002): 1 is the best order that is possible in hindsight.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import log2

from aggregator.classify import EVERYTHING
from aggregator.merge import Epochs, LexiconLoader
from aggregator.model import Article, RowKey, Story, StoryRecord
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.planning import Plan, plan
from aggregator.rank import RankingOptions, rank
from aggregator.store import StoredWindow

_INTERVAL = timedelta(hours=6)
_MAX_AGE = timedelta(hours=72)  # of the lead of a story that takes part
_MIN_STORIES = 12  # more than the ten that are scored, so that there is a choice
_CUTOFF = 10  # of NDCG@10: the stories of a front page


@dataclass(frozen=True, slots=True)
class Moment:
    """The stories that could be on the front page at a time, and the gain of each by its id."""

    now: datetime
    stories: tuple[Story, ...]
    gains: Mapping[str, int]


def moments(
    history: Iterable[tuple[datetime, list[Article]]], options: PlanOptions, lexicon: LexiconLoader
) -> list[Moment]:
    """The moments of a history (articles by the time at which they were read, in time order) at
    which there was a choice: at least twelve stories of the last 72 hours, and one with a gain."""
    unlimited = RankingOptions(window=None, max_entries=None)
    options = replace(options, ranking=unlimited, ranking_of={}, topics=())
    replay = _Replay(options, lexicon)
    front_pages: list[tuple[datetime, tuple[Story, ...]]] = []
    due: datetime | None = None
    latest: Plan | None = None
    for time, articles in history:
        due = due or time.replace(minute=0, second=0, microsecond=0) + _INTERVAL
        while latest and time > due:
            front_pages.append((due, _recent(latest, due)))
            due += _INTERVAL
        latest = replay.step(articles, time)
    candidates = [
        replay.moment(now, stories) for now, stories in front_pages if len(stories) >= _MIN_STORIES
    ]
    return [moment for moment in candidates if any(moment.gains.values())]


def ndcg(moment: Moment, options: RankingOptions) -> float:
    """The NDCG@10 of a ranking at that moment: 0 to 1, higher is better."""
    unlimited = replace(options, window=None, max_entries=None)
    ordered = rank(moment.stories, unlimited, moment.now)
    gains = [moment.gains[ranked.story.id] for ranked in ordered]
    return _discounted(gains) / _discounted(sorted(moment.gains.values(), reverse=True))


def _discounted(gains: Iterable[int]) -> float:
    top = list(gains)[:_CUTOFF]
    return sum(gain / log2(position + 2) for position, gain in enumerate(top))


def _recent(latest: Plan, now: datetime) -> tuple[Story, ...]:
    stories = (ranked.story for ranked in latest.ranked[EVERYTHING])
    return tuple(s for s in stories if timedelta(0) <= now - s.lead.published <= _MAX_AGE)


class _Replay:
    """Plans made again at each step of a history, with the articles and stories of earlier steps in
    memory."""

    def __init__(self, options: PlanOptions, lexicon: LexiconLoader) -> None:
        self._options = options
        self._epochs = Epochs(lexicon)
        self._articles: dict[RowKey, Article] = {}
        self._story_records: dict[str, StoryRecord] = {}

    def step(self, articles: list[Article], now: datetime) -> Plan:
        """The plan after reading these articles."""
        window = StoredWindow(tuple(self._articles.values()), tuple(self._story_records.values()))
        new_plan = plan(articles, window, self._options, now, self._epochs)
        self._articles.update({article.row_key: article for article in new_plan.changes.articles})
        self._story_records.update({record.id: record for record in new_plan.changes.story_records})
        return new_plan

    def moment(self, now: datetime, stories: tuple[Story, ...]) -> Moment:
        """The stories of a time with what they gained until the end of the history."""
        gains = {}
        for story in stories:
            last, visited = self._story_records[story.id], {story.id}
            while last.merged_into and last.merged_into not in visited:
                visited.add(last.merged_into)
                last = self._story_records[last.merged_into]
            gains[story.id] = len(last.members - {article.key for article in story.articles})
        return Moment(now, stories, gains)
