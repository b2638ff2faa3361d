"""The terms of the scores: the value of each, and its explanation in words.

    standard     quality_weight * quality * d(lead) + coverage_weight * sum(dc(independent))
                 + freshness_weight * 2^(-hours since the newest coverage / 6)
    heat         (quality + coverage_weight * number of related) * d(lead)
    hacker-news  (heat - 1) / (hours + 2)^1.8
    reddit       log10(heat) + seconds since 2005-12-08 07:46:43 UTC / 45,000
    newest       the time of publication

with d = 2^(-age / half_life) and dc = 2^(-age / coverage_half_life). Coverage counts once per
independent publisher, by its newest article; copies do not count. To add a term, add its
value and its explanation to ``TERMS``.

Sources: Hacker News as Paul Graham published it (arc3.1, news.arc); Reddit's "hot" as its source
was published (r2, _sorts.pyx), with heat instead of votes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from aggregator.model import ScoreTerm, Story
from aggregator.rank.options import Formula, RankingOptions
from aggregator.rank.signals import Number, ScoreInputs, decay, independent

Explanation = Callable[[Story, ScoreInputs[float], RankingOptions], str]
"""The explanation of the value of a term for a story."""


class Value(Protocol):
    """The value of a term: a float of one story, or an array of the values of many."""

    def __call__(self, story: ScoreInputs[Number], options: RankingOptions) -> Number:
        """Points, in the unit of the formula."""


class Term(NamedTuple):
    """A part of a score. ``value`` may use only the operators of numbers and what the inputs give,
    so that it works for one story and for arrays."""

    value: Value
    explanation: Explanation


_REDDIT_EPOCH = datetime(2005, 12, 8, 7, 46, 43, tzinfo=UTC).timestamp()
# Hours after which the newest coverage counts half: chosen, not measured.
_FRESH = 6.0


def heat(story: ScoreInputs[Number], options: RankingOptions) -> Number:
    """The score without decay, as story files define it: quality + weight * number of related
    articles."""
    return story.quality + options.coverage_weight * story.related


def score_of(story: ScoreInputs[Number], options: RankingOptions) -> Number:
    """The sum of the terms of ``options.formula``."""
    values = [term.value(story, options) for term in TERMS[options.formula].values()]
    total: Number = sum(values[1:], start=values[0])
    return total


def terms_of(
    story: Story, inputs: ScoreInputs[float], options: RankingOptions
) -> tuple[ScoreTerm, ...]:
    """The terms of ``options.formula`` with their explanations."""
    return tuple(
        ScoreTerm(
            name,
            term.value(inputs, options),
            term.explanation(story, inputs, options),
        )
        for name, term in TERMS[options.formula].items()
    )


def _quality(story: ScoreInputs[Number], options: RankingOptions) -> Number:
    return options.quality_weight * story.quality * decay(story.age, options.half_life)


def _explain_quality(_: Story, inputs: ScoreInputs[float], options: RankingOptions) -> str:
    return (
        f"quality {inputs.quality:.0f} of the lead × {_lead_decay(inputs, options)}"
        f"{_weight(options.quality_weight)}"
    )


def _coverage(story: ScoreInputs[Number], options: RankingOptions) -> Number:
    return options.coverage_weight * story.coverage_decay(options.coverage_half_life)


def _explain_coverage(story: Story, inputs: ScoreInputs[float], options: RankingOptions) -> str:
    if not story.coverage:
        return "no related articles"
    return (
        f"{_number(len(story.coverage), 'related article')} by"
        f" {_number(len(independent(story)), 'other independent publisher')}, worth"
        f" {inputs.coverage_decay(options.coverage_half_life):.3f} fresh ones"
        f"{_weight(options.coverage_weight)}"
    )


def _freshness(story: ScoreInputs[Number], options: RankingOptions) -> Number:
    return options.freshness_weight * story.has_coverage * _fresh(story.coverage_age)


def _explain_freshness(story: Story, inputs: ScoreInputs[float], options: RankingOptions) -> str:
    if not story.coverage:
        return "no coverage yet"
    return (
        f"the newest coverage is {_in_words(inputs.coverage_age)} old:"
        f" {_fresh(inputs.coverage_age):.3f}{_weight(options.freshness_weight)}"
    )


def _heat(story: ScoreInputs[Number], options: RankingOptions) -> Number:
    return heat(story, options) * decay(story.age, options.half_life)


def _explain_heat(_: Story, inputs: ScoreInputs[float], options: RankingOptions) -> str:
    return f"heat {heat(inputs, options):g} × {_lead_decay(inputs, options)}"


def _hacker_news(story: ScoreInputs[Number], options: RankingOptions) -> Number:
    value: Number = (heat(story, options) - 1) / (story.age / 3600 + 2) ** 1.8
    return value


def _explain_hacker_news(_: Story, inputs: ScoreInputs[float], options: RankingOptions) -> str:
    return f"(heat {heat(inputs, options):g} - 1) / ({inputs.age / 3600:.1f} h + 2)^1.8"


def _reddit(story: ScoreInputs[Number], options: RankingOptions) -> Number:
    return story.log10(heat(story, options)) + (story.published - _REDDIT_EPOCH) / 45_000


def _explain_reddit(_: Story, inputs: ScoreInputs[float], options: RankingOptions) -> str:
    points = max(heat(inputs, options), 1)
    return f"log10(heat {points:g}) + {inputs.published - _REDDIT_EPOCH:.0f} s / 45,000"


def _newest(story: ScoreInputs[Number], options: RankingOptions) -> Number:  # noqa: ARG001
    return story.published


def _explain_newest(_: Story, __: ScoreInputs[float], ___: RankingOptions) -> str:
    return "seconds from 1970 to its publication"


def _fresh(age: Number) -> Number:
    """The factor for an age of the newest coverage, in seconds."""
    factor: Number = 2.0 ** (-age / 3600 / _FRESH)
    return factor


def _lead_decay(inputs: ScoreInputs[float], options: RankingOptions) -> str:
    return f"{decay(inputs.age, options.half_life):.3f} for its age of {_in_words(inputs.age)}"


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _weight(weight: float) -> str:
    return "" if weight == 1 else f" × weight {weight:g}"


def _in_words(seconds: float) -> str:
    hours = seconds / 3600
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"


TERMS: Mapping[Formula, Mapping[str, Term]] = {
    "standard": {
        "quality": Term(_quality, _explain_quality),
        "coverage": Term(_coverage, _explain_coverage),
        "freshness": Term(_freshness, _explain_freshness),
    },
    "heat": {"heat": Term(_heat, _explain_heat)},
    "hacker-news": {"hacker-news": Term(_hacker_news, _explain_hacker_news)},
    "reddit": {"reddit": Term(_reddit, _explain_reddit)},
    "newest": {"newest": Term(_newest, _explain_newest)},
}
