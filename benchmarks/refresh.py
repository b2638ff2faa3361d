"""A cold refresh of many feeds, and a second one of nothing new, beside other programs.

    python benchmarks/refresh.py [--feeds 500] [--others]

Feeds of 20 items are served by nginx on loopback (the Debian package nginx-light). Ours is the
read step: fetch, parse, clean and store, in a process of its own. ``--others`` runs reader
(``pip install reader``), sfeed_update and newsboat on the same feeds, where they are installed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

OURS = """
import gc, sys, time
gc.set_threshold(100_000, 20, 50)  # as the program does
from datetime import UTC, datetime
from pathlib import Path
start = time.perf_counter()
from aggregator.config import load_settings
from aggregator.read import read_sources
from aggregator.store import open_store
settings = load_settings(Path(sys.argv[1]))
store = open_store(settings.store)
now = datetime.now(UTC).replace(microsecond=0)
readings = list(read_sources(settings.sources, store.sources(), store.documents,
                             settings.reading, now))
store.save(changed_articles=[a for r in readings for a in r.articles],
           source_states=[r.state for r in readings])
print(sum(len(r.articles) for r in readings), sum(r.unchanged for r in readings),
      sum(bool(r.state.error) for r in readings), file=sys.stderr)
"""
READER = """
import sys
from reader import make_reader
with make_reader(sys.argv[1]) as reader:
    for line in open(sys.argv[2]):
        reader.add_feed(line.strip(), exist_ok=True)
    reader.update_feeds(workers=20, scheduled=False)  # else a second call requests nothing
    print(reader.get_entry_counts().total, file=sys.stderr)
"""


def main() -> None:
    """Make the feeds, serve them, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--others", action="store_true")
    parser.add_argument("--reader", default=sys.executable, help="a Python that has reader")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        make_feeds(folder / "www", arguments.feeds)
        with served(folder) as base:
            urls = [f"{base}/{number}.xml" for number in range(arguments.feeds)]
            (folder / "urls").write_text("\n".join(urls) + "\n")
            measure_ours(folder, urls)
            if arguments.others:
                measure_others(folder, urls, arguments.reader)


def make_feeds(folder: Path, count: int) -> None:
    """RSS feeds of 20 items each."""
    folder.mkdir()
    for feed in range(count):
        items = "".join(
            f"<item><title>Feed {feed} tells story {n} of the day</title>"
            f"<link>https://pub{feed}.example.com/{n}</link><guid>f{feed}-{n}</guid>"
            f"<pubDate>Sat, 21 Nov 2026 {n:02}:00:00 GMT</pubDate>"
            f"<description>&lt;p&gt;Some {'words ' * 40}&amp;amp; more.&lt;/p&gt;</description>"
            "</item>"
            for n in range(20)
        )
        (folder / f"{feed}.xml").write_text(
            f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
            f"<title>Feed {feed}</title><link>https://pub{feed}.example.com/</link>"
            f"<description>d</description>{items}</channel></rss>"
        )


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """nginx over ``www`` on a free port of loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;\n"
        "events { worker_connections 1024; }\n"
        f"http {{ access_log off; types {{ application/rss+xml xml; }} server {{ listen 127.0.0.1:"
        f"{port}; root {folder}/www; }} }}\n"
    )
    process = subprocess.Popen(["nginx", "-c", str(config), "-e", f"{folder}/error.log"])
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def measure_ours(folder: Path, urls: list[str]) -> None:
    """A cold read and one of nothing new."""
    config = folder / "aggregator.yaml"
    sources = [{"name": url, "type": "feed", "url": url} for url in urls]
    config.write_text(
        json.dumps(
            {
                "store": "sqlite:///store.db",
                "sources": sources,
                "fetch": {"allow_networks": ["127.0.0.1/32"]},
            }
        )
    )
    for what in ("cold", "304s"):
        timed(f"ours, {what}", [sys.executable, "-c", OURS, str(config)])


def measure_others(folder: Path, urls: list[str], python: str) -> None:
    """The same by other programs."""
    home = {"HOME": str(folder), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    (folder / "sfeeds").mkdir()
    lines = "\n".join(f'  feed "{n}" "{url}"' for n, url in enumerate(urls))
    (folder / "sfeedrc").write_text(
        f'sfeedpath="{folder}/sfeeds"\nmaxjobs=20\nfeeds() {{\n{lines}\n}}\n'
    )
    (folder / "newsboat").write_text("refresh-on-startup no\nreload-threads 20\n")
    newsboat = [
        "newsboat",
        "-u",
        f"{folder}/urls",
        "-C",
        f"{folder}/newsboat",
        "-c",
        f"{folder}/newsboat.db",
        "-x",
        "reload",
    ]
    for what in ("cold", "304s"):
        reader = [python, "-c", READER, f"{folder}/reader.db", f"{folder}/urls"]
        timed(f"reader, {what}", reader, home)
        if shutil.which("sfeed_update"):
            timed(f"sfeed_update, {what}", ["sfeed_update", f"{folder}/sfeedrc"], home)
        if shutil.which("newsboat"):
            timed(f"newsboat, {what}", newsboat, home)


def timed(what: str, command: list[str], environment: dict[str, str] | None = None) -> None:
    """Run it once and print its wall time, its CPU time (which a busy machine changes less) and
    the largest memory of any child so far."""
    start = time.perf_counter()
    usage_before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    usage_after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = (
        usage_after.ru_utime + usage_after.ru_stime - usage_before.ru_utime - usage_before.ru_stime
    )
    memory = usage_after.ru_maxrss // 1024
    print(
        f"{what:22} {seconds:6.2f} s, {cpu:5.2f} s of CPU"
        f"  (children so far at most {memory} MB)"
        f"  {done.stderr.strip()[-80:]}"
    )


if __name__ == "__main__":
    main()
