"""Polling as the log of a publisher shows it, over many polls with a clock that is set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from aggregator.config import Settings, load_settings
from aggregator.pipeline import PlanOptions, ingest
from aggregator.store import open_store
from tests.conftest import Answer, Server, on_loopback, program, rss, ticking
from tests.unit.test_config import write

START = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass
class Publisher:
    """A server with the clock of the test; it logs time, path, validator and status."""

    now: datetime = START
    log: list[tuple[datetime, str, str | None, int]] = field(default_factory=list)
    url: str = ""

    def answer(self, path: str, tag: str | None) -> tuple[int, dict[str, str], bytes]:
        """Every third source is busy, one in five asks for rest, some move, some end."""
        number = int(path[1:].split("-")[0])
        hours = int((self.now - START).total_seconds() // 3600)
        version = hours // (6 if number % 3 == 0 else 100)
        etag = f'"{version}"'
        headers = {"ETag": etag, "Date": format_datetime(self.now, usegmt=True)}
        if number % 5 == 1:
            headers["Cache-Control"] = "max-age=10800"
        if number % 5 == 2 and hours % 50 < 10:
            return 503, {"Retry-After": "14400"}, b""
        if tag == etag:
            return 304, headers, b""
        return 200, headers, rss(f"Version {version}", base=f"https://p{number}.example.com/")


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    """The publisher on loopback."""
    state = Publisher()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            return

        def do_GET(self) -> None:
            tag = self.headers.get("If-None-Match")
            status, headers, body = state.answer(self.path, tag)
            state.log.append((state.now, self.path, tag, status))
            self.send_response_only(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    with on_loopback(Handler) as state.url:
        yield state


def simulate(publisher: Publisher, settings: Settings, days: int, restart_every: int) -> None:
    """Tick every five minutes, with a new process's state after each restart."""
    steps = range(days * 288)
    for start in steps[::restart_every]:
        store = open_store(settings.store)
        with ticking(settings, store, lambda: publisher.now) as tick:
            for step in steps[start : start + restart_every]:
                publisher.now = START + timedelta(minutes=5 * step)
                tick()
        store.close()


def test_one_unconditional_request_and_nothing_too_early(
    publisher: Publisher, tmp_path: Path
) -> None:
    sources = "".join(
        f"  - {{name: s{n}, type: feed, url: '{publisher.url}/{n}'}}\n" for n in range(10)
    )
    config = write(
        tmp_path,
        f"store: sqlite:///store.db\noutput: feeds\nfetch: {{allow_networks: [127.0.0.1/32]}}\n"
        f"formats: [json]\nsources:\n{sources}",
    )
    simulate(publisher, load_settings(config), days=4, restart_every=170)
    for number in range(10):
        requests = [entry for entry in publisher.log if entry[1] == f"/{number}"]
        good = [entry for entry in requests if entry[3] in (200, 304)]
        assert sum(1 for entry in good if entry[2] is None) == 1
        for (earlier, _, _, status), (later, _, _, _) in pairwise(requests):
            rest = timedelta(hours=4) if status == 503 else timedelta(minutes=15)
            if status in (200, 304) and number % 5 == 1:
                rest = timedelta(hours=3)
            assert later - earlier >= rest, (number, earlier, later, status)
    counts = {n: sum(1 for entry in publisher.log if entry[1] == f"/{n}") for n in range(10)}
    assert counts[3] > counts[4], counts  # the busy source more often than the quiet one


def settings_for(server: Server, folder: Path) -> Settings:
    (folder / "x").mkdir(exist_ok=True)
    return load_settings(
        write(
            folder / "x",
            f"store: sqlite:///store.db\nfetch: {{allow_networks: [127.0.0.1/32]}}\n"
            f"sources: [{{name: s, type: feed, url: '{server.url}/feed'}}]\n",
        )
    )


def poll(settings: Settings, times: int) -> Any:
    """Read the sources so many times, a day apart; gives the last state of the source."""
    store = open_store(settings.store)
    for number in range(times):
        moment = START + timedelta(days=10 + number)
        ingest(settings.sources, settings.reading, store, PlanOptions.of(settings), moment)
    return store.sources()["s"]


def test_a_permanent_redirect_is_stored_after_two_polls(server: Server, tmp_path: Path) -> None:
    server.answers["/feed"] = Answer(status=301, headers={"Location": "/new"})
    server.answers["/new"] = Answer(rss("One"))
    state = poll(settings_for(server, tmp_path), 3)
    assert state.moved_to == f"{server.url}/new"
    assert [path for path, _ in server.log] == ["/feed", "/new", "/feed", "/new", "/new"]


