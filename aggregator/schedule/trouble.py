"""What goes wrong in the daemon: by the step in which it did, until that step succeeds again."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from aggregator.errors import AggregatorError, describe, surviving
from aggregator.model import FailureKind, SourceState
from aggregator.schedule.metrics import Metrics

_SHOWN = 5  # sources that are named

log = logging.getLogger("aggregator")


class Trouble:
    """The errors of steps; `blocked` is why nothing can be published, or ``""``."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._errors: dict[str, str] = {}
        self.blocked = ""

    def __bool__(self) -> bool:
        """Whether something has to be tried again soon."""
        return bool(self.blocked or self._errors)

    @contextmanager
    def step(self, name: str, blocking: str = "") -> Iterator[None]:
        """Take a step; whatever goes wrong in it is logged, counted and noted until it succeeds.
        `blocking`: what it means where nothing can be published then."""
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
            self.note(name, reason)

    def note(self, name: str, reason: str) -> None:
        """Note an error of a step, or with ``""`` that it has none any more."""
        if reason:
            self._errors[name] = reason
        else:
            self._errors.pop(name, None)

    def report(self, name: str, reasons: Sequence[str]) -> None:
        """Log, count and note errors of a step that did the rest of its work; none ends them."""
        text = "; ".join(reasons)
        if text:
            self.count(name)
            log.error("cannot %s: %s", name, text)
        self.note(name, text)

    def block(self, reason: str) -> None:
        """Nothing can be published for this reason; with ``""`` it can again."""
        if reason:
            self.count("save")
            log.error("%s", reason)
        self.blocked = reason

    def count(self, name: str) -> None:
        """Count a failure of a step."""
        self._metrics.failed(name)

    def described(self, states: Sequence[SourceState]) -> str:
        """The errors and the sources that are set aside, in a line; ``""`` where there is none."""
        aside = [s for s in states if s.failure == FailureKind.INTERNAL.value and s.error]
        parts = [f"{state.name}: {state.error}" for state in aside[:_SHOWN]]
        if len(aside) > _SHOWN:
            parts.append(f"and {len(aside) - _SHOWN} more sources")
        parts += [f"cannot {name}: {reason}" for name, reason in sorted(self._errors.items())]
        return "; ".join(parts)
