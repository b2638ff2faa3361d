"""Delay and HTTP latency of a daemon to which new articles come all the time, from outside.

    python benchmarks/sustained.py [--articles 100000] [--rates 200] [--seconds 600]
                                   [--folder FOLDER]

A store is filled with the made articles of tick.py, and `aggregator run` has them in its window.
The next articles come out evenly at 20 sources of JSON lines on loopback, each of which is polled
every second. They are dated when they come out, and the window grows by them. For each rate
(articles per second) a daemon begins with a copy of the store. What is measured:

delay     From the moment when an article came out, and from the response of its source that had it
          first, until it is published: saved with its story, after which the tick has written the
          feeds and given the pages their stories. Per minute, and over all. Asked: within 3 s.
latency   Of four requests, each made five times a second: the front page, a topic's page, a feed
          with If-None-Match, and a search for the words of an article that is published, which
          must have a result. Asked: 99 % below 100 ms.

The sources, the requests and the daemon share the machine. The folder is on a RAM disk if there is
one: nothing waits for a disk to sync.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from math import inf
from pathlib import Path
from typing import Any
from urllib.parse import quote

import tick
from httpx import Client

sys.path.insert(0, str(Path(__file__).parents[1]))

from aggregator.model import Article
from tests.conftest import on_loopback
from tests.daemons import client_of, daemon

LANGUAGE = "eo"  # of all articles: only those of one language are compared
WIRES = 20  # sources at which articles come out
_LOOK = 0.1  # seconds between two looks at the store
_REQUEST = 0.2  # seconds between two requests of a kind
_REST = 30.0  # seconds in which what came out last can be published
_RAM_DISK = Path("/dev/shm")


def main() -> None:
    """Fill a store, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--rates", default="200")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--folder", type=Path, default=_RAM_DISK if _RAM_DISK.is_dir() else None)
    arguments = parser.parse_args()
    rates = [float(rate) for rate in arguments.rates.split(",")]
    arguments.ticks, arguments.batch = 0, arguments.articles
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        tick.prepare(folder, arguments.articles, int(max(rates) * arguments.seconds), LANGUAGE)
        tick.run_step("fill", folder, arguments)
        new = tick.load(folder, "new")
        for rate in rates:
            copy = folder / "copy"
            shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("*.pickle", "copy"))
            measure(copy, new[: int(rate * arguments.seconds)], rate)
            shutil.rmtree(copy)


def measure(folder: Path, new: Sequence[Article], rate: float) -> None:
    """Run a daemon over the store of this folder, let the articles come out, and print."""
    print(f"{rate:g} articles per second for {len(new) / rate:,.0f} s", flush=True)
    with (
        served(Wires(new, rate)) as wires,
        daemon(write(folder, wires.url), "-q") as (process, url),
    ):
        with client_of(url) as http:
            tick.wait(process, lambda: update_count(http) > 0)
        watch, ended = Watch(wires, folder / "run.db", url), threading.Event()
        paths = requests(watch.published)
        wires.start, cpu = time.monotonic(), cpu_of(process.pid)
        with ThreadPoolExecutor(len(paths)) as pool:
            latencies = [pool.submit(latency, url, path, ended) for path in paths.values()]
            try:
                watch.run()
            finally:
                ended.set()
        share = (cpu_of(process.pid) - cpu) / (time.monotonic() - wires.start)
        watch.show(f"{len(watch.delays)} of {len(new)} published", watch.delays)
        for name, result in zip(paths, latencies, strict=True):
            print(f"  latency: {name}: {result.result()}")
        print(f"  CPU: {share:.0%} of a core; {tick.memory_of(process.pid)}", flush=True)


# ------------------------------------------------ the sources


@dataclass
class Wires:
    """Sources at which articles come out. A response has the articles that were not in one yet, and
    those of the last response. `start`: from when on they come out; `out` and `answered`: when each
    did, and was in a response, by its URL (all monotonic)."""

    articles: Sequence[Article]
    rate: float
    start: float = inf
    url: str = ""
    out: dict[str, float] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)
    _next: list[int] = field(default_factory=lambda: list(range(WIRES)))
    _last: list[list[str]] = field(default_factory=lambda: [[] for _ in range(WIRES)])

    def answer(self, wire: int) -> bytes:
        """The lines of one source now. Each source is asked one request at a time."""
        now, clock, lines = time.monotonic(), datetime.now(UTC), list[str]()
        while self._next[wire] < len(self.articles):
            due = self.start + self._next[wire] / self.rate
            if due > now:
                break
            article = replace(self.articles[self._next[wire]], published=clock)
            self.out[article.url], self.answered[article.url] = due, now
            lines.append(json.dumps(tick.json_of(article) | {"lang": LANGUAGE}))
            self._next[wire] += WIRES
        body = "\n".join([*self._last[wire], *lines])
        self._last[wire] = lines or self._last[wire]
        return body.encode()


