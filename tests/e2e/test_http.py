"""HTTP requests to a daemon, as browsers, feed readers and caches make them."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from aggregator.config import password_hash
from tests.conftest import (
    Answer,
    Config,
    Server,
    StoryWriter,
    config_writer,
    program,
    rss,
    story_writer,
)
from tests.contracts.check_feeds import check_atom
from tests.daemons import client_of, daemon, has_published, wait_for

TOKEN = "a-secret-of-some-length"
PASSWORD = "correct horse battery"


def configuration(folder: Path) -> Path:
    """Write a configuration over two stories, with a public topic, a private one and an admin."""
    write_story, write_config = story_writer(folder), config_writer(folder)
    write_story(
        "a.md",
        title="Telescope finds a comet",
        quality=120,
        related=[
            {
                "title": "Comet seen by telescope",
                "webUrl": "https://other.example/comet",
                "publishedDateTime": "2026-11-20T09:00:00Z",
                "type": "article",
                "provider": {"name": "Other", "domain": "other.example"},
                "quality": 90,
            },
        ],
    )
    write_story("b.md", title="Parliament votes <on> a budget", topics=["Politics"])
    return write_config(
        sources=[{"name": "news", "type": "stories", "path": "news", "every": "1s"}],
        topics=[
            {"slug": "science", "name": "Science", "keywords": ["science"]},
            {
                "slug": "clandestine",
                "name": "Clandestine",
                "match": {"any": ["comet"]},
                "token": TOKEN,
            },
        ],
        admin={"password_hash": password_hash(PASSWORD)},
        fetch={"allow_networks": ["127.0.0.1/32"]},
    )


@contextmanager
def client_of_daemon(config: Path) -> Iterator[httpx.Client]:
    """A client of a daemon that has published both stories."""
    with daemon(config) as (_, url), client_of(url) as http:
        wait_for(lambda: has_published(url, 2))
        yield http


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The configuration of a daemon of its own."""
    return configuration(tmp_path)


@pytest.fixture
def client(config: Path) -> Iterator[httpx.Client]:
    """A client of a daemon that the test may change."""
    with client_of_daemon(config) as http:
        yield http


