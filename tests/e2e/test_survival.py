"""An error at any step of a tick affects at most the source that causes it.

Errors are injected into the real parts: a daemon's tick over a server on loopback, a reader, an
SQLite file and an output folder.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import event

from aggregator.config import Settings, load_settings
from aggregator.queries import source_statuses
from aggregator.schedule import Daemon, Tick
from aggregator.schedule.exclusions import INCLUDE_AGAIN
from aggregator.schedule.hub_notifier import HubNotifier
from aggregator.schedule.tick import RETRY
from aggregator.store import Store, open_store
from tests.conftest import NOW, Answer, Config, Server, program, rss, ticking
from tests.daemons import wait_for

STEPS = [
    "schedule.tick:with_configured_options",
    "schedule.tick:document_loader",
    "schedule.tick:LiveStories.update",
    "schedule.tick:publish_feeds",
    "schedule.tick:StoryQueries",
    "schedule.metrics:Metrics.count_readings",
    "schedule.metrics:Metrics.set_sources",
    "schedule.metrics:Metrics.record_update",
    "schedule.subscriber:Subscriber.add_hubs",
    "schedule.subscriber:Subscriber.request_subscriptions",
    "schedule.subscriber:Subscriber.reduce_polling",
    "schedule.hub_notifier:HubNotifier.notify_hub",
    "schedule.hub_notifier:HubNotifier.add_changed",
    "read.background:BackgroundReader.start",
    "read.background:BackgroundReader.collect",
    "pipeline.live_stories:update_stories",
    "pipeline.live_stories:Memory.after",
    "pipeline.live_stories:LiveFeeds",
    "pipeline.update:plan",
    "pipeline.story_step:with_known_refs",
    "pipeline.story_step:unify",
    "pipeline.story_step:merge",
    "pipeline.planning:TopicFeeds.of",
    "pipeline.topic_feeds:rank",
    "pipeline.feed_content:compose_feed",
    "pipeline.shell:publish",
    "pipeline.shell:new_feed_records",
    "pipeline.shell:_faulty_sources",
    "publish.publisher:outputs_of",
    "publish.publisher:write_files",
    "publish.publisher:remove_files",
    "publish.registry:Format.render",
    "publish.outputs:topic_page",
    "publish.outputs:front_page",
    "store.sql_store:Store.window",
    "store.sql_store:Store.save",
    "store.sql_store:Store.outputs",
    "store.sql_store:Store.save_outputs",
    "store.sql_store:put_words",
    "store.sql_store:upsert",
]


class Injected(Exception):
    """The exception that is raised; the program has no handler for this class."""


@dataclass
class World:
    """Two feeds, and a daemon's tick at a time that the test sets."""

    server: Server
    settings: Settings
    store: Store
    now: datetime = NOW
    tick: Tick = field(init=False)

    def run(self, wait: timedelta = timedelta(0)) -> None:
        self.now += wait
        self.tick()

    @property
    def titles(self) -> list[str]:
        path = self.settings.output / "all.json"
        return (
            sorted(i["title"] for i in json.loads(path.read_text())["items"])
            if path.exists()
            else []
        )

    @property
    def requests(self) -> list[str]:
        return sorted(path for path, _ in self.server.log)

    @property
    def trouble(self) -> str:
        return f"{self.tick.health()} {self.tick.degraded()}"


@pytest.fixture
def world(server: Server, write_config: Config) -> Iterator[World]:
    for name, title in (("good", "Good news"), ("bad", "Bad news")):
        body = rss(title, base=f"https://{name}.example.com/")
        server.answers[f"/{name}"] = Answer(body, headers={"ETag": f'"{name}"'})
    sources = [
        {"name": name, "type": "feed", "url": f"{server.url}/{name}"} for name in ("good", "bad")
    ]
    settings = load_settings(
        write_config(sources=sources, fetch={"allow_networks": ["127.0.0.1/32"]})
    )
    store = open_store(settings.store)
    new_world = World(server, settings, store)
    with store.exclusive(), ticking(settings, store, lambda: new_world.now) as new_world.tick:
        yield new_world
    store.close()


def inject(
    monkeypatch: pytest.MonkeyPatch, place: str, when: Callable[..., bool] = lambda *_: True
) -> list[str]:
    """Make the function at a place raise, at those calls for which `when` is true. Returns the list
    to which each raise is added."""
    module, _, name = place.partition(":")
    owner: Any = import_module(f"aggregator.{module}")
    *path, last = name.split(".")
    for step in path:
        owner = getattr(owner, step)
    original = getattr(owner, last)
    raised: list[str] = []

    def faulty(*arguments: Any, **keywords: Any) -> Any:
        if when(*arguments, *keywords.values(), raised):
            raised.append(place)
            raise Injected("an injected error")
        return original(*arguments, **keywords)

    monkeypatch.setattr(owner, last, faulty)
    return raised


def once(*arguments: Any) -> bool:
    return not arguments[-1]


