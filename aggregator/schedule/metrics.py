"""The metrics of the daemon for Prometheus."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from aggregator.model import FailureKind, Problem, Reading, SourceState
from aggregator.pipeline import Changes

_LAG_BUCKETS = (60, 300, 900, 3_600, 3 * 3_600, 12 * 3_600, 86_400, 7 * 86_400)  # seconds


class Metrics:
    """Counters since the start of the process, and gauges of the current state."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._polls = self._counter("polls", "Polls of sources", "outcome")
        self._problems = self._counter(
            "problems", "Items or documents that could not be read", "kind"
        )
        self._articles = self._counter("articles_changed", "Articles new or updated")
        self._merged = self._counter("stories_joined", "Stories merged into another story")
        self._files = self._counter("files_published", "Files that changed")
        self._failures = self._counter("ticks_failed", "Failures of steps of ticks")
        self._steps = self._counter("steps_failed", "Failures of each step of ticks", "step")
        self._set_aside = self._gauge(
            "sources_set_aside", "Sources set aside because of an error of this program"
        )
        self._seconds = Histogram(
            "aggregator_publish_seconds",
            "Seconds to load, merge, rank and publish",
            registry=self._registry,
        )
        self._lag = Histogram(
            "aggregator_lag_seconds",
            "Seconds from the publication of an article to our feeds",
            buckets=_LAG_BUCKETS,
            registry=self._registry,
        )
        self._stories = self._gauge("stories", "Stories in the window")
        self._failing = self._gauge("sources_failing", "Sources whose last poll failed")
        self._sources = self._gauge("sources", "Configured sources")

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"aggregator_{name}", text, labels, registry=self._registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"aggregator_{name}", text, registry=self._registry)

    def count_readings(self, readings: Iterable[Reading]) -> None:
        """Count the outcome and the problems of each reading."""
        for reading in readings:
            self._polls.labels(_outcome(reading)).inc()
            for problem in reading.problems:
                self._problems.labels(_label(problem)).inc()

    def record_update(
        self, changes: Changes, files: int, stories: int, seconds: float, now: datetime
    ) -> None:
        """Record what an update saved, how many `files` it changed and how many `stories` there
        are; `seconds` is how long it took."""
        self._articles.inc(len(changes.articles))
        self._merged.inc(sum(record.merged_into is not None for record in changes.story_records))
        self._files.inc(files)
        self._seconds.observe(seconds)
        self._stories.set(stories)
        for article in changes.new_articles:
            self._lag.observe(max(0.0, (now - article.published).total_seconds()))

    def set_sources(self, states: Collection[SourceState], number: int) -> None:
        """Set the number of configured sources; `states` are those of the sources already read."""
        self._failing.set(sum(bool(state.error) for state in states))
        internal = FailureKind.INTERNAL.value
        self._set_aside.set(sum(state.failure == internal for state in states))
        self._sources.set(number)

    def count_failure(self, step: str) -> None:
        """Count a failed step of a tick. Only its first two words become a label: what follows is
        the name of a source, and would make a time series per source."""
        self._failures.inc()
        self._steps.labels(" ".join(step.split()[:2])).inc()

    def text(self) -> bytes:
        """All metrics in the text format of Prometheus."""
        return generate_latest(self._registry)


def _outcome(reading: Reading) -> str:
    if reading.postponed:
        return "postponed"
    if reading.state.error:
        return "failed"
    return "changed" if reading.articles else "unchanged"


def _label(problem: Problem) -> str:
    """The kind of a problem; an HTTP status is an error of the client or of the server."""
    if problem.kind is not FailureKind.HTTP:
        return problem.kind.value
    return "server_error" if problem.status >= 500 else "client_error"
