"""The daemon, started as a user starts it: polling, publishing, serving, ending."""

from __future__ import annotations

import json
import signal
import socket
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.conftest import Answer, Config, Server, StoryWriter, program, rss
from tests.daemons import LIMIT, daemon, get, has_published, wait_for


@pytest.fixture
def config(server: Server, write_story: StoryWriter, write_config: Config) -> Path:
    write_story("a.md")
    server.answers["/feed"] = Answer(rss("One"))
    return write_config(
        sources=[
            {"name": "news", "type": "stories", "path": "news", "every": "1s"},
            {"name": "web", "type": "feed", "url": f"{server.url}/feed", "every": "1s"},
        ],
        fetch={"allow_networks": ["127.0.0.1/32"]},
    )


def test_feeds_follow_their_sources(server: Server, config: Path, write_story: StoryWriter) -> None:
    with daemon(config) as (_, url):
        wait_for(lambda: has_published(url, 2))
        first = get(f"{url}/feeds/all.atom")
        assert "One" in first.text
        assert first.headers["content-type"].startswith("application/atom+xml")
        etag, modified = first.headers["etag"], first.headers["last-modified"]
        assert get(f"{url}/feeds/all.atom", **{"if-none-match": etag}).status_code == 304
        assert get(f"{url}/feeds/all.atom", **{"if-modified-since": modified}).status_code == 304
        server.answers["/feed"] = Answer(rss("One", "Two"))
        write_story("b.md", title="Fresh from a file")
        wait_for(lambda: has_published(url, 4))
        assert "Two" in get(f"{url}/feeds/all.rss").text
        assert "Fresh from a file" in get(f"{url}/all.html").text
        assert get(f"{url}/feeds/all.atom", **{"if-none-match": etag}).status_code == 200
        assert get(f"{url}/").status_code == 200
        assert get(f"{url}/healthz").text == "ok\n"
        measured = get(f"{url}/metrics").text
        assert 'aggregator_polls_total{outcome="changed"}' in measured
        assert "aggregator_stories 4.0" in measured
        assert "aggregator_sources 2.0" in measured
        for path in ("/feeds/none.atom", "/../store.db", "/%2e%2e/store.db", "/.all.atom.tmp"):
            assert get(f"{url}{path}").status_code == 404


def test_feeds_on_demand(config: Path, write_story: StoryWriter) -> None:
    write_story("b.md", title="Telescope finds a comet", quality=120)
    with daemon(config) as (_, url):
        wait_for(lambda: has_published(url, 3))
        document = get(f"{url}/feeds/all.json?q=telescope OR nothing&min_quality=100").json()
        assert [item["title"] for item in document["items"]] == ["Telescope finds a comet"]
        assert document["feed_url"].endswith("all.json?min_quality=100&q=telescope+OR+nothing")
        assert get(f"{url}/feeds/all.json?q=-telescope&limit=1").json()["items"]
        first = get(f"{url}/feeds/all.atom?limit=1")
        assert first.text.count("<entry>") == 1
        again = get(f"{url}/feeds/all.atom?limit=1", **{"if-none-match": first.headers["etag"]})
        assert again.status_code == 304
        stories = get(f"{url}/stories.json?q=telescope").json()["stories"]
        assert [story["quality"] for story in stories] == [120]
        for query, status in (
            ("colour=red", 400),
            ("limit=-1", 400),
            ("limit=1&limit=2", 400),
            ("since=yesterday", 400),
            ("q=" + "x" * 2_000, 414),
        ):
            bad = get(f"{url}/feeds/all.atom?{query}")
            assert bad.status_code == status
            assert bad.headers["content-type"] == "application/problem+json"
            assert bad.json()["status"] == status
        assert get(f"{url}/feeds/none.atom?q=x").status_code == 404


