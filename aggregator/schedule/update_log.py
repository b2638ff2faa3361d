"""The log of updates: new problems of sources, and one line per update."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from aggregator.model import Problem, Reading
from aggregator.pipeline.live_stories import LiveUpdate
from aggregator.publish import Published

log = logging.getLogger("aggregator")


class ProblemLog:
    """Logs a problem once while it lasts, not at each poll."""

    def __init__(self) -> None:
        self._reported: set[Problem] = set()

    def report(self, readings: Sequence[Reading]) -> None:
        """Log the problems that the previous reading of the same source did not have."""
        names = {reading.source.name for reading in readings}
        problems = [problem for reading in readings for problem in reading.problems]
        for problem in problems:
            if problem not in self._reported:
                facts = {
                    "source": problem.source,
                    "ref": problem.ref,
                    "line": problem.line,
                    "reason": problem.reason,
                    "kind": problem.kind.value,
                }
                log.warning("%s", problem, extra=facts)
        self._reported = {p for p in self._reported if p.source not in names} | set(problems)


def log_update(updated: LiveUpdate, published: Published) -> None:
    """Log in one line an update that changed articles or files."""
    sources, articles = len(updated.readings), len(updated.changes.articles)
    files = len(published.changed) + len(published.removed)
    if articles or files:
        log.info(
            "%d sources read, %d articles new or updated, %d files published",
            sources,
            articles,
            files,
            extra={"sources": sources, "articles": articles, "files": files},
        )