def test_a_temporary_redirect_is_never_stored(server: Server, tmp_path: Path) -> None:
    server.answers["/feed"] = Answer(status=301, headers={"Location": "/hop"})
    server.answers["/hop"] = Answer(status=302, headers={"Location": "/new"})
    server.answers["/new"] = Answer(rss("One"))
    assert poll(settings_for(server, tmp_path), 4).moved_to == ""


def test_a_source_that_is_gone_is_requested_once(server: Server, tmp_path: Path) -> None:
    server.answers["/feed"] = Answer(b"", 410)
    state = poll(settings_for(server, tmp_path), 4)
    assert state.gone
    assert "410" in state.error
    assert len(server.log) == 1


def test_the_daemon_does_not_poll_a_source_that_is_gone(server: Server, tmp_path: Path) -> None:
    server.answers["/feed"] = Answer(b"", 410)
    settings = settings_for(server, tmp_path)
    for _ in range(2):
        with ticking(settings, open_store(settings.store), lambda: START) as tick:
            tick()
            assert tick.due(START + timedelta(days=30)) == []
    assert len(server.log) == 1


def test_no_cookies_no_referer_and_an_honest_name(server: Server, tmp_path: Path) -> None:
    server.answers["/feed"] = Answer(status=302, headers={"Location": "/new", "Set-Cookie": "a=b"})
    server.answers["/new"] = Answer(rss("One"), headers={"Set-Cookie": "c=d"})
    poll(settings_for(server, tmp_path), 2)
    for _, headers in server.log:
        assert "cookie" not in headers
        assert "referer" not in headers
        assert headers["user-agent"].startswith("Aggregator/")
        assert "+http://localhost:8000/" in headers["user-agent"]


@pytest.mark.parametrize(
    "etag", ['"caf\u00c3\u00a9"', "no-quotes", 'W/"weak"', '"' + "x" * 3000 + '"']
)
def test_an_etag_is_sent_back_byte_for_byte(server: Server, tmp_path: Path, etag: str) -> None:
    server.answers["/feed"] = Answer(rss("One"), headers={"ETag": etag})
    state = poll(settings_for(server, tmp_path), 2)
    assert not state.error
    assert [headers.get("if-none-match") for _, headers in server.log] == [None, etag]


def test_an_etag_that_cannot_be_sent_back_is_not_stored(server: Server, tmp_path: Path) -> None:
    server.answers["/feed"] = Answer(rss("One"), headers={"ETag": '"caf\u00e9"'})
    state = poll(settings_for(server, tmp_path), 2)
    assert not state.error
    assert [headers.get("if-none-match") for _, headers in server.log] == [None, None]


def test_another_address_is_another_source(server: Server, tmp_path: Path) -> None:
    server.answers["/feed"] = Answer(rss("One"), headers={"ETag": '"a"'})
    server.answers["/else"] = Answer(rss("Two"), headers={"ETag": '"b"'})
    settings = settings_for(server, tmp_path)
    poll(settings, 1)
    text = settings.path.read_text().replace("/feed'", "/else'")
    settings.path.write_text(text)
    poll(load_settings(settings.path), 1)
    assert "if-none-match" not in server.log[-1][1]


def test_a_page_leads_to_its_feed(server: Server, tmp_path: Path) -> None:
    server.answers["/"] = Answer(
        b'<!doctype html><html><head><link rel="alternate" type="application/rss+xml" '
        b'href="feed.xml"></head><body>Hello</body></html>'
    )
    server.answers["/feed.xml"] = Answer(rss("One"))
    (tmp_path / "a.md").write_text("---\ntitle: a\nurl: https://e.com/a\n---\n")
    config = write(
        tmp_path,
        "fetch: {allow_networks: [127.0.0.1/32]}\nsources:\n"
        "  - {name: files, type: stories, path: a.md}\n",
    )
    done = program("sources", "add", f"{server.url}/", "-c", str(config))
    assert f"added A feed: {server.url}/feed.xml" in done.stdout


def test_a_news_sitemap_is_a_source(server: Server, tmp_path: Path) -> None:
    server.answers["/sitemap.xml"] = Answer(
        b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        b'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url>'
        b"<loc>https://pub.example.com/1</loc><news:news><news:publication><news:name>Pub"
        b"</news:name><news:language>en</news:language></news:publication>"
        b"<news:publication_date>2026-11-20T08:00:00Z</news:publication_date>"
        b"<news:title>From a sitemap</news:title></news:news></url></urlset>"
    )
    done = program(
        "probe",
        f"{server.url}/sitemap.xml",
        "--type",
        "sitemap",
        "--allow-network",
        "127.0.0.1/32",
        "--json",
    )
    assert '"titles": ["From a sitemap"]' in done.stdout
