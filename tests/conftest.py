"""What tests share: servers on loopback, articles, stores, configurations, and the program."""

from __future__ import annotations

import hmac
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from aggregator.config import Settings
from aggregator.model import Article, CleanText, Publisher, Verdict
from aggregator.read.background import BackgroundReader
from aggregator.schedule import Tick
from aggregator.schedule.hub_notifier import HubNotifier
from aggregator.schedule.metrics import Metrics
from aggregator.schedule.subscriber import Subscriber
from aggregator.store import Store, open_store
from tests.daemons import LIMIT

# No test is timed: a slow machine is not a fault (speed is measured in benchmarks/).
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


Config = Callable[..., Path]
"""Writes a configuration, or builds from one; gives its path."""


@dataclass
class Answer:
    """The response of the test server to requests for a path, sent after `delay` seconds."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    held: threading.Event | threading.Barrier | None = None
    """What the response waits for: an event that is set, or so many requests at the same time."""


@dataclass
class Server:
    """A server on loopback: `answers` are its responses by path (404 for others), `log` has path
    and headers of each request, `most_in_flight` counts requests that were answered together."""

    url: str
    answers: dict[str, Answer] = field(default_factory=dict)
    log: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    most_in_flight: int = 0


@pytest.fixture
def server() -> Iterator[Server]:
    """A real HTTP server on 127.0.0.1 that ends with the test."""
    state = Server("")
    lock = threading.Lock()
    flying = [0]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            return

        def do_GET(self) -> None:
            with lock:
                flying[0] += 1
                state.most_in_flight = max(state.most_in_flight, flying[0])
                state.log.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            self.respond(state.answers.get(self.path, Answer(b"no", 404)))

        def do_POST(self) -> None:
            if self.path not in state.answers:
                self.send_error(501)
                return
            with lock:
                flying[0] += 1
                state.log.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            self.rfile.read(int(self.headers["Content-Length"]))
            self.respond(state.answers[self.path])

        def respond(self, answer: Answer) -> None:
            time.sleep(answer.delay)
            if answer.held is not None:
                answer.held.wait(10 * LIMIT)
            etag = answer.headers.get("ETag")
            same = etag is not None and self.headers.get("If-None-Match") == etag
            self.send_response(304 if same else answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if same:
                self.end_headers()
            else:
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)
            with lock:
                flying[0] -= 1

    with on_loopback(Handler) as state.url:
        yield state


@contextmanager
def on_loopback(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of a server on 127.0.0.1 that ends with the block."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    thread.join()
    http.server_close()


@dataclass
class Hub:
    """A WebSub hub on loopback that answers each request with `status`. If it `confirms`, it
    verifies each subscription and grants a lease of a day; `challenges` are what the subscriber
    answers to that."""

    url: str = ""
    status: int = 202
    confirms: bool = False
    requests: list[dict[str, str]] = field(default_factory=list)
    challenges: list[str] = field(default_factory=list)

    @property
    def published_urls(self) -> list[str]:
        """The URLs of the feeds of which it was notified."""
        return [form["hub.url"] for form in self.requests if form["hub.mode"] == "publish"]

    @property
    def subscription(self) -> dict[str, str]:
        """The first request to subscribe."""
        return next(form for form in self.requests if form["hub.mode"] == "subscribe")

    def verify(self, form: dict[str, str]) -> None:
        """Verify the intent of the subscriber (WebSub, section 5.3)."""
        query = {
            "hub.mode": form["hub.mode"],
            "hub.topic": form["hub.topic"],
            "hub.challenge": "a challenge",
            "hub.lease_seconds": "86400",
        }
        response = httpx.get(form["hub.callback"], params=query, trust_env=False, timeout=LIMIT)
        self.challenges.append(response.text)

    def push(self, body: bytes, secret: str = "") -> int:
        """Distribute a document to the subscriber, signed with its secret or with another one.
        Gives the status of the response."""
        key = secret or self.subscription["hub.secret"]
        signature = "sha256=" + hmac.new(key.encode(), body, sha256).hexdigest()
        headers = {"content-type": "application/rss+xml", "x-hub-signature": signature}
        callback = self.subscription["hub.callback"]
        response = httpx.post(
            callback, content=body, headers=headers, trust_env=False, timeout=LIMIT
        )
        return response.status_code


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A WebSub hub on 127.0.0.1 that ends with the test."""
    state = Hub()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            return

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            form = dict(parse_qsl(body.decode()))
            state.requests.append(form)
            self.send_response(state.status)
            self.send_header("Content-Length", "0")
            self.end_headers()
            if state.confirms and form["hub.mode"] == "subscribe":
                threading.Thread(target=state.verify, args=(form,), daemon=True).start()

    with on_loopback(Handler) as url:
        state.url = f"{url}/"
        yield state