@pytest.fixture(scope="module")
def shared_config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration of the daemon of `shared_client`."""
    return configuration(tmp_path_factory.mktemp("shared"))


@pytest.fixture(scope="module")
def shared_client(shared_config: Path) -> Iterator[httpx.Client]:
    """A client of one daemon for all tests that only read."""
    with client_of_daemon(shared_config) as http:
        yield http


def test_pages_search_and_permanent_stories(shared_client: httpx.Client) -> None:
    index = shared_client.get("/").text
    assert 'href="science.html"' in index
    assert "landestine" not in index
    results = shared_client.get("/search", params={"q": "comet -budget"}).text
    assert "1 story<" in results
    story = results.partition('href="stories/')[2].partition('"')[0]
    page = shared_client.get(f"/stories/{story}")
    assert page.status_code == 200
    assert "Comet seen by telescope" in page.text
    assert "landestine" not in page.text
    assert 'href="../style.css"' in page.text
    assert "No story has" in shared_client.get("/search", params={"q": "nothing"}).text
    escaped = shared_client.get("/search", params={"q": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in escaped
    for path in ("/stories/none", "/stories/00000000-0000-0000-0000-000000000000", "/none.html"):
        assert shared_client.get(path).status_code == 404
        assert shared_client.get(path, headers={"accept": "text/html"}).text.startswith(
            "<!doctype html>"
        )
    assert "in a row" not in shared_client.get("/status").text
    assert "news" in shared_client.get("/status").text
    topic = shared_client.get("/feeds/science.html").text
    assert 'href="../feeds/science.atom"' in topic
    assert shared_client.get("/science.html").text != topic


def test_a_story_that_turned_out_to_be_another_leads_there(
    client: httpx.Client, write_story: StoryWriter
) -> None:
    def ids() -> set[str]:
        return {story["id"] for story in client.get("/stories.json").json()["stories"]}

    first = ids()
    write_story(
        "b.md",
        title="Parliament votes",
        published=False,
        heat=-1,
        related=[
            {
                "title": "T",
                "webUrl": "https://pub.example.com/a.md",
                "type": "article",
                "publishedDateTime": "2026-11-20T08:00:00Z",
                "quality": 120,
                "provider": {"name": "Pub", "domain": "pub.example.com"},
            },
        ],
    )
    wait_for(lambda: len(ids()) == 1)
    (ended,) = first - ids()
    (remaining,) = ids()
    response = client.get(f"/stories/{ended.removeprefix('urn:uuid:')}")
    assert response.status_code == 308
    assert response.headers["location"].endswith(remaining.removeprefix("urn:uuid:"))


def test_private_feeds(shared_client: httpx.Client, shared_config: Path) -> None:
    assert not list((shared_config.parent / "feeds").glob("clandestine*"))
    assert shared_client.get("/feeds/clandestine.atom").status_code == 403
    assert shared_client.get("/feeds/clandestine.atom?token=wrong").status_code == 403
    assert shared_client.get("/clandestine.atom").status_code == 403
    assert shared_client.get("/feeds/clandestine.html").status_code == 404
    response = shared_client.get(f"/feeds/clandestine.atom?token={TOKEN}")
    assert [title for _, title, _, _ in check_atom(response.content)] == ["Telescope finds a comet"]
    assert response.headers["cache-control"].startswith("private")
    assert "access-control-allow-origin" not in response.headers
    again = shared_client.get(
        f"/feeds/clandestine.atom?token={TOKEN}&q=comet",
        headers={"if-none-match": response.headers["etag"]},
    )
    assert again.status_code == 200
    assert shared_client.get("/feeds/all.atom?topic=clandestine").status_code == 400
    for path in ("/feeds/all.atom", "/stories.json", "/feeds.opml", "/", "/all.html"):
        assert "landestine" not in shared_client.get(path).text
    assert TOKEN not in (shared_config.parent / "log.txt").read_text()


def test_headers_for_caches_browsers_and_feed_readers(shared_client: httpx.Client) -> None:
    for coding in ("br", "gzip", "identity"):
        response = shared_client.get("/feeds/all.atom", headers={"accept-encoding": coding})
        assert response.headers.get("content-encoding", "identity") == coding
        same = {"if-none-match": response.headers["etag"], "accept-encoding": coding}
        assert shared_client.get("/feeds/all.atom", headers=same).status_code == 304
        head = shared_client.head("/feeds/all.atom", headers={"accept-encoding": coding})
        assert head.headers["etag"] == response.headers["etag"]
    assert 'rel="self"' in response.headers["link"]
    assert response.headers["cache-control"] == "public, max-age=30"
    assert response.headers["access-control-allow-origin"] == "*"
    assert b'<?xml-stylesheet type="text/css" href="feed.css"?>' in response.content
    assert shared_client.get("/feeds/feed.css").headers["content-type"].startswith("text/css")
    tab = shared_client.get(
        "/feeds/all.atom", params={"raw": "1"}, headers={"sec-fetch-dest": "document"}
    )
    assert tab.headers["content-type"].startswith("application/xml")
    for path in ("/", "/feeds/all.atom", "/status", "/admin", "/stories/none"):
        assert shared_client.get(path).headers["x-content-type-options"] == "nosniff"
        assert "script-src 'self'" in shared_client.get(path).headers["content-security-policy"]


def test_on_demand_sorts_and_limits(config: Path) -> None:
    config.write_text(config.read_text()[:-2] + ', "http": {"per_minute": 4}}')
    with (
        daemon(config) as (_, url),
        client_of(url) as http,
    ):
        wait_for(lambda: has_published(url, 2))
        by = {
            sort: [
                item["title"] for item in http.get(f"/feeds/all.json?sort={sort}").json()["items"]
            ]
            for sort in ("quality", "coverage")
        }
        assert by["quality"] == by["coverage"]
        assert by["quality"][0] == "Telescope finds a comet"
        assert http.get("/feeds/all.json?sort=upwards").status_code == 400
        assert len(http.get("/feeds/all.json?topic=science").json()["items"]) == 1
        statuses = (http.get(f"/feeds/all.json?limit={n}").status_code for n in range(1, 40))
        assert next(status for status in statuses if status != 200) == 429
        assert http.get("/feeds/all.json?limit=9").headers["retry-after"] == "30"
        assert http.get("/feeds/all.json?sort=quality").status_code == 200, (
            "cached feeds do not count"
        )


def test_the_admin_adds_sources_and_topics(
    client: httpx.Client, server: Server, config: Path
) -> None:
    server.answers["/feed"] = Answer(rss("Fresh from the web"))
    config.write_text(yaml.safe_dump(json.loads(config.read_text())))
    source = {"url": f"{server.url}/feed", "name": ""}
    assert client.post("/admin/sources", data=source).status_code == 403
    assert client.post("/admin/login", data={"password": "wrong"}).status_code == 403
    foreign = {"sec-fetch-site": "cross-site"}
    right = {"password": PASSWORD}
    assert client.post("/admin/login", data=right, headers=foreign).status_code == 403
    assert (
        client.post(
            "/admin/login", data=right, headers={"origin": "https://evil.example"}
        ).status_code
        == 403
    )
    response = client.post("/admin/login", data=right, headers={"origin": "null"})
    assert response.status_code == 303
    cookie = response.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    csrf = client.get("/admin").text.partition('name="csrf" value="')[2].partition('"')[0]
    assert client.post("/admin/sources", data={**source, "csrf": "x"}).status_code == 403
    assert client.post("/admin/sources", json=source).status_code == 400
    assert (
        client.post(
            "/admin/sources",
            content=b"a" * 20_000,
            headers={"content-type": "application/x-www-form-urlencoded"},
        ).status_code
        == 413
    )
    bad = client.post("/admin/sources", data={"url": f"{server.url}/none", "csrf": csrf})
    assert bad.status_code == 400
    assert "HTTP 404" in bad.text
    page = client.post("/admin/sources", data={**source, "csrf": csrf}).text
    assert f"Added A feed: {server.url}/feed" in unescape(page)
    fields = {"name": "Fresh things", "keywords": "fresh, new", "csrf": csrf}
    assert "fresh-things" in client.post("/admin/topics", data=fields).text
    wait_for(lambda: "Fresh from the web" in client.get("/feeds/fresh-things.rss").text)
    assert "fresh-things" in config.read_text()
    assert client.post("/admin/logout", data={"csrf": csrf}).status_code == 303
    assert client.post("/admin/sources", data={**source, "csrf": csrf}).status_code == 403
    tries = [client.post("/admin/login", data={"password": "x"}).status_code for _ in range(6)]
    assert tries[-1] == 429


def test_open_pages_are_notified_of_changes(client: httpx.Client, write_story: StoryWriter) -> None:
    with client.stream("GET", "/events") as events:
        lines = events.iter_lines()
        assert next(lines) == "retry: 10000"
        write_story("c.md", title="Something new")
        assert any(line == "event: changed" for line in lines)


def test_slow_and_silent_clients_delay_nobody(shared_client: httpx.Client) -> None:
    host, port = str(shared_client.base_url.host), shared_client.base_url.port or 0
    slow = [socket.create_connection((host, port)) for _ in range(100)]
    for number, connection in enumerate(slow):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        connection.sendall(b"GET /all.html HTTP/1.1\r\nHost: x\r\n" + b"\r\n" * (number % 2))
    # The server gives up on slow clients after 20 s: others must not wait for that.
    assert shared_client.get("/feeds/all.atom", timeout=15).status_code == 200
    huge = shared_client.get("/feeds/all.atom", headers={"x-filler": "x" * 40_000})
    assert huge.status_code == 431
    assert shared_client.get("/" + "x" * 3_000).status_code == 414
    for connection in slow:
        connection.close()


def test_the_log_as_json(config: Path) -> None:
    log = config.parent / "log.txt"

    def log_lines() -> list[dict[str, object]]:
        """The lines that are complete."""
        lines = log.read_text().rpartition("\n")[0].splitlines()
        return [json.loads(line) for line in lines]

    def is_update(line: dict[str, object]) -> bool:
        return line.get("articles") == 3

    with daemon(config, "--log-format", "json", "--no-http"):
        wait_for(lambda: any(map(is_update, log_lines())))
    lines = log_lines()
    assert all({"time", "level", "logger", "message"} <= set(line) for line in lines)
    (update,) = filter(is_update, lines)
    assert update["sources"] == 1
    assert "3 articles new or updated" in str(update["message"])


def test_status_in_the_terminal(config: Path) -> None:
    stopped = program("status", "-c", str(config), code=1)
    assert "daemon: not running" in stopped.stdout

    def status() -> dict[str, Any]:
        health: dict[str, Any] = json.loads(
            program("status", "-c", str(config), "--json", code=None).stdout
        )
        return health

    with daemon(config, "--no-http") as (process, _):
        wait_for(lambda: status()["sources"][0]["condition"] == "ok")
        report = status()
        assert report["daemon"] == str(process.pid)
        (source,) = report["sources"]
        assert source["articles"] == 2
        assert source["days"][-1]["articles"] == 3
        assert "news: ok" in program("status", "-c", str(config)).stdout


def test_a_slow_source_delays_no_other(
    server: Server, write_story: StoryWriter, write_config: Config
) -> None:
    """The other source is published while the slow one has not answered."""
    write_story("a.md", title="Quick as a file")
    slow = threading.Event()
    server.answers["/slow"] = Answer(rss("Slow"), held=slow)
    config = write_config(
        sources=[
            {"name": "news", "type": "stories", "path": "news", "every": "1s"},
            {"name": "slow", "type": "feed", "url": f"{server.url}/slow", "every": "1s"},
        ],
        fetch={"allow_networks": ["127.0.0.1/32"]},
    )
    feed = config.parent / "feeds/all.atom"
    with daemon(config, "--no-http"):
        wait_for(lambda: bool(server.log))
        wait_for(lambda: feed.exists() and "Quick as a file" in feed.read_text())
        write_story("b.md", title="Quick again")
        wait_for(lambda: "Quick again" in feed.read_text())
        assert len(server.log) == 1
        assert "Slow" not in feed.read_text()
        slow.set()
        wait_for(lambda: "Slow" in feed.read_text())


def test_many_clients_at_once_get_their_own_answers(shared_client: httpx.Client) -> None:
    """Twenty clients with different queries at the same time."""
    wrong: list[str] = []

    def ask(number: int) -> None:
        word = "Telescope" if number % 2 else "Parliament"
        feed = shared_client.get("/feeds/all.json", params={"q": word, "limit": number + 1}).json()
        if [word in item["title"] for item in feed["items"]] != [True]:
            wrong.append(word)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