@pytest.mark.parametrize("place", STEPS)
def test_an_error_at_a_step_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    raised = inject(monkeypatch, place, once)
    world.run()
    assert raised, "the step was not reached"
    assert "an injected error" in world.trouble
    for _ in range(3):
        world.run(RETRY)
    assert world.titles == ["Bad news", "Good news"]
    assert world.requests == ["/bad", "/good"], "no source is requested twice within its interval"
    dues = [state.due for state in world.store.sources().values()]
    assert all(due is not None and due > NOW + timedelta(minutes=15) for due in dues)
    assert "an injected error" not in world.trouble, "the trouble has ended"


@pytest.mark.parametrize(
    "place",
    [
        "read.background:postponed",
        "read.background:read_remote",
        "read.remote:articles_in",
        "read.remote:with_due",
        "read.single_source:with_due",
        "read.kinds.feed:_entries",
        "read.fetch:hints_of",
    ],
)
def test_an_error_of_the_reader_is_the_reading_of_one_source(
    world: World, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    if place == "read.single_source:with_due":  # called only after another step failed
        inject(monkeypatch, "read.single_source:internal_failure", lambda *_: False)
        inject(monkeypatch, "read.remote:articles_in", holds_bad)
    raised = inject(monkeypatch, place, once)
    world.run()
    assert raised, "the step was not reached"
    assert len(world.titles) == 1
    assert world.tick.health() == ""
    assert "an injected error" in world.trouble
    world.run(RETRY)
    assert world.requests.count("/bad") <= 1 >= world.requests.count("/good")
    dues = [state.due for state in world.store.sources().values()]
    assert all(due is not None and due > NOW + timedelta(minutes=15) for due in dues)
    world.run(timedelta(hours=3))
    assert world.titles == ["Bad news", "Good news"] or place == "read.single_source:with_due"


def holds_bad(*arguments: Any) -> bool:
    return "Bad news" in repr(arguments[:-1])


@pytest.mark.parametrize(
    "place",
    [
        "pipeline.update:sanitised",
        "pipeline.story_step:unify",
        "pipeline.story_step:merge",
        "publish.compose:compose_entry",
        "store.sql_store:put_words",
        "store.rows:article_row",
    ],
)
def test_the_source_that_causes_an_error_is_set_aside(
    world: World, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    inject(monkeypatch, place, holds_bad)
    world.run()
    assert world.titles == ["Good news"]
    assert world.tick.health() == "", "the rest is published"
    assert "bad: set aside: unexpected Injected: an injected error" in world.trouble
    (bad,) = [
        s for s in source_statuses(world.settings.sources, world.store, world.now) if s.failing
    ]
    assert bad.source.name == "bad"
    assert bad.condition.startswith("set aside")
    assert "report this message" in bad.todo
    world.run(RETRY)
    assert world.requests == ["/bad", "/good"]
    due = world.store.sources()["bad"].due
    assert due is not None
    world.run(due - world.now)
    later = world.store.sources()["bad"].due
    assert later is not None
    assert later - world.now > due - NOW, "its interval grows with each failure"
    monkeypatch.undo()
    world.run(later - world.now)
    assert world.titles == ["Bad news", "Good news"], "its validators were not stored"
    assert world.trouble.strip() == ""
    assert world.store.sources()["bad"].error == ""


def test_a_source_whose_stored_articles_cause_an_error_is_left_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.run()
    assert world.titles == ["Bad news", "Good news"]
    inject(monkeypatch, "pipeline.story_step:unify", holds_bad)
    world.run(timedelta(minutes=11))
    assert world.titles == ["Bad news", "Good news"], "what is not touched is not looked at"
    with ticking(world.settings, world.store, lambda: world.now) as world.tick:  # a restart
        world.run(timedelta(minutes=11))
        assert world.titles == ["Good news"]
        assert "bad: set aside" in world.trouble
        assert world.store.sources()["bad"].error.startswith("set aside")
        shown = program("status", "-c", str(world.settings.path), code=1).stdout
        assert "bad: set aside" in shown
        monkeypatch.undo()
        world.run(INCLUDE_AGAIN)
        world.run(timedelta(minutes=11))
        assert world.titles == ["Bad news", "Good news"]


def test_an_error_in_an_update_of_the_window_in_memory_is_found_by_planning(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source that causes it is set aside, and the other one published, at once."""
    world.run()
    for name, titles in (
        ("good", ("Good news", "More good news")),
        ("bad", ("Bad news", "Worse news")),
    ):
        base = f"https://{name}.example.com/"
        world.server.answers[f"/{name}"] = Answer(rss(*titles, base=base))
    inject(monkeypatch, "pipeline.live_stories:sanitised", holds_worse)
    inject(monkeypatch, "pipeline.update:sanitised", holds_worse)
    world.run(timedelta(hours=3))
    assert "More good news" in world.titles
    assert "bad: set aside" in world.trouble
    monkeypatch.undo()
    due = world.store.sources()["bad"].due
    assert due is not None
    world.run(due - world.now)
    assert "Worse news" in world.titles


@pytest.mark.parametrize(
    "place",
    [
        "pipeline.live_stories:advance",
        "pipeline.live_stories:unknown_or_changed",
        "pipeline.advance:Memory.apply",
        "pipeline.advance:stories_after",
        "pipeline.live_feeds:LiveFeeds.replace",
        "pipeline.live_feeds:LiveFeeds.current",
        "store.sql_store:Store.touched",
        "store.sql_store:Store.changes",
        "store.sql_store:Store.feeds",
    ],
)
def test_an_error_beside_the_window_in_memory_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """It is reported, and the same readings are planned from the store."""
    world.run()
    world.server.answers["/good"] = Answer(
        rss("Good news", "More good news", base="https://good.example.com/")
    )
    raised = inject(monkeypatch, place, once)
    world.run(timedelta(hours=3))
    assert raised, "the step was not reached"
    assert world.titles == ["Bad news", "Good news", "More good news"]
    assert "an injected error" in world.trouble
    world.run(timedelta(minutes=11))
    assert world.trouble.strip() == ""


def holds_worse(*arguments: Any) -> bool:
    return "Worse news" in repr(arguments[:-1])


def test_a_story_that_cannot_be_written_is_left_out_of_every_file(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(monkeypatch, "publish.registry:Format.render", holds_bad)
    inject(monkeypatch, "publish.outputs:front_page", holds_bad)
    world.run()
    assert world.titles == ["Good news"]
    assert "Good news" in (world.settings.output / "index.html").read_text()
    assert "bad: set aside" in world.trouble


def test_sources_are_not_polled_more_often_while_updates_fail(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(monkeypatch, "pipeline.story_step:unify")
    for _ in range(10):
        world.run(RETRY)
        assert "an injected error" in world.trouble
    assert world.requests == ["/bad", "/good"]
    saved = [state.due for state in world.store.sources().values()]
    assert all(due is not None and due > NOW + timedelta(minutes=15) for due in saved)
    monkeypatch.undo()
    dues = [due for source in ("good", "bad") if (due := world.tick._states[source].due)]
    world.run(max(dues) - world.now + timedelta(seconds=1))
    assert world.titles == ["Bad news", "Good news"], "its validators were not stored"


def test_no_source_is_set_aside_because_the_store_is_full(world: World) -> None:
    long = [f"More {n} {'words ' * 70}" for n in range(40)]
    world.server.answers["/good"] = Answer(rss("Good news", *long))
    database = world.store._database
    with database.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    world.store.close()

    def limited(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(database.engine, "connect", limited)
    world.run()
    assert "nothing was published" in world.tick.health()
    assert "full" in world.tick.health()
    assert "set aside" not in world.trouble
    event.remove(database.engine, "connect", limited)
    world.store.close()
    world.run(RETRY)
    assert {"Bad news", "Good news"} <= set(world.titles)
    assert world.requests == ["/bad", "/good"]
    assert world.trouble.strip() == ""


def test_readings_wait_while_the_store_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    inject(monkeypatch, "store.database:Database.writing")
    world.run()
    assert "nothing was published" in world.tick.health()
    for wait in (RETRY, RETRY, timedelta(hours=3), RETRY):
        world.run(wait)
    assert world.requests == ["/bad", "/good"]
    assert world.titles == []
    monkeypatch.undo()
    world.run(RETRY)
    assert world.titles == ["Bad news", "Good news"]
    assert world.requests == ["/bad", "/good"], "no source was requested again"
    assert world.trouble.strip() == ""


def test_a_hub_is_notified_of_a_feed_after_an_error(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub_notifier = HubNotifier(
        replace(world.settings.site, hub=f"{world.server.url}/hub"), world.tick._reader
    )
    world.server.answers["/hub"] = Answer(status=202)
    hub_notifier.add_changed(("all.rss",))
    inject(monkeypatch, "read.background:BackgroundReader.post", once)
    with pytest.raises(Injected):
        hub_notifier.notify_hub(NOW)
    hub_notifier.notify_hub(NOW)
    wait_for(lambda: world.requests == ["/hub"])
    assert hub_notifier.problem == ""


def test_a_daemon_whose_reader_has_ended_is_unhealthy(world: World) -> None:
    world.run()
    assert world.tick.health() == ""
    world.tick._reader.close(10)
    assert "its thread has ended" in world.tick.health()


def test_an_error_while_the_configuration_is_reloaded_stops_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = Daemon(world.settings, world.store)
    try:
        inject(monkeypatch, "schedule.daemon:load_settings", once)
        for expected in ("cannot load the configuration: unexpected Injected", ""):
            daemon._reload_requested.set()
            daemon._run_tick()
            assert expected in daemon.degraded()

        def has_published() -> bool:
            daemon._run_tick()
            return world.titles == ["Bad news", "Good news"]

        wait_for(has_published)
        assert "cannot load" not in daemon.degraded()
    finally:
        assert daemon._reader.close(10)
