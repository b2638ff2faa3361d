"""Latency of feeds on demand, published feeds and a constant body, measured by wrk.

    python benchmarks/on_demand.py [--stories 100000] [--clients 20] [--seconds 15]

A store of so many made stories (see merging.py; one article each) is served by `aggregator serve`,
one worker. It is asked for feeds on demand of at most fifty entries in one of three formats, first
each different from all others, then a hundred in turn, as popular searches are; and for a published
feed, as it is and not modified, compared with what the same Starlette and uvicorn give for a body
of its size. `--slow N` keeps N clients open meanwhile that take one byte a second.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

import httpx
from merging import articles

from aggregator.model import Article, StoryRecord
from aggregator.store import open_store

_EVERY = """
local queries = {}
for line in io.lines("%s") do queries[#queries + 1] = line end
local place = 0
request = function()
  place = place %% #queries + 1
  return wrk.format("GET", queries[place])
end
"""
_CONSTANT = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
body = open(sys.argv[1], "rb").read()
async def page(request): return Response(body, media_type="application/atom+xml")
uvicorn.run(Starlette(routes=[Route("/", page)]), port=int(sys.argv[2]), http="h11",
            log_level="warning", access_log=False)
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=100_000)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--slow", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        served_articles = fill(folder, arguments.stories)
        start = [sys.executable, "-m", "aggregator", "serve", "-c", str(folder / "c.yaml")]
        with running([*start, "--port", "8790"], "http://127.0.0.1:8790/feeds/all.json?limit=1"):
            questions(folder, served_articles, arguments)
            published(folder, arguments)


def fill(folder: Path, number: int) -> list[Article]:
    """Make a store of `number` stories, its configuration, and the published feeds."""
    source = random.Random(2)
    filled = [replace(a, quality=source.randint(44, 164)) for a in articles(number)]
    config = {
        "store": "sqlite:///s.db",
        "output": "feeds",
        "merge": {"text": False},
        "ranking": {"window": "all"},
        "http": {"per_minute": None},
        "sources": [{"name": "none", "type": "jsonl", "path": "c.yaml"}],
    }
    (folder / "c.yaml").write_text(json.dumps(config), "utf-8")
    store = open_store(f"sqlite:///{folder / 's.db'}")
    store.save(changed_articles=filled, story_records=map(story_of_one, filled))
    store.close()
    build = [sys.executable, "-m", "aggregator", "build", "--no-read", "-q"]
    subprocess.run([*build, "-c", str(folder / "c.yaml")], check=True)
    return filled


def story_of_one(article: Article) -> StoryRecord:
    """The story of one article."""
    key, when = article.key, article.published
    story = uuid5(NAMESPACE_URL, key).urn
    return StoryRecord(story, key, key, article.title, when, when, "x", frozenset([key]))


def questions(folder: Path, served_articles: list[Article], arguments: argparse.Namespace) -> None:
    """Feeds on demand: words as the stories have them, some with a quality, some with two words."""
    source = random.Random(3)

    def question(number: int) -> str:
        words = source.sample(source.choice(served_articles).title.split(), 1 + number % 2)
        least = f"&min_quality={source.randint(44, 160)}" if number % 3 == 0 else ""
        form = ("atom", "rss", "json")[number % 3]
        return f"/feeds/all.{form}?q={quote(' '.join(words))}{least}&limit={20 + number % 31}"

    url = "http://127.0.0.1:8790"
    different = list(dict.fromkeys(question(n) for n in range(60_000)))
    report("on demand, all different", wrk(folder, arguments, url, different))
    report("on demand, a hundred in turn", wrk(folder, arguments, url, different[-100:]))


def published(folder: Path, arguments: argparse.Namespace) -> None:
    """A published feed and a constant body of its size."""
    url = "http://127.0.0.1:8790/feeds/all.atom"
    with slow_clients(arguments.slow, 8790):
        whole = wrk(folder, arguments, url)
        tag = httpx.get(url, headers={"accept-encoding": "identity"}).headers["etag"]
        same = wrk(folder, arguments, url, header=f"If-None-Match: {tag}")
    script, body = folder / "constant.py", folder / "feeds/all.atom"
    script.write_text(_CONSTANT)
    address = "http://127.0.0.1:8791/"
    with running([sys.executable, str(script), str(body), "8791"], address):
        constant = wrk(folder, arguments, address)
    report("published feed", whole, constant)
    report("published feed, not modified", same, constant)
    report("constant body", constant)


def wrk(
    folder: Path,
    arguments: argparse.Namespace,
    url: str,
    queries: list[str] | None = None,
    header: str = "",
) -> str:
    """What wrk prints."""
    command = ["wrk", "-t1", f"-c{arguments.clients}", f"-d{arguments.seconds}s", "--latency"]
    if header:
        command += ["-H", header]
    if queries:
        (folder / "queries").write_text("\n".join(queries) + "\n")
        (folder / "every.lua").write_text(_EVERY % (folder / "queries"))
        command += ["-s", str(folder / "every.lua")]
    done = subprocess.run([*command, url], capture_output=True, text=True, check=True)
    return done.stdout


def report(what: str, printed: str, constant: str = "") -> None:
    """Print the figures of one run of wrk in one line."""
    latency = dict(re.findall(r"(50|99)%\s+(\S+)", printed))
    share = f", {rate(printed) / rate(constant):.0%} of a constant body" if constant else ""
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", printed)
    wrong = f", {bad[1]} errors" if bad else ""
    print(
        f"{what}: {rate(printed):,.0f} per second, median {latency['50']}, 99 % {latency['99']}"
        f"{share}{wrong}",
        flush=True,
    )


def rate(printed: str) -> float:
    """Requests per second."""
    return float(printed.partition("Requests/sec:")[2].split()[0])


@contextmanager
def running(command: list[str], url: str) -> Iterator[None]:
    """A server, once it answers."""
    with subprocess.Popen(command) as process:
        try:
            while True:
                try:
                    httpx.get(url, timeout=300).raise_for_status()
                    break
                except httpx.TransportError:
                    time.sleep(0.2)
            yield
        finally:
            process.terminate()


@contextmanager
def slow_clients(number: int, port: int) -> Iterator[None]:
    """`number` clients that read one byte per second."""
    ended = threading.Event()
    clients = []
    for _ in range(number):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        client.connect(("127.0.0.1", port))
        client.sendall(b"GET /feeds/all.atom HTTP/1.1\r\nHost: x\r\n\r\n")
        clients.append(client)

    def sip() -> None:
        while not ended.wait(1):
            for client in clients:
                client.recv(1)

    thread = threading.Thread(target=sip)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        for client in clients:
            client.close()


if __name__ == "__main__":
    main()
