"""Feed readers that subscribe to published feeds, and whether they show a story twice.

``reader`` (``pip install reader``) and newsboat poll over HTTP on loopback with conditional
requests, and keep all that they ever read. After each poll everything is marked as read.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple, Protocol
from zlib import crc32

_READER = """
import json, sys
from reader import make_reader
with make_reader(sys.argv[1]) as reader:
    for url in sys.argv[2:]:
        reader.add_feed(url)
    changed = set()
    reader.after_entry_update_hooks.append(lambda _r, e, _s: changed.add((e.feed_url, e.id)))
    for _line in sys.stdin:
        errors = [str(r.value) for r in reader.update_feeds_iter(scheduled=False)
                  if isinstance(r.value, Exception)]
        unread = {(e.feed_url, e.id) for e in reader.get_entries(read=False)}
        entries = [reader.get_entry(key) for key in changed | unread]
        rows = [(e.feed_url, e.id, e.link, e.title, not e.read) for e in entries]
        for key in unread:
            reader.mark_entry_as_read(key)
        changed.clear()
        print(json.dumps({"errors": errors, "rows": rows}), flush=True)
"""
_NEWSBOAT_ROWS = "SELECT feedurl, guid, url, title, unread FROM rss_item WHERE NOT deleted"


class ShownEntry(NamedTuple):
    """An entry as a feed reader has it."""

    feed: str
    id: str
    link: str
    title: str
    unread: bool


class FeedReader(Protocol):
    """A subscriber. ``poll`` updates all feeds, and returns at least the entries that are new or
    changed; then it marks everything as read."""

    name: str

    def poll(self) -> list[ShownEntry]: ...
    def close(self) -> None: ...


class ReaderLibrary:
    """``reader`` in a process of its own, by a Python that has it."""

    name = "reader"

    def __init__(self, python: str, folder: Path, urls: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            [python, "-c", _READER, str(folder / "reader.db"), *urls],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=_environment(folder),
        )

    def poll(self) -> list[ShownEntry]:
        """See ``FeedReader``. Raises RuntimeError if a feed cannot be updated."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print("poll", file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("reader has ended")
        answer = json.loads(line)
        if answer["errors"]:
            raise RuntimeError(f"reader: {answer['errors']}")
        return [ShownEntry(*row) for row in answer["rows"]]

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


class Newsboat:
    """newsboat, started for each poll as by cron."""

    name = "newsboat"

    def __init__(self, folder: Path, urls: Sequence[str]) -> None:
        self._folder = folder
        self._cache = folder / "newsboat.db"
        (folder / "newsboat-urls").write_text("\n".join(urls) + "\n", "utf-8")
        (folder / "newsboat-config").write_text("max-items 0\nkeep-articles-days 0\n", "utf-8")

    def poll(self) -> list[ShownEntry]:
        """See ``FeedReader``: it returns all entries. Raises CalledProcessError if it fails."""
        command = ["newsboat", "-u", str(self._folder / "newsboat-urls"), "-c", str(self._cache)]
        subprocess.run(
            [*command, "-C", str(self._folder / "newsboat-config"), "-x", "reload"],
            env=_environment(self._folder),
            check=True,
            capture_output=True,
        )
        with closing(sqlite3.connect(self._cache)) as connection, connection:
            rows = [ShownEntry(*row) for row in connection.execute(_NEWSBOAT_ROWS)]
            connection.execute("UPDATE rss_item SET unread = 0")
        return rows

    def close(self) -> None:
        """Nothing runs between polls."""


@dataclass
class Subscription:
    """What a feed reader has shown so far, feed by feed: the ids, and under which id each link and
    title was shown first. A link or title of two ids is a story that is shown twice."""

    reader: FeedReader
    seen: set[tuple[str, str]] = field(default_factory=set)
    id_by_text: dict[tuple[str, str], str] = field(default_factory=dict)
    unread_again: set[tuple[str, str]] = field(default_factory=set)
    shown_twice: set[tuple[str, str]] = field(default_factory=set)

    def poll(self) -> None:
        """Poll, and compare with what was shown before. Raises RuntimeError if nothing was ever
        shown: the comparison would be worth nothing."""
        entries = self.reader.poll()
        keys = [(entry.feed, entry.id) for entry in entries if entry.unread]
        self.unread_again |= self.seen.intersection(keys)
        self.seen.update(keys)
        for entry in entries:
            for text in ((entry.feed, entry.link), (entry.feed, entry.title)):
                if self.id_by_text.setdefault(text, entry.id) != entry.id:
                    self.shown_twice.add(text)
        if not self.seen:
            raise RuntimeError(f"{self.reader.name} shows no entries")

    def faults(self) -> dict[str, int]:
        """How often each fault occurred."""
        return {
            f"entries unread again in {self.reader.name}": len(self.unread_again),
            f"links or titles shown twice in {self.reader.name}": len(self.shown_twice),
        }


@contextmanager
def subscribed(
    published: Path, folder: Path, files: Iterable[str], python: str, *, newsboat: bool
) -> Iterator[list[Subscription]]:
    """Subscriptions to these `files` of the folder `published`: of ``reader`` where `python` has
    it, and of newsboat. What is not installed is skipped with a message. `folder` takes what the
    feed readers store."""
    with _served(published) as base:
        urls = [f"{base}/{name}" for name in files]
        readers: list[FeedReader] = []
        if python and _has_reader(python):
            readers.append(ReaderLibrary(python, folder, urls))
        elif python:
            print(f"reader is skipped: {python} cannot import it (pip install reader)")
        if newsboat and shutil.which("newsboat"):
            readers.append(Newsboat(folder, urls))
        elif newsboat:
            print("newsboat is skipped: it is not installed")
        try:
            yield [Subscription(reader) for reader in readers]
        finally:
            for reader in readers:
                reader.close()


def _has_reader(python: str) -> bool:
    try:
        command = [python, "-c", "import reader"]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def _environment(folder: Path) -> dict[str, str]:
    """A home of its own, and no proxy."""
    home = {"HOME": str(folder), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    return {**os.environ, **home}


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """The files of the folder on loopback, with strong ETags."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = folder / Path(self.path).name
            if not path.is_file():
                self.send_error(404)
                return
            body = path.read_bytes()
            etag = f'"{crc32(body):x}"'
            unchanged = self.headers.get("If-None-Match") == etag
            self.send_response(304 if unchanged else 200)
            self.send_header("ETag", etag)
            self.send_header("Content-Length", "0" if unchanged else str(len(body)))
            self.end_headers()
            if not unchanged:
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
