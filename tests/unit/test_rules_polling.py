"""Rules of the polling policy, by values that are not taken from the code."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from aggregator.model import Source, SourceState
from aggregator.read.headers import hints_of
from aggregator.read.polling import (
    NO_HINTS,
    Hints,
    local_due,
    may_ask,
    shortest_pace,
    with_due,
)
from tests.conftest import NOW

SOURCE = Source("s", "feed", "https://e.com/feed")
STATE = SourceState("s", location=SOURCE.location)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EVERY = replace(SOURCE, every=2 * HOUR)


def next_state(
    state: SourceState = STATE, hints: Hints = NO_HINTS, **overrides: object
) -> SourceState:
    values = {"source": SOURCE, "changed": False, "trusted_server": False, **overrides}
    source = values.pop("source")
    return with_due(source, state, hints, NOW, **values)  # type: ignore[arg-type]


def wait(state: SourceState = STATE, hints: Hints = NO_HINTS, **overrides: object) -> timedelta:
    due = next_state(state, hints, **overrides).due
    assert due is not None
    return due - NOW


def is_about(waited: timedelta, expected: timedelta) -> bool:
    """The expected time, or up to a tenth longer."""
    return expected <= waited <= expected * 1.1


def test_the_interval_is_an_hour_at_first_shorter_after_news_and_longer_without() -> None:
    assert is_about(wait(), HOUR)
    assert is_about(wait(changed=True), HOUR), "the first reading says nothing about the interval"
    hourly = replace(STATE, interval=3_600)
    assert is_about(wait(hourly, changed=True), 42 * MINUTE)
    assert is_about(wait(hourly), 75 * MINUTE)
    assert next_state(hourly).interval == 4_500
    busy, quiet = replace(STATE, interval=900), replace(STATE, interval=86_400)
    assert is_about(wait(busy, changed=True), 15 * MINUTE)
    assert is_about(wait(quiet), DAY)


def test_jitter_depends_on_source_and_time_alone() -> None:
    names = [replace(SOURCE, name=f"s{n}") for n in range(50)]
    waits = {wait(source=source) for source in names}
    assert len(waits) > 40
    assert all(is_about(waited, HOUR) for waited in waits)
    assert max(waits) - min(waits) > 4 * MINUTE
    assert wait() == wait()


@pytest.mark.parametrize(
    ("failures", "hours"), [(1, 4), (2, 8), (3, 16), (4, 24), (9, 24), (500, 24)]
)
def test_each_failure_doubles_the_wait_up_to_a_day(failures: int, hours: int) -> None:
    failing = replace(STATE, failures=failures)
    waited = wait(failing, source=EVERY)
    assert is_about(waited, hours * HOUR) or waited == DAY == hours * HOUR
    assert wait(failing, source=replace(EVERY, every=2 * DAY)) >= 2 * DAY, (
        "never sooner than configured"
    )


@pytest.mark.parametrize(("failures", "minutes"), [(1, 40), (2, 60), (9, 60)])
def test_without_a_network_the_back_off_ends_at_an_hour(failures: int, minutes: int) -> None:
    often = replace(SOURCE, every=20 * MINUTE)
    waited = wait(replace(STATE, failures=failures), source=often, unreachable=True)
    assert is_about(waited, minutes * MINUTE) or waited == HOUR == minutes * MINUTE


def test_public_servers_are_polled_every_15_minutes_at_most() -> None:
    often = replace(SOURCE, every=2 * MINUTE)
    assert is_about(wait(source=often), 15 * MINUTE)
    assert wait(source=often, trusted_server=True) == 2 * MINUTE, "the owner's own server"
    assert is_about(wait(trusted_server=True), HOUR), (
        "where the owner says nothing it is like the public web"
    )
    fresh = next_state(STATE, Hints(fresh_for=7_200), trusted_server=True)
    assert fresh.not_before == NOW + 2 * HOUR
    assert shortest_pace(SOURCE) == 15 * MINUTE
    assert shortest_pace(often) == 2 * MINUTE


def test_files_are_read_every_minute_or_as_configured() -> None:
    files = replace(SOURCE, kind="stories", location="/news")
    assert local_due(files, STATE, NOW).due == NOW + MINUTE
    assert local_due(replace(files, every=HOUR), STATE, NOW).due == NOW + HOUR
    assert shortest_pace(files) == MINUTE


@pytest.mark.parametrize(
    ("hints", "until"),
    [
        (Hints(fresh_for=3 * 3_600), 3 * HOUR),
        (Hints(fresh_for=9 * 86_400), DAY),
        (Hints(retry_after=3 * 3_600), 3 * HOUR),
        (Hints(retry_after=3 * 86_400), 3 * DAY),
        (Hints(retry_after=30 * 86_400), 7 * DAY),
        (Hints(fresh_for=7_200, retry_after=10_800), 3 * HOUR),
    ],
)
def test_freshness_and_retry_after_are_respected_within_bounds(
    hints: Hints, until: timedelta
) -> None:
    state = next_state(STATE, hints)
    assert state.not_before == NOW + until
    assert state.due is not None
    assert state.due >= state.not_before
    assert not may_ask(state, NOW + until - MINUTE)
    assert may_ask(state, NOW + until)
    assert may_ask(state, NOW - 20 * DAY), "impossibly far ahead: the clock was set back"


def test_an_owner_s_server_is_polled_as_configured_except_for_retry_after() -> None:
    often = replace(SOURCE, every=2 * MINUTE)
    skip = Hints(fresh_for=7_200, skip_hours=frozenset({12}))
    assert wait(hints=skip, source=often, trusted_server=True) == 2 * MINUTE
    assert wait(hints=Hints(retry_after=600), source=often, trusted_server=True) == 10 * MINUTE
    assert next_state(STATE, skip, source=often, trusted_server=True).not_before is None


def test_hours_and_days_that_a_publisher_skips() -> None:
    """NOW is a Sunday, 12:00; 0 is Monday."""
    afternoon = Hints(skip_hours=frozenset(range(12, 20)))
    assert next_state(STATE, afternoon).due == NOW.replace(hour=20)
    weekend = Hints(skip_days=frozenset({5, 6}))
    assert next_state(STATE, weekend).due == datetime(2026, 11, 23, tzinfo=NOW.tzinfo)
    never = Hints(skip_hours=frozenset(range(24)), skip_days=frozenset(range(7)))
    assert is_about(wait(hints=never), HOUR)


def test_a_source_that_is_gone_is_not_polled_again() -> None:
    gone = next_state(replace(STATE, gone=True))
    assert gone.due is None
    assert not may_ask(gone, NOW + 900 * DAY)


DATE = "Sun, 22 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "fresh", "retry"),
    [
        ({"cache-control": "max-age=600"}, 600, 0),
        ({"cache-control": "max-age=600, s-maxage=9000"}, 600, 0),
        ({"cache-control": "s-maxage=9000"}, 0, 0),
        ({"cache-control": "max-age=600, no-cache"}, 0, 0),
        ({"cache-control": 'max-age=600, no-cache="set-cookie"'}, 600, 0),
        ({"cache-control": "max-age=600, no-store"}, 0, 0),
        ({"cache-control": "max-age=600", "age": "500"}, 100, 0),
        ({"cache-control": "max-age=600", "age": "900"}, 0, 0),
        ({"cache-control": "max-age=600", "expires": "Sun, 22 Nov 2026 15:00:00 GMT"}, 600, 0),
        ({"expires": "Sun, 22 Nov 2026 12:10:00 GMT"}, 600, 0),
        ({"retry-after": "120"}, 0, 120),
        ({"retry-after": "Sun, 22 Nov 2026 12:03:00 GMT"}, 0, 180),
        ({"retry-after": "soon"}, 0, 0),
    ],
)
def test_freshness_and_retry_after_of_headers(
    headers: dict[str, str], fresh: int, retry: int
) -> None:
    assert hints_of({"date": DATE, **headers}) == Hints(fresh_for=fresh, retry_after=retry)