def rss(*titles: str, base: str = "https://pub.example.com/") -> bytes:
    """A small RSS feed with an item for each title."""
    items = "".join(
        f"<item><title>{title}</title><link>{base}{number}</link><guid>{base}{number}</guid>"
        f"<pubDate>Sat, 21 Nov 2026 0{number % 10}:00:00 GMT</pubDate></item>"
        for number, title in enumerate(titles, 1)
    )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>A feed</title>'
        f"<link>{base}</link><description>d</description>{items}</channel></rss>"
    ).encode()


def article(name: str, **changes: Any) -> Article:
    """An article at ``https://<name>`` with usual values."""
    defaults: dict[str, Any] = {
        "source": "s",
        "ref": name,
        "key": f"https://{name}",
        "url": f"https://{name}",
        "title": f"Title of {name}",
        "published": datetime(2026, 11, 20, 8, tzinfo=UTC),
        "publisher": Publisher(CleanText(name.partition("/")[0])),
        "verdict": Verdict.STORY,
        "quality": 87,
    }
    return Article(**{**defaults, **changes})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store in a file of SQLite."""
    opened = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    yield opened
    opened.close()


POSTGRES = os.environ.get(
    "AGGREGATOR_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
)
"""The server on which the tests of the store run besides SQLite, each in a schema of its own."""


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty store: a file, and a schema of a PostgreSQL server where one listens."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'deep' / 'store.db'}"
        return
    schema = f"test_{os.getpid()}_{next(_numbers)}"
    engine = create_engine(
        POSTGRES, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3}
    )
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
    except OperationalError as error:
        pytest.skip(f"no PostgreSQL server at {POSTGRES}: {str(error.orig).splitlines()[0]}")
    yield f"{POSTGRES}?options=-csearch_path%3D{schema}"
    with engine.connect() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


_numbers = count()

StoryWriter = Callable[..., Path]


@pytest.fixture
def write_story(tmp_path: Path) -> StoryWriter:
    """Writes a story file: ``write_story("a.md", title=..., related=[...])``."""
    return story_writer(tmp_path)


def story_writer(folder: Path) -> StoryWriter:
    """Writes story files into ``news/`` of a folder."""

    def write(name: str, **fields: Any) -> Path:
        values = {
            "category": "news",
            "title": f"Story {name}",
            "excerpt": "What happened.",
            "publishedDateTime": "2026-11-20T08:00:00Z",
            "webUrl": f"https://pub.example.com/{name}",
            "type": "article",
            "provider": {"name": "Pub", "domain": "pub.example.com"},
            "topics": ["Science"],
            "secured": "c2VjcmV0",
            **fields,
        }
        lines = [f"{key}: {json.dumps(value)}" for key, value in values.items()]
        path = folder / "news" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(["---", *lines, "---", ""]), "utf-8")
        return path

    return write


@pytest.fixture
def write_config(tmp_path: Path) -> Config:
    """Writes a configuration over ``news/`` in the temporary folder."""
    return config_writer(tmp_path)


def config_writer(folder: Path) -> Config:
    """Writes ``aggregator.yaml`` of a folder, with ``news/`` as its source and these sections."""

    def write(**sections: Any) -> Path:
        values = {
            "store": "sqlite:///store.db",
            "output": "feeds",
            "sources": [{"name": "news", "type": "stories", "path": "news"}],
            "ranking": {"window": "all"},
            "merge": {"text": False},  # all files of write_story have similar texts
            "pictures": {"enabled": False},  # those of the samples are not on the web
            **sections,
        }
        path = folder / "aggregator.yaml"
        path.write_text(json.dumps(values, indent=1), "utf-8")
        return path

    return write


def program(*words: str, code: int | None = 0, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the program as a user does; it must end with the exit code `code` (None: any)."""
    command = [sys.executable, "-m", "aggregator", *words]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=LIMIT, check=False, **options
    )
    assert code is None or done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done


@contextmanager
def ticking(
    settings: Settings,
    store: Store,
    clock: Callable[[], datetime],
    metrics: Metrics | None = None,
    *,
    listening: bool = False,
    collect_timeout: float = 30,
) -> Iterator[Tick]:
    """The tick of a daemon with a reader at work. Each tick waits for all readings that it started,
    at most `collect_timeout` seconds, while the given clock stands still."""
    reader = BackgroundReader(settings.reading)
    try:
        subscriber = Subscriber(settings, store, reader, clock, lambda: listening)
        hub_notifier = HubNotifier(settings.site, reader)
        yield Tick(
            settings,
            store,
            reader,
            clock,
            metrics or Metrics(),
            subscriber,
            hub_notifier,
            collect_timeout=collect_timeout,
        )
    finally:
        assert reader.close(10)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
