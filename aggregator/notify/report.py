"""What is waiting, was sent, and failed: for ``aggregator status`` and ``/status``."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.notify.failure import EMAIL
from aggregator.store import Store
from aggregator.store.outbox import OutboxItem, OutboxState

_SHOWN = 10  # items that a report names
ADVICE = (
    "Correct `notify` or its receiver, then run `aggregator notify --retry`; "
    "or drop it with `aggregator notify --discard`."
)
"""What to do about what is dead."""


@dataclass(frozen=True, slots=True)
class OutboxReport:
    """The numbers of letters and calls, and those that fail: the dead ones first."""

    waiting: int
    sent: int
    dead: int
    failing: tuple[OutboxItem, ...]

    @property
    def summary(self) -> str:
        """The numbers in words."""
        return f"{self.waiting} waiting, {self.sent} sent, {self.dead} given up"

    @property
    def problem(self) -> str:
        """What was given up and what to do, in one line; ``""`` where nothing was."""
        if not self.dead:
            return ""
        first = self.failing[0]
        what = "letter or call was" if self.dead == 1 else "letters or calls were"
        return f"{self.dead} {what} given up ({described(first)}: {first.error}). {ADVICE}"


def described(item: OutboxItem) -> str:
    """An item in words."""
    if item.kind == EMAIL:
        return f"letter to {item.target}, {item.key.rpartition('/')[0]}"
    return f"call of {item.target}, {item.key.rpartition('/')[2]}"


def report_of(store: Store) -> OutboxReport:
    """The report of a store. Raises StoreError."""
    counts = store.outbox.counts()
    waiting, sent, dead = (
        counts.get(state, 0) for state in (OutboxState.WAITING, OutboxState.SENT, OutboxState.DEAD)
    )
    failing = tuple(store.outbox.failing(_SHOWN)) if waiting or dead else ()
    return OutboxReport(waiting, sent, dead, failing)
