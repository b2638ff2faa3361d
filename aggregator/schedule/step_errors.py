"""The current errors of the daemon: of each step, until that step succeeds again."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from aggregator.errors import AggregatorError, describe, surviving
from aggregator.model import FailureKind, SourceState
from aggregator.schedule.metrics import Metrics

_SHOWN = 5  # sources that a message names

log = logging.getLogger("aggregator")


class StepErrors:
    """The errors of the steps of a tick; `blocked` is why nothing can be published, or ``""``."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._errors: dict[str, str] = {}
        self.blocked = ""

    def __bool__(self) -> bool:
        """Whether a step failed, so that an update must be tried again soon."""
        return bool(self.blocked or self._errors)

    @contextmanager
    def step(self, name: str, blocking: str = "") -> Iterator[None]:
        """Run a step; an exception is logged, counted and stored until the step succeeds. `name`
        completes "cannot …". With `blocking` (what the failure means, such as "nothing was
        published") the error becomes `blocked`."""
        errors: list[Exception] = []
        with surviving(errors.append):
            yield
        reason = describe(errors[0]) if errors else ""
        if errors:
            self.count(name)
            unexpected = not isinstance(errors[0], AggregatorError | OSError)
            log.error("cannot %s: %s", name, reason, exc_info=errors[0] if unexpected else None)
        if blocking and errors:
            self.blocked = f"{blocking}: {reason}"
        else:
            self._set_error(name, reason)

    def _set_error(self, name: str, reason: str) -> None:
        if reason:
            self._errors[name] = reason
        else:
            self._errors.pop(name, None)

    def report(self, name: str, reasons: Sequence[str]) -> None:
        """Log, count and store the errors of a step that did the rest of its work. An empty list
        clears them."""
        text = "; ".join(reasons)
        if text:
            self.count(name)
            log.error("cannot %s: %s", name, text)
        self._set_error(name, text)

    def block(self, reason: str) -> None:
        """Set the reason why nothing can be published; ``""`` if it can be again."""
        if reason:
            self.count("save")
            log.error("%s", reason)
        self.blocked = reason

    def count(self, name: str) -> None:
        """Count a failure of a step in the metrics."""
        self._metrics.count_failure(name)

    def summary(self, states: Sequence[SourceState]) -> str:
        """The errors, and the sources that are set aside, in one line; ``""`` if there are none."""
        set_aside = [s for s in states if s.failure == FailureKind.INTERNAL.value and s.error]
        parts = [f"{state.name}: {state.error}" for state in set_aside[:_SHOWN]]
        if len(set_aside) > _SHOWN:
            parts.append(f"and {len(set_aside) - _SHOWN} more sources")
        parts += [f"cannot {name}: {reason}" for name, reason in sorted(self._errors.items())]
        return "; ".join(parts)
