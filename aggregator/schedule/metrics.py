"""What the daemon has done, as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from aggregator.model import FailureKind, Problem, Reading, SourceState
from aggregator.pipeline import Report

_LAGS = (60, 300, 900, 3_600, 3 * 3_600, 12 * 3_600, 86_400, 7 * 86_400)


class Metrics:
    """Counters since the start of the process, and what is so now."""

    def __init__(self) -> None:
        own = self._registry = CollectorRegistry()
        self._polls = Counter("aggregator_polls", "Readings", ["outcome"], registry=own)
        self._problems = Counter(
            "aggregator_problems", "Items or documents that could not be read", ["kind"],
            registry=own,
        )  # fmt: skip
        self._articles = Counter("aggregator_articles_changed", "New or changed", registry=own)
        self._joined = Counter(
            "aggregator_stories_joined", "Stories merged into another story", registry=own
        )
        self._files = Counter("aggregator_files_published", "Files that changed", registry=own)
        self._failed = Counter("aggregator_ticks_failed", "Ticks in which a step failed",
                               registry=own)  # fmt: skip
        self._steps = Counter(
            "aggregator_steps_failed", "Steps of a tick that failed", ["step"], registry=own
        )
        self._set_aside = Gauge(
            "aggregator_sources_set_aside", "Left out because of an error of this program",
            registry=own,
        )  # fmt: skip
        self._seconds = Histogram(
            "aggregator_publish_seconds", "Load, merge, rank and publish", registry=own
        )
        self._lag = Histogram(
            "aggregator_lag_seconds", "From publication to our feeds", buckets=_LAGS, registry=own
        )
        self._stories = Gauge("aggregator_stories", "Stories that are known", registry=own)
        self._failing = Gauge("aggregator_sources_failing", "Failed last time", registry=own)
        self._sources = Gauge("aggregator_sources", "Sources", registry=own)

    def read(self, readings: Iterable[Reading]) -> None:
        """Take in what was read."""
        for reading in readings:
            self._polls.labels(_outcome(reading)).inc()
            for problem in reading.problems:
                self._problems.labels(_label(problem)).inc()

    def published(self, report: Report, seconds: float, now: datetime) -> None:
        """Take in what was merged and published, in so many seconds."""
        self._articles.inc(len(report.plan.articles))
        self._joined.inc(
            sum(record.merged_into is not None for record in report.plan.story_records)
        )
        self._files.inc(len(report.published.changed))
        self._seconds.observe(seconds)
        self._stories.set(len(report.plan.stories))
        for article in report.plan.new:
            self._lag.observe(max(0.0, (now - article.published).total_seconds()))

    def sources(self, states: Collection[SourceState], number: int) -> None:
        """How many sources there are, and the states of those that were read."""
        self._failing.set(sum(bool(state.error) for state in states))
        aside = FailureKind.INTERNAL.value
        self._set_aside.set(sum(state.failure == aside for state in states))
        self._sources.set(number)

    def failed(self, step: str) -> None:
        """A step of a tick failed. What comes after its first two words is a name."""
        self._failed.inc()
        self._steps.labels(" ".join(step.split()[:2])).inc()

    def text(self) -> bytes:
        """Everything in the text format."""
        return generate_latest(self._registry)


def _outcome(reading: Reading) -> str:
    if reading.postponed:
        return "postponed"
    if reading.state.error:
        return "failed"
    return "changed" if reading.articles else "unchanged"


def _label(problem: Problem) -> str:
    """The kind of a problem; of an HTTP answer whose fault it was."""
    if problem.kind is not FailureKind.HTTP:
        return problem.kind.value
    return "server_error" if problem.status >= 500 else "client_error"
