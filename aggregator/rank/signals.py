"""The numbers of a story that its score depends on.

``Signals`` holds what does not change with time, ``ScoreInputs`` the same as of one moment: for one
story (floats), or for many in arrays, so that a formula is written once for both.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import log10
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from aggregator.model import Article, Story, Verdict
from aggregator.rank.owners import owner

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Number = TypeVar("Number", float, "NDArray[np.float64]")
"""A number of one story, or an array of that of many."""
SECOND = 1_000_000
"""Microseconds. Times are whole numbers of them since 1970, so that no precision is lost."""
NEVER = -(2**62)
"""The time of the newest coverage of a story without any: before all others."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ScoreInputs(NamedTuple, Generic[Number]):
    """What a formula reads. Ages are in seconds, and 0 for what is dated in the future."""

    quality: Number
    """Of the lead; 0 if it has none."""
    related: Number
    """How many related articles ``heat`` counts."""
    published: Number
    """When the lead was published, in seconds since 1970."""
    age: Number
    """Of the lead."""
    has_coverage: Number
    """1 if there is any, else 0."""
    coverage_age: Number
    """Of the newest coverage; 0 if there is none."""
    coverage_decay: Callable[[timedelta], Number]
    """From a half-life to the sum of ``decay`` over the articles of ``Signals.coverage``."""
    log10: Callable[[Number], Number]
    """The decadic logarithm of the argument, or of 1 if the argument is less."""


class Signals(NamedTuple):
    """What the place of a story depends on, beside its id, the options and the time. Times are in
    microseconds since 1970."""

    quality: int
    related: int
    published: int
    newest_coverage: int
    position: int
    owner: str
    """Of the publisher of the lead."""
    coverage: tuple[int, ...] = ()
    """The time of each article that ``independent`` counts, in its order."""

    @classmethod
    def of(cls, story: Story) -> Signals:
        """The signals of a story."""
        lead = story.lead
        return cls(
            lead.quality or 0,
            related_count(story),
            microseconds(lead.published),
            max((microseconds(article.published) for article in story.coverage), default=NEVER),
            lead.position,
            owner(lead.publisher),
            tuple(microseconds(article.published) for article in independent(story)),
        )

    def is_inside(self, window: timedelta | None, now: int) -> bool:
        """Whether the newest article is at most `window` old at `now`, in microseconds."""
        newest = max(self.published, self.newest_coverage)
        return window is None or now - newest <= window // timedelta(microseconds=1)

    def inputs(self, now: int) -> ScoreInputs[float]:
        """The inputs of the score at `now`, in microseconds since 1970."""
        has_coverage = self.newest_coverage != NEVER
        ages = [_age(time, now) for time in self.coverage]
        return ScoreInputs(
            self.quality,
            self.related,
            self.published / SECOND,
            _age(self.published, now),
            int(has_coverage),
            _age(self.newest_coverage, now) if has_coverage else 0,
            lambda half_life: sum(decay(age, half_life) for age in ages),
            lambda value: log10(max(value, 1)),
        )


def microseconds(time: datetime) -> int:
    """From 1970 to `time`, which must have a zone."""
    since = time - _EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def decay(age: Number, half_life: timedelta) -> Number:
    """The factor for an age in seconds: 1 at 0, 1/2 at `half_life`, exponential."""
    factor: Number = 2.0 ** (-age / half_life.total_seconds())
    return factor


def independent(story: Story) -> list[Article]:
    """The coverage that counts: the newest article of each owner other than the lead's. Copies of
    another article do not count, nor the original if the lead is a copy."""
    if not story.coverage:
        return []
    copies = {copy for copy, _ in story.copies}
    copies |= {original for copy, original in story.copies if copy == story.lead.key}
    newest: dict[str, Article] = {}
    for article in story.coverage:
        name = owner(article.publisher)
        if article.key in copies:
            continue
        if name not in newest or article.published > newest[name].published:
            newest[name] = article
    newest.pop(owner(story.lead.publisher), None)
    return list(newest.values())


def related_count(story: Story) -> int:
    """How many related articles the heat of a story counts.

    If the source of the lead judged it to be a story, the related articles are those that this
    source declares (another story may show them) and the coverage by other sources. Otherwise they
    are all the coverage.
    """
    lead = story.lead
    judged = lead.verdict is Verdict.STORY
    if not story.coverage and not (judged and lead.related):
        return 0
    related = {a.key for a in story.coverage if not judged or a.source != lead.source}
    if judged:
        related.update(lead.related)
    return len(related)


def _age(time: int, now: int) -> float:
    """Seconds from `time` to `now`; 0 if `time` is later."""
    return max((now - time) / SECOND, 0.0)