def test_serving_alone(config: Path) -> None:
    program("build", "-c", str(config))
    with daemon(config, command="serve") as (_, url):
        wait_for(lambda: get(f"{url}/feeds/all.rss").status_code == 200)
        zipped = get(f"{url}/all.html", **{"accept-encoding": "gzip"})
        assert zipped.headers["content-encoding"] == "gzip"
        assert "One" in zipped.text
        assert get(f"{url}/feeds/all.json?q=one").json()["items"][0]["title"] == "One"
        assert httpx.head(f"{url}/", trust_env=False).headers["content-type"] == (
            "text/html; charset=utf-8"
        )


def test_serving_alone_polls_nobody(server: Server, config: Path) -> None:
    with daemon(config, command="serve") as (_, url):
        wait_for(lambda: get(f"{url}/healthz").status_code == 200)
        assert get(f"{url}/feeds/all.json?q=one").json()["items"] == []
    assert server.log == []


def test_only_one_daemon_runs_per_store(config: Path) -> None:
    with daemon(config, "--no-http"):
        wait_for(lambda: (config.parent / "feeds/all.atom").exists())
        second = program("run", "-c", str(config), "--no-http", code=1)
        assert "another process (" in second.stderr


def test_a_changed_configuration_is_reloaded_and_a_bad_one_refused(
    config: Path, server: Server
) -> None:
    server.answers["/more"] = Answer(rss("One", "Three"))
    good = config.read_text()
    with daemon(config) as (process, url):
        wait_for(lambda: "One" in get(f"{url}/feeds/all.atom").text)
        config.write_text(good.replace('"path"', '"colour"'))
        log = config.parent / "log.txt"
        wait_for(lambda: "colour: unknown key" in log.read_text())
        assert "One" in get(f"{url}/feeds/all.atom").text
        config.write_text(good.replace('/feed"', '/more"'))
        process.send_signal(signal.SIGHUP)
        wait_for(lambda: "Three" in get(f"{url}/feeds/all.atom").text)


def test_another_output_needs_a_restart(config: Path, write_story: StoryWriter) -> None:
    with daemon(config) as (_, url):
        wait_for(lambda: has_published(url, 2))
        config.write_text(config.read_text().replace('"feeds"', '"elsewhere"'))
        wait_for(lambda: "restart" in (config.parent / "log.txt").read_text())
        write_story("b.md", title="As before")
        wait_for(lambda: has_published(url, 3))
        assert "As before" in (config.parent / "feeds/all.atom").read_text()
    assert not (config.parent / "elsewhere").exists()


def test_the_service_manager_is_notified(config: Path, tmp_path: Path) -> None:
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(address))
        manager.settimeout(LIMIT)
        with daemon(config, "--no-http", NOTIFY_SOCKET=str(address)):
            assert manager.recv(100) == b"READY=1"
            assert manager.recv(100) == b"WATCHDOG=1"
        while (message := manager.recv(100)) == b"WATCHDOG=1":
            continue
        assert message == b"STOPPING=1"


def test_a_restart_does_not_poll_sources_again(
    server: Server, config: Path, write_story: StoryWriter
) -> None:
    """The changed files show that the restarted daemon polls those sources that are due."""
    values = json.loads(config.read_text())
    values["sources"][1]["every"] = "1h"
    config.write_text(json.dumps(values))
    feed = config.parent / "feeds/all.atom"
    for number in range(2):
        with daemon(config, "--no-http"):
            wait_for(lambda: feed.exists() and "One" in feed.read_text())
            for title in (f"First of {number}", f"Second of {number}"):
                write_story(f"{title}.md", title=title)
                wait_for(lambda title=title: title in feed.read_text())  # type: ignore[misc]
    assert len(server.log) == 1


def test_the_daemon_ends_soon_even_if_a_source_is_slow(server: Server, config: Path) -> None:
    """Five seconds are promised. A daemon that waited for the source would take 20, the deadline of
    a fetch."""
    server.answers["/feed"] = Answer(rss("One"), held=threading.Event())
    with daemon(config) as (process, _):
        wait_for(lambda: bool(server.log))
        process.send_signal(signal.SIGTERM)
        start = time.monotonic()
        process.wait(LIMIT)
        assert time.monotonic() - start < 15
    server.answers["/feed"].held.set()  # type: ignore[union-attr]