@contextmanager
def served(wires: Wires) -> Iterator[Wires]:
    """The sources on 127.0.0.1, until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            return

        def do_GET(self) -> None:
            body = wires.answer(int(self.path.strip("/")))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with on_loopback(Handler) as wires.url:
        yield wires


# ------------------------------------------------ the daemon


def write(folder: Path, url: str) -> Path:
    """The configuration of a daemon over the store of the folder and the sources at `url`."""
    path = folder / "run.yaml"
    config = json.loads(path.read_text("utf-8"))
    config["sources"] += [
        {"name": f"wire {n}", "type": "jsonl", "url": f"{url}/{n}", "every": "1s"}
        for n in range(WIRES)
    ]
    config |= {"fetch": {"allow_networks": ["127.0.0.1/32"]}, "http": {"per_minute": None}}
    path.write_text(json.dumps(config), "utf-8")
    return path


def update_count(http: Client) -> float:
    """How many updates of the daemon have ended that published."""
    name = "\naggregator_publish_seconds_count "
    return float(http.get("/metrics").text.partition(name)[2].split()[0])


def cpu_of(pid: int) -> float:
    """The CPU time (user and system) of a process so far, in seconds (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# ------------------------------------------------ delays and latencies


@dataclass
class Watch:
    """Looks at the store until all articles are published, at most some seconds after the last one
    came out. `delays` are from coming out and from the response, in the order of publication;
    `published` are the titles of the latest."""

    wires: Wires
    store: Path
    url: str
    delays: list[tuple[float, float]] = field(default_factory=list)
    published: deque[str] = field(default_factory=lambda: deque(maxlen=50))
    _saved: list[tuple[str, str]] = field(default_factory=list)

    def run(self) -> None:
        """An article counts as published when an update has ended since the last look at which it
        was not in the store: merging takes longer than from one look to the next."""
        end = self.wires.start + len(self.wires.articles) / self.wires.rate + _REST
        minute, shown = time.monotonic() + 60, 0
        with (
            closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True)) as db,
            client_of(self.url) as http,
        ):
            (row,) = db.execute("SELECT max(rowid) FROM articles").fetchone()
            updates = update_count(http)
            while len(self.delays) < len(self.wires.articles) and time.monotonic() < end:
                saved = db.execute(
                    "SELECT a.rowid, a.url, a.title FROM articles a JOIN members USING (key)"
                    " WHERE a.rowid > ? ORDER BY a.rowid",
                    (row,),
                ).fetchall()
                row = saved[-1][0] if saved else row
                self._saved += [(url, title) for _, url, title in saved]
                if (count := update_count(http)) > updates:
                    updates = count
                    self._publish()
                if time.monotonic() > minute:
                    self.show(f"{len(self.delays) - shown} in a minute", self.delays[shown:])
                    minute, shown = minute + 60, len(self.delays)
                time.sleep(_LOOK)

    def _publish(self) -> None:
        now = time.monotonic()
        for url, title in self._saved:
            self.delays.append((now - self.wires.out[url], now - self.wires.answered[url]))
            self.published.append(title)
        self._saved = []

    def show(self, what: str, delays: Sequence[tuple[float, float]]) -> None:
        """Print some of the delays."""
        print(f"  delay: {what}", flush=True)
        if delays:
            since_out, since_response = zip(*delays, strict=True)
            print(f"    since they came out: {of_all(since_out)}")
            print(f"    since the responses: {of_all(since_response)}", flush=True)


def of_all(seconds: Sequence[float]) -> str:
    """Median, 99 % and maximum."""
    ordered = sorted(seconds)
    most = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"{statistics.median(ordered):.3f} s, 99 % {most:.3f} s, at most {ordered[-1]:.3f} s"


def latency(url: str, next_path: Callable[[], str], ended: threading.Event) -> str:
    """How long a request took that was made again and again. One that is late does not make the
    next ones rarer. A request for a published feed has the ETag of its last response."""
    seconds, wrong, headers = list[float](), 0, dict[str, str]()
    with client_of(url) as http:
        due = time.monotonic()
        while not ended.wait(max(0.0, due - time.monotonic())):
            due += _REQUEST
            path = next_path()
            start = time.perf_counter()
            response = http.get(path, headers=headers)
            seconds.append(time.perf_counter() - start)
            wrong += response.status_code not in (200, 304)
            if "?q=" in path:
                wrong += not response.json()["items"]
            elif path.endswith(".atom"):
                headers = {"If-None-Match": response.headers["ETag"]}
    return f"{of_all(seconds)} ({len(seconds)} requests, {wrong} wrong)"


def requests(published: Sequence[str]) -> dict[str, Callable[[], str]]:
    """What gives the next path of each kind of request; `published` are titles to search for."""

    def search() -> str:
        return f"/feeds/all.json?q={quote(random.choice(published))}" if published else "/search"

    return {
        "front page": lambda: "/",
        "topic page": lambda: "/t1.html",
        "feed with If-None-Match": lambda: "/feeds/all.atom",
        "search": search,
    }


if __name__ == "__main__":
    main()
