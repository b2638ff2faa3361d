"""The pruner of the daemon: a little per tick, and what was removed is returned once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from aggregator.schedule import pruner
from aggregator.schedule.pruner import EVERY, Pruner
from aggregator.store import NOTHING_REMOVED, Removed
from tests.conftest import NOW


def removed(number: int) -> Removed:
    return Removed((("s", f"ref {number}", ""),), (f"urn:{number}",))


def test_a_call_gives_what_its_steps_removed() -> None:
    begun: list[datetime] = []

    def begin(now: datetime) -> Iterator[Removed]:
        begun.append(now)
        return iter([removed(1), NOTHING_REMOVED, removed(2)])

    prune = Pruner(begin)
    total = Removed.of(prune(NOW) for _ in range(9))
    assert total == Removed.of([removed(1), removed(2)])
    assert begun == [NOW], "one round per hour"
    assert Removed.of(prune(NOW + EVERY) for _ in range(9)) == total
    assert begun == [NOW, NOW + EVERY]


def test_what_was_removed_before_a_step_fails_is_given_by_the_next_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pruner, "BUDGET", 60.0)

    def begin(now: datetime) -> Iterator[Removed]:
        if now == NOW:
            yield removed(1)
            raise OSError("no space")
        yield removed(2)

    prune = Pruner(begin)
    with pytest.raises(OSError, match="no space"):
        prune(NOW)
    assert prune(NOW + timedelta(minutes=1)) == removed(1)
    assert prune(NOW + EVERY) == removed(2)
