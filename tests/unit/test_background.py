"""The background reader, over a server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from threading import Event

import pytest

from aggregator.model import CleanText, Reading, Source, SourceState
from aggregator.read import ReadOptions
from aggregator.read.background import BackgroundReader
from aggregator.read.language_detection import load_recogniser
from tests.conftest import NOW, Answer, Server, rss
from tests.daemons import wait_for


@pytest.fixture
def reader() -> Iterator[BackgroundReader]:
    load_recogniser()  # so that loading it delays no reading
    background_reader = BackgroundReader(ReadOptions(allow_networks=("127.0.0.1/32",)))
    yield background_reader
    assert background_reader.close(10)


def start(reader: BackgroundReader, server: Server, *names: str) -> None:
    sources = [Source(name, "feed", f"{server.url}/{name}") for name in names]
    reader.start(sources, {}, lambda _: {}, NOW)


def collected(reader: BackgroundReader, count: int) -> list[Reading]:
    """Wait for so many readings."""
    readings: list[Reading] = []

    def are_complete() -> bool:
        readings.extend(reader.collect(0))
        return len(readings) >= count

    wait_for(are_complete)
    return readings


def test_a_slow_source_delays_no_other_and_is_not_requested_again(
    reader: BackgroundReader, server: Server
) -> None:
    may_answer = Event()
    server.answers = {"/quick": Answer(rss("Quick")), "/slow": Answer(rss("Slow"), held=may_answer)}
    start(reader, server, "slow", "quick")
    readings = collected(reader, 1)
    assert [reading.source.name for reading in readings] == ["quick"]
    assert reader.in_flight == {"slow"}
    wait_for(lambda: reader.stuck(0.3) == {"slow"})
    assert reader.stuck(600) == frozenset()
    start(reader, server, "slow")
    may_answer.set()
    (slow,) = collected(reader, 1)
    assert len(server.log) == 2, "a source that is being read is not requested again"
    assert slow.articles[0].title == "Slow"
    assert reader.in_flight == frozenset()
    assert reader.collect(10) == []


def test_many_are_in_flight_at_once(reader: BackgroundReader, server: Server) -> None:
    """The server answers none of the requests before it has all of them."""
    names = [f"s{number}" for number in range(6)]
    all_asked = Event()
    server.answers = {f"/{name}": Answer(rss(name), held=all_asked) for name in names}
    start(reader, server, *names)
    wait_for(lambda: len(server.log) == 6)
    assert reader.collect(0) == []
    all_asked.set()
    assert len(collected(reader, 6)) == 6
    assert server.most_in_flight == 6


def test_a_document_from_a_hub_is_read_like_a_fetched_one(
    reader: BackgroundReader, server: Server
) -> None:
    source = Source("pushed", "feed", f"{server.url}/pushed")
    state = SourceState(
        "pushed", source.location, etag=CleanText('"kept"'), failures=2, error=CleanText("before")
    )
    reader.take(source, state, rss("Pushed"), "application/rss+xml", NOW)
    (reading,) = reader.collect(10)
    assert [article.title for article in reading.articles] == ["Pushed"]
    assert (reading.state.etag, reading.state.error) == ('"kept"', "")
    reader.take(source, state, b"nothing that can be read", "", NOW)
    (reading,) = reader.collect(10)
    assert reading.articles == ()
    assert "what its hub sent cannot be read" in reading.problems[0].reason
    assert server.log == []


def test_what_a_hub_sends_for_a_gone_source_is_read_and_the_source_stays_gone(
    reader: BackgroundReader, server: Server
) -> None:
    """Else each push, one that the hub repeats too, would request the address that is gone."""
    source = Source("gone", "feed", f"{server.url}/gone")
    server.answers["/gone"] = Answer(b"", 410)
    reader.start([source], {}, lambda _: {}, NOW)
    (reading,) = reader.collect(10)
    assert reading.state.gone
    reader.take(source, reading.state, rss("Pushed"), "application/rss+xml", NOW)
    (pushed,) = reader.collect(10)
    assert [article.title for article in pushed.articles] == ["Pushed"]
    assert pushed.state == replace(reading.state, changed=NOW)
    assert pushed.state.due is None
    assert "410" in pushed.state.error


def test_a_reading_that_a_library_cancels_fails_with_the_reason(
    reader: BackgroundReader, server: Server
) -> None:
    """A source without a reading would stay in flight for ever."""
    never = Event()
    server.answers = {"/slow": Answer(rss("Slow"), held=never)}
    start(reader, server, "slow")
    wait_for(lambda: len(server.log) == 1)
    reader._loop.call_soon_threadsafe(
        lambda: [task.cancel() for task in asyncio.all_tasks(reader._loop)]
    )
    (slow,) = collected(reader, 1)
    never.set()
    assert "cancelled before it ended" in slow.state.error
    assert slow.state.due is not None
    assert reader.in_flight == frozenset()


def test_the_reason_why_a_hub_refuses_is_reported(reader: BackgroundReader, server: Server) -> None:
    failures: list[str] = []
    for url in (server.url + "/hub", "http://10.0.0.1/", "file:///etc/passwd"):
        reader.post(url, {"hub.mode": "publish"}, failures.append)
    wait_for(lambda: len(failures) == 3)
    assert any("HTTP 501" in reason for reason in failures)
    assert sum("refused" in reason for reason in failures) == 2


def test_a_reader_that_has_ended_gives_readings_with_the_reason(server: Server) -> None:
    reader = BackgroundReader(ReadOptions(allow_networks=("127.0.0.1/32",)))
    assert reader.is_alive
    assert reader.close(10)
    assert not reader.is_alive
    start(reader, server, "late")
    (reading,) = reader.collect(1)
    assert "Event loop is closed" in reading.state.error
    assert reader.in_flight == frozenset()
    reasons: list[str] = []
    reader.post(f"{server.url}/hub", {}, reasons.append)
    assert "Event loop is closed" in reasons[0]
