"""The terms of the scores: the value of each, and its explanation in words.

    standard     quality_weight * quality * d(lead) + coverage_weight * sum(dc(independent))
                 + freshness_weight * 2^(-hours since the newest coverage / 6)
    heat         (quality + coverage_weight * number of related) * d(lead)
    hacker-news  (heat - 1) / (hours + 2)^1.8
    reddit       log10(heat) + seconds since 2005-12-08 07:46:43 UTC / 45,000
    newest       the time of publication

with d = 2^(-age / half_life) and dc = 2^(-age / coverage_half_life). Coverage counts once per
independent publisher, by its newest article; copies do not count. To add a term, add a function to
``TERMS``.

Sources: Hacker News as Paul Graham published it (arc3.1, news.arc); Reddit's "hot" as its source
was published (r2, _sorts.pyx), with heat instead of votes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from math import log10

from aggregator.model import Article, ScoreTerm, Story, Verdict
from aggregator.rank.options import Formula, RankingOptions
from aggregator.rank.owners import owner

Explanation = Callable[[], str]
"""The explanation of a term. It is a function because few callers need it."""
Term = Callable[[Story, RankingOptions, datetime], tuple[float, Explanation]]
"""From a story, the options and the time now to the term's value and explanation."""
_REDDIT_EPOCH = datetime(2005, 12, 8, 7, 46, 43, tzinfo=UTC)
# Hours after which the newest coverage counts half: chosen, not measured.
_FRESH = 6.0


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


def heat(story: Story, options: RankingOptions) -> float:
    """The score without decay, as story files define it: quality + weight * number of related
    articles.

    If the source of the lead judged it to be a story, the related articles are those that this
    source declares (another story may show them) and the coverage by other sources. Otherwise they
    are all the coverage.
    """
    lead = story.lead
    judged = lead.verdict is Verdict.STORY
    related = {a.key for a in story.coverage if not judged or a.source != lead.source}
    if judged:
        related.update(lead.related)
    return (lead.quality or 0) + options.coverage_weight * len(related)


def terms_of(story: Story, options: RankingOptions, now: datetime) -> tuple[ScoreTerm, ...]:
    """The terms of ``options.formula`` with their explanations."""
    terms = (
        (name, function(story, options, now)) for name, function in TERMS[options.formula].items()
    )
    return tuple(ScoreTerm(name, value, explain()) for name, (value, explain) in terms)


def score_of(story: Story, options: RankingOptions, now: datetime) -> float:
    """The sum of the terms of ``options.formula``, without their explanations."""
    functions = TERMS[options.formula].values()
    return sum(function(story, options, now)[0] for function in functions)


def _quality(story: Story, options: RankingOptions, now: datetime) -> tuple[float, Explanation]:
    quality = story.lead.quality or 0
    age = _age(story.lead, now)
    decay = _decay(age, options.half_life)
    return (
        options.quality_weight * quality * decay,
        lambda: (
            f"quality {quality} of the lead × {decay:.3f} for its age of {_in_words(age)}"
            f"{_weight(options.quality_weight)}"
        ),
    )


def _coverage(story: Story, options: RankingOptions, now: datetime) -> tuple[float, Explanation]:
    counted = independent(story)
    decays = sum(_decay(_age(article, now), options.coverage_half_life) for article in counted)
    return (
        options.coverage_weight * decays,
        lambda: (
            f"{_number(len(story.coverage), 'related article')} by"
            f" {_number(len(counted), 'other independent publisher')}, worth"
            f" {decays:.3f} fresh ones{_weight(options.coverage_weight)}"
            if story.coverage
            else "no related articles"
        ),
    )


def _freshness(story: Story, options: RankingOptions, now: datetime) -> tuple[float, Explanation]:
    if not story.coverage:
        return 0.0, lambda: "no coverage yet"
    age = min(_age(article, now) for article in story.coverage)
    value = 2.0 ** (-age / 3600 / _FRESH)
    return (
        options.freshness_weight * value,
        lambda: (
            f"the newest coverage is {_in_words(age)} old: {value:.3f}"
            f"{_weight(options.freshness_weight)}"
        ),
    )


def _heat(story: Story, options: RankingOptions, now: datetime) -> tuple[float, Explanation]:
    points, age = heat(story, options), _age(story.lead, now)
    decay = _decay(age, options.half_life)
    return points * decay, lambda: f"heat {points:g} × {decay:.3f} for its age of {_in_words(age)}"


def _hacker_news(story: Story, options: RankingOptions, now: datetime) -> tuple[float, Explanation]:
    points, hours = heat(story, options), _age(story.lead, now) / 3600
    value = (points - 1) / (hours + 2) ** 1.8
    return value, lambda: f"(heat {points:g} - 1) / ({hours:.1f} h + 2)^1.8"


def _reddit(story: Story, options: RankingOptions, now: datetime) -> tuple[float, Explanation]:  # noqa: ARG001
    points = max(heat(story, options), 1)
    seconds = (story.lead.published - _REDDIT_EPOCH).total_seconds()
    value = log10(points) + seconds / 45_000
    return value, lambda: f"log10(heat {points:g}) + {seconds:.0f} s / 45,000"


def _newest(story: Story, options: RankingOptions, now: datetime) -> tuple[float, Explanation]:  # noqa: ARG001
    return story.lead.published.timestamp(), lambda: "seconds from 1970 to its publication"


def _age(article: Article, now: datetime) -> float:
    """Seconds since publication; 0 for an article that is dated in the future."""
    return max((now - article.published).total_seconds(), 0.0)


def _decay(age: float, half_life: timedelta) -> float:
    """The factor for an age in seconds."""
    return float(2.0 ** (-age / half_life.total_seconds()))


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _weight(weight: float) -> str:
    return "" if weight == 1 else f" × weight {weight:g}"


def _in_words(seconds: float) -> str:
    hours = seconds / 3600
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"


TERMS: Mapping[Formula, Mapping[str, Term]] = {
    "standard": {"quality": _quality, "coverage": _coverage, "freshness": _freshness},
    "heat": {"heat": _heat},
    "hacker-news": {"hacker-news": _hacker_news},
    "reddit": {"reddit": _reddit},
    "newest": {"newest": _newest},
}
