"""Due sources when the clock is set, and the first ticks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from aggregator.config import load_settings
from aggregator.model import SourceState
from aggregator.schedule import Tick
from aggregator.schedule.daemon import _OneIntervalFromNow
from aggregator.store import Store
from tests.conftest import NOW, Answer, Config, Server, rss, ticking
from tests.daemons import wait_for

Ticking = Callable[[datetime], AbstractContextManager[Tick]]


@pytest.fixture
def tick(store: Store, write_config: Config) -> Ticking:
    path = write_config(sources=[{"name": "w", "type": "feed", "url": "http://e.com/f"}])
    return lambda now: ticking(load_settings(path), store, lambda: now)


@pytest.mark.parametrize(
    ("moved", "due"),
    [
        (timedelta(minutes=5), False),
        (timedelta(minutes=31), True),
        (timedelta(hours=-1), True),
        (timedelta(hours=1), True),
        (timedelta(days=3650), True),
    ],
)
def test_which_sources_are_due_after_the_clock_moved(
    store: Store, tick: Ticking, moved: timedelta, due: bool
) -> None:
    place = "http://e.com/f"
    later = NOW + timedelta(minutes=30)
    store.save(source_states=[SourceState("w", place, checked=NOW, succeeded=NOW, due=later)])
    with tick(NOW) as daemon_tick:
        assert bool(daemon_tick.due(NOW + moved)) == due


def test_the_next_tick_is_counted_from_now_however_many_were_missed() -> None:
    trigger = _OneIntervalFromNow(seconds=1, timezone=UTC)
    old = NOW - timedelta(days=3650)
    assert trigger.get_next_fire_time(old, NOW) == NOW + timedelta(seconds=1)


def test_stories_can_be_asked_for_before_the_first_tick(tick: Ticking, tmp_path: Path) -> None:
    with tick(NOW) as daemon_tick:
        assert daemon_tick.queries().story_count == 0
    assert not (tmp_path / "feeds").exists()


def test_no_feed_is_published_before_the_first_reading(
    server: Server, store: Store, write_config: Config
) -> None:
    """An empty feed would tell feed readers that all of its entries have gone."""
    may_answer = Event()
    server.answers["/slow"] = Answer(rss("Slow"), held=may_answer)
    sources = [{"name": "slow", "type": "feed", "url": f"{server.url}/slow"}]
    config = write_config(sources=sources, fetch={"allow_networks": ["127.0.0.1/32"]})
    feed = config.parent / "feeds/all.atom"
    now = NOW
    with ticking(load_settings(config), store, lambda: now, collect_timeout=0.01) as tick:

        def has_published() -> bool:
            tick()
            return feed.exists()

        for minutes in range(30):
            now = NOW + timedelta(minutes=minutes)
            assert not has_published()
        may_answer.set()
        wait_for(has_published)
    assert "Slow" in feed.read_text()
