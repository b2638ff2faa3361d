"""Rules of the daemon, by values: hubs and leases, due sources, retries, limits."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from aggregator.config import Settings, load_settings
from aggregator.model import CleanText, Reading, Site, SourceState, Subscription
from aggregator.read.background import BackgroundReader
from aggregator.schedule.exclusions import INCLUDE_AGAIN
from aggregator.schedule.hub_notifier import HubNotifier
from aggregator.schedule.subscriber import Subscriber
from aggregator.schedule.tick import RETRY, TRIES
from aggregator.serve import server as http
from aggregator.store import Store
from tests.conftest import NOW, Answer, Config, Hub, Server, rss, ticking
from tests.daemons import wait_for

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def published_files(hub: Hub) -> list[str]:
    """The names of the feeds that the hub was notified of, sorted."""
    return sorted(url.rpartition("/")[2] for url in hub.published_urls)


@pytest.fixture
def reader() -> Iterator[BackgroundReader]:
    from aggregator.read import ReadOptions

    background_reader = BackgroundReader(ReadOptions(allow_networks=("127.0.0.1/32",)))
    yield background_reader
    assert background_reader.close(10)


@pytest.fixture
def settings(write_config: Config) -> Settings:
    sources = [{"name": "w", "type": "feed", "url": "https://e.com/f"}]
    return load_settings(write_config(sources=sources, websub={"subscribe": True}))


@dataclass
class Subscribing:
    """A subscriber whose source has named its hub, and its clock."""

    subscriber: Subscriber
    store: Store
    now: datetime = NOW

    def ask(self, wait: timedelta) -> bool:
        """Whether the hub is asked at this time after NOW."""
        self.now = NOW + wait
        self.subscriber.request_subscriptions(self.now)
        return self.subscription.requested_at == self.now

    @property
    def subscription(self) -> Subscription:
        return self.store.subscriptions()["w"]

    def confirm(self, lease: timedelta) -> datetime:
        """When the lease ends that the hub confirms."""
        seconds = int(lease.total_seconds())
        assert self.subscriber.confirm(
            self.subscription.token, "subscribe", "https://e.com/f", seconds
        )
        assert self.subscription.until is not None
        return self.subscription.until


@pytest.fixture
def subscribing(
    settings: Settings, store: Store, reader: BackgroundReader, hub: Hub
) -> Subscribing:
    (source,) = settings.sources
    setup: Subscribing
    subscriber = Subscriber(settings, store, reader, lambda: setup.now, lambda: True)
    setup = Subscribing(subscriber, store)
    state = SourceState("w", source.location)
    named = Reading(source, state, hub=CleanText(hub.url), self_url=CleanText("https://e.com/f"))
    subscriber.add_hubs([named])
    assert setup.ask(timedelta(0))
    return setup


def test_no_hub_is_asked_before_it_can_reach_us(
    settings: Settings, store: Store, reader: BackgroundReader, hub: Hub
) -> None:
    """The hub verifies a request at once, and would find nobody at our callback."""
    listens = [False]
    (source,) = settings.sources
    subscriber = Subscriber(settings, store, reader, lambda: NOW, lambda: listens[0])
    state = SourceState("w", source.location)
    named = Reading(source, state, hub=CleanText(hub.url), self_url=CleanText("https://e.com/f"))
    subscriber.add_hubs([named])
    subscriber.request_subscriptions(NOW)
    assert (hub.requests, store.subscriptions()) == ([], {})
    listens[0] = True
    subscriber.request_subscriptions(NOW + MINUTE)
    wait_for(lambda: len(hub.requests) == 1)
    assert store.subscriptions()["w"].requested_at == NOW + MINUTE, "it was not forgotten meanwhile"


def test_the_fields_of_a_subscription_request(subscribing: Subscribing, hub: Hub) -> None:
    wait_for(lambda: bool(hub.requests))
    subscription = subscribing.subscription
    assert hub.requests == [
        {
            "hub.mode": "subscribe",
            "hub.topic": "https://e.com/f",
            "hub.secret": subscription.secret,
            "hub.callback": f"http://localhost:8000/websub/{subscription.token}",
            "hub.lease_seconds": "864000",
        }
    ]
    assert min(len(subscription.token), len(subscription.secret)) >= 32


def test_a_hub_that_does_not_confirm_is_asked_again_every_hour(subscribing: Subscribing) -> None:
    assert not subscribing.ask(59 * MINUTE)
    assert subscribing.ask(HOUR)
    assert not subscribing.ask(119 * MINUTE)
    assert subscribing.ask(2 * HOUR)


def test_a_lease_is_renewed_when_less_than_a_day_of_it_is_left(subscribing: Subscribing) -> None:
    assert subscribing.confirm(10 * DAY) == NOW + 10 * DAY
    assert not subscribing.ask(8 * DAY)
    assert not subscribing.ask(9 * DAY)
    assert subscribing.ask(9 * DAY + MINUTE)
    assert subscribing.subscription.until == NOW + 10 * DAY, (
        "the old lease lasts until the new one is confirmed"
    )
    assert subscribing.confirm(3 * DAY) == NOW + 12 * DAY + MINUTE


@pytest.mark.parametrize(("seconds", "days"), [(0, 10), (86_400, 1), (10**8, 30)])
def test_the_bounds_of_a_lease(subscribing: Subscribing, seconds: int, days: int) -> None:
    assert subscribing.confirm(timedelta(seconds=seconds)) == NOW + days * DAY


def test_only_our_own_requests_are_confirmed_and_nobody_else_ends_a_subscription(
    subscribing: Subscribing,
) -> None:
    subscriber, token = subscribing.subscriber, subscribing.subscription.token
    assert not subscriber.confirm(token, "subscribe", "https://other.com/f", 99)
    assert not subscriber.confirm("none", "subscribe", "https://e.com/f", 99)
    assert not subscriber.confirm(token, "unsubscribe", "https://e.com/f", 0)
    assert subscribing.subscription.until is None
    assert subscriber.confirm(token, "denied", "https://e.com/f", 0)
    assert subscribing.subscription.error


@pytest.mark.parametrize(("hours", "pushed"), [(1, 4), (5, 20), (10, 24), (30, 30)])
def test_a_pushed_source_is_polled_at_a_quarter_of_the_rate(
    subscribing: Subscribing, settings: Settings, hours: int, pushed: int
) -> None:
    (source,) = settings.sources
    state = SourceState("w", source.location, checked=NOW, due=NOW + hours * HOUR)
    assert subscribing.subscriber.reduce_polling(source, state, NOW) == state
    subscribing.confirm(DAY)
    slower = subscribing.subscriber.reduce_polling(source, state, NOW)
    assert slower.due == NOW + pushed * HOUR
    assert subscribing.subscriber.reduce_polling(source, state, NOW + 2 * DAY) == state


def test_the_hub_is_notified_of_feeds_and_again_a_minute_after_a_failure(
    reader: BackgroundReader, hub: Hub
) -> None:
    hub_notifier = HubNotifier(
        Site(CleanText("T"), "https://news.example.org/", hub=hub.url), reader
    )
    hub.status = 500
    hub_notifier.add_changed(("all.rss", "all.html", "feeds.opml", "style.css", "space.atom"))
    hub_notifier.notify_hub(NOW)
    wait_for(lambda: len(hub.requests) == 2 and hub_notifier._not_before is not None)
    assert published_files(hub) == ["all.rss", "space.atom"]
    wait_for(lambda: hub_notifier._changed == {"all.rss", "space.atom"})
    hub.status = 202
    hub_notifier.notify_hub(NOW + 59 * timedelta(seconds=1))
    assert hub_notifier._changed == {"all.rss", "space.atom"}, "not notified again within a minute"
    hub_notifier.notify_hub(NOW + MINUTE)
    wait_for(lambda: len(hub.requests) == 4)
    assert published_files(hub) == ["all.rss", "all.rss", "space.atom", "space.atom"]
    assert {form["hub.mode"] for form in hub.requests} == {"publish"}
    hub_notifier.notify_hub(NOW + 5 * MINUTE)
    assert hub_notifier._changed == set()


class PostingReader:
    """A reader whose posts fail or succeed at once, by the URL of the feed."""

    def __init__(self) -> None:
        self.failing = ""

    def post(self, _url: str, fields: dict[str, str], on_result: Callable[[str], None]) -> None:
        failed = self.failing and fields["hub.url"].endswith(self.failing)
        on_result("HTTP 500" if failed else "")


def test_a_failed_notification_is_reported_until_that_feed_is_accepted() -> None:
    posting: Any = PostingReader()
    site = Site(CleanText("T"), "https://news.example.org/", hub="https://hub.example.org/")
    hub_notifier = HubNotifier(site, posting)
    posting.failing = "all.rss"
    hub_notifier.add_changed(("all.rss", "space.atom"))
    hub_notifier.notify_hub(NOW)
    assert hub_notifier.problem == "HTTP 500", "not hidden by the feed that was accepted after it"
    posting.failing = ""
    hub_notifier.notify_hub(NOW + MINUTE)
    assert hub_notifier.problem == ""


@pytest.mark.parametrize(
    ("state", "due"),
    [
        ({"due": NOW}, True),
        ({"due": NOW + MINUTE}, False),
        ({"due": NOW + MINUTE, "gone": True}, False),
        ({"due": None, "gone": True}, False),
        ({"due": None}, True),
        ({"due": NOW + 7 * DAY}, False),
        ({"due": NOW + 9 * DAY}, True),
        ({"due": NOW + HOUR, "checked": NOW + MINUTE}, False),
        ({"due": NOW + HOUR, "checked": NOW + 2 * MINUTE}, True),
        ({"due": NOW + HOUR, "location": "https://old.example.com/f"}, True),
    ],
)
def test_which_sources_are_due(
    settings: Settings, store: Store, state: dict[str, Any], due: bool
) -> None:
    values = {"name": "w", "location": "https://e.com/f", "checked": NOW - HOUR, **state}
    store.save(source_states=[SourceState(**values)])
    with ticking(settings, store, lambda: NOW) as tick:
        assert bool(tick.due(NOW)) == due


@dataclass
class Ticks:
    """A tick over one feed of the server, at a time that is set."""

    run: Callable[[timedelta], Any]
    server: Server
    tick: Any


@pytest.fixture
def ticks(server: Server, write_config: Config, store: Store) -> Iterator[Ticks]:
    server.answers["/f"] = Answer(rss("One"))
    sources = [{"name": "w", "type": "feed", "url": f"{server.url}/f", "every": "1h"}]
    settings = load_settings(
        write_config(sources=sources, fetch={"allow_networks": ["127.0.0.1/32"]})
    )
    clock = [NOW]
    with ticking(settings, store, lambda: clock[0]) as tick:

        def run(wait: timedelta) -> None:
            clock[0] = NOW + wait
            tick()

        yield Ticks(run, server, tick)


def test_stories_are_ranked_again_every_ten_minutes(ticks: Ticks) -> None:
    ticks.run(timedelta(0))
    first = ticks.tick.current
    ticks.run(9 * MINUTE)
    assert ticks.tick.current is first
    ticks.run(10 * MINUTE)
    assert ticks.tick.current.now == NOW + 10 * MINUTE
    assert len(ticks.server.log) == 1


def test_a_lasting_problem_is_logged_once(ticks: Ticks, caplog: pytest.LogCaptureFixture) -> None:
    ticks.server.answers["/f"] = Answer(b"no", 503)
    with caplog.at_level(logging.WARNING, "aggregator"):
        for number in range(3):
            ticks.run(number * DAY)
    assert len(ticks.server.log) == 3
    assert sum("503" in record.getMessage() for record in caplog.records) == 1


def test_a_daemon_that_ticks_no_more_is_unhealthy(ticks: Ticks) -> None:
    ticks.run(timedelta(0))
    now = [NOW]
    ticks.tick._clock = lambda: now[0]
    now[0] = NOW + 15 * MINUTE
    assert ticks.tick.health() == ""
    now[0] = NOW + 16 * MINUTE
    assert "no tick since 2026-11-22T12:00:00Z" in ticks.tick.health()


def test_the_retry_intervals() -> None:
    """What follows from these is tested, relative to them, in ``tests/e2e/test_survival.py``."""
    assert (timedelta(seconds=30), HOUR, 3) == (RETRY, INCLUDE_AGAIN, TRIES)


def test_the_limits_for_slow_clients() -> None:
    """As the guide has it."""
    assert (http.REQUEST_TIMEOUT, http.RESPONSE_TIMEOUT, http.MAX_CONNECTIONS) == (20, 300, 900)
