"""What the daemon has done, as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from aggregator.model import Reading
from aggregator.pipeline import Report

_LAGS = (60, 300, 900, 3_600, 3 * 3_600, 12 * 3_600, 86_400, 7 * 86_400)


class Metrics:
    """Counters since the start of the process, and what is so now."""

    def __init__(self) -> None:
        own = self._registry = CollectorRegistry()
        self._polls = Counter("aggregator_polls", "Readings", ["outcome"], registry=own)
        self._problems = Counter("aggregator_problems", "Not read", ["kind"], registry=own)
        self._articles = Counter("aggregator_articles_changed", "New or changed", registry=own)
        self._joined = Counter("aggregator_stories_joined", "Turned out to be others", registry=own)
        self._files = Counter("aggregator_files_published", "Files that changed", registry=own)
        self._failed = Counter("aggregator_ticks_failed", "Nothing was published", registry=own)
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
                self._problems.labels(_kind(problem.reason)).inc()

    def published(self, report: Report, seconds: float, now: datetime) -> None:
        """Take in what was merged and published, in so many seconds."""
        self._articles.inc(len(report.plan.articles))
        self._joined.inc(sum(memory.ended_into is not None for memory in report.plan.memories))
        self._files.inc(len(report.published.changed))
        self._seconds.observe(seconds)
        self._stories.set(len(report.plan.stories))
        for article in report.plan.new:
            self._lag.observe(max(0.0, (now - article.published).total_seconds()))

    def sources(self, failing: int, number: int) -> None:
        """How many sources there are, and how many of them fail."""
        self._failing.set(failing)
        self._sources.set(number)

    def failed(self) -> None:
        """A tick could not publish."""
        self._failed.inc()

    def text(self) -> bytes:
        """Everything in the text format."""
        return generate_latest(self._registry)


def _outcome(reading: Reading) -> str:
    if reading.postponed:
        return "postponed"
    if reading.state.error:
        return "failed"
    return "changed" if reading.articles else "unchanged"


def _kind(reason: str) -> str:
    """One of a few kinds of errors, so that there are a few time series."""
    words = reason.lower()
    kinds = (
        ("http 4", "client_error"),
        ("http 5", "server_error"),
        ("timed out", "timeout"),
        ("refused:", "refused"),
        ("too large", "too_large"),
        ("cannot be fetched", "connection"),
        ("closed before", "connection"),
        ("unexpected", "internal"),
    )
    return next((kind for start, kind in kinds if start in words), "document")
