"""Feeds made from a replayed history, and a client that watches a daemon over them.

The articles of a history (``data/replay``) are dealt out to so many feeds by their address. The
feeds begin with the older half; the others come out one by one, in the order of publication.
"""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from zlib import crc32

import httpx

from aggregator.errors import BadDocument
from aggregator.model import Document, Item
from aggregator.read.kinds import KINDS
from tests.conftest import on_loopback
from tests.contracts.check_feeds import check_atom, check_json, check_rss

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FEEDS = {"atom": check_atom, "rss": check_rss, "json": check_json}


def articles_of(replay: Path) -> list[Item]:
    """Every article with an address of a history, once, the oldest first."""
    items: dict[str, Item] = {}
    with gzip.open(replay, "rt", encoding="utf-8") as lines:
        for line in lines:
            save = json.loads(line)
            if not save["text"]:
                continue
            try:
                parsed = KINDS["stories"].parse(Document(save["path"], save["text"].encode()))
            except BadDocument:
                continue
            for item in parsed.items:
                for entry in (item, *item.related):
                    if entry.url.startswith("http") and entry.title:
                        items.setdefault(entry.url, entry)
    return sorted(items.values(), key=lambda entry: (entry.published or _EPOCH, entry.url))


@dataclass
class Feeds:
    """`number` feeds on loopback with the articles that were released; `requests` counts requests
    by the status of the response."""

    number: int
    url: str = ""
    entries: dict[int, list[Item]] = field(default_factory=dict)
    bodies: dict[int, tuple[bytes, str]] = field(default_factory=dict)
    requests: dict[int, int] = field(default_factory=dict)

    def release(self, item: Item) -> None:
        """Put an article into its feed."""
        feed = crc32(item.url.encode()) % self.number
        self.entries.setdefault(feed, []).append(item)
        self.bodies.pop(feed, None)

    def answer(self, feed: int) -> tuple[bytes, str]:
        """A feed's body and its ETag."""
        if feed not in self.bodies:
            body = _rss(feed, self.entries.get(feed, []))
            self.bodies[feed] = (body, f'"{crc32(body):x}"')
        return self.bodies[feed]


@contextmanager
def served(number: int) -> Iterator[Feeds]:
    """The feeds on 127.0.0.1, until the end of the block."""
    feeds = Feeds(number)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            return

        def do_GET(self) -> None:
            with lock:
                body, etag = feeds.answer(int(self.path.strip("/")))
                same = self.headers.get("If-None-Match") == etag
                status = 304 if same else 200
                feeds.requests[status] = feeds.requests.get(status, 0) + 1
            self.send_response(status)
            self.send_header("ETag", etag)
            self.send_header("Content-Length", "0" if same else str(len(body)))
            self.end_headers()
            if not same:
                self.wfile.write(body)

    with on_loopback(Handler) as feeds.url:
        yield feeds


def _rss(feed: int, items: list[Item]) -> bytes:
    rows = "".join(
        f"<item><title>{escape(item.title.value)}</title><link>{escape(item.url)}</link>"
        f"<guid>{escape(item.url)}</guid><description>{escape(item.summary.value)}</description>"
        f"<pubDate>{format_datetime(item.published or _EPOCH)}</pubDate></item>"
        for item in reversed(items)
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Feed {feed}'
        f"</title><link>http://feed{feed}.example/</link><description>d</description>{rows}"
        "</channel></rss>"
    ).encode()


@dataclass
class Watch:
    """What a client observes of a daemon: how long each article took to appear (seconds), how often
    a feed had changed, was not modified, or was sent again unchanged (`wasted`), and its memory
    (MB) and descriptors over time."""

    url: str
    pid: int
    waiting: dict[str, float] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)
    changed: int = 0
    not_modified: int = 0
    wasted: int = 0
    memory: list[float] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)
    _etags: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def released(self, item: Item) -> None:
        """Wait for this article from now on."""
        self.waiting[_plain(item.title.value)] = time.monotonic()

    def look(self, http: httpx.Client) -> None:
        """Ask for all feeds as a reader does, and check whatever changed."""
        for ext, check in _FEEDS.items():
            etag, previous = self._etags.get(ext, ("", b""))
            headers = {"if-none-match": etag} if etag else {}
            response = http.get(f"{self.url}/feeds/all.{ext}", headers=headers)
            if response.status_code == 304:
                self.not_modified += 1
                continue
            assert response.status_code == 200, response
            check(response.content)
            self.changed += 1
            self.wasted += response.content == previous
            self._etags[ext] = (response.headers["etag"], response.content)
            if ext == "json":
                self._seen(response.json())
        status = Path(f"/proc/{self.pid}/status").read_text()
        self.memory.append(int(status.partition("VmRSS:")[2].split()[0]) / 1024)
        self.descriptors.append(len(list(Path(f"/proc/{self.pid}/fd").iterdir())))

    def _seen(self, feed: dict[str, Any]) -> None:
        titles = {_plain(item["title"]) for item in feed["items"]}
        titles |= {_plain(r["title"]) for item in feed["items"] for r in item.get("_related", ())}
        now = time.monotonic()
        for title in titles & self.waiting.keys():
            self.took.append(now - self.waiting.pop(title))


def _plain(title: str) -> str:
    return "".join(character for character in title.casefold() if character.isalnum())
