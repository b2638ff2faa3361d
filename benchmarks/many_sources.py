"""A daemon over many changing feeds, from outside: delay, validity, memory.

    python benchmarks/many_sources.py REPLAY [--sources 200] [--seconds 600]

The articles of a replayed history are dealt out to the feeds of a server on loopback; half are
there at the start, the others come out evenly over the time. Every feed is polled every 2 s, and
our feeds are asked for every 0.5 s with If-None-Match and checked against the specifications
whenever they changed. Prints how long articles took to appear, and memory and descriptors.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))

from aggregator.model import Item
from tests.replayed import Feeds, Watch, articles_of, served


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("replay", type=Path)
    parser.add_argument("--sources", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--port", type=int, default=8799)
    arguments = parser.parse_args()
    articles = articles_of(arguments.replay)
    half = len(articles) // 2
    with tempfile.TemporaryDirectory() as folder, served(arguments.sources) as feeds:
        for item in articles[:half]:
            feeds.release(item)
        config = write(Path(folder), feeds)
        command = [sys.executable, "-m", "aggregator", "run", "-q", "-c", str(config)]
        with subprocess.Popen([*command, "--port", str(arguments.port)]) as daemon:
            try:
                watch = Watch(f"http://127.0.0.1:{arguments.port}", daemon.pid)
                follow(watch, feeds, articles[half:], arguments.seconds)
            finally:
                daemon.terminate()
    show(watch, feeds)


def write(folder: Path, feeds: Feeds) -> Path:
    """The configuration of a daemon over the feeds."""
    config = {
        "store": "sqlite:///store.db",
        "output": "feeds",
        "sources": [
            {"name": f"feed {n}", "type": "feed", "url": f"{feeds.url}/{n}", "every": "2s"}
            for n in range(feeds.number)
        ],
        "ranking": {"window": "all", "max_entries": None},
        "merge": {"window": "all"},
        "fetch": {"allow_networks": ["127.0.0.1/32"]},
    }
    path = folder / "aggregator.yaml"
    path.write_text(json.dumps(config), "utf-8")
    return path


def follow(watch: Watch, feeds: Feeds, items: list[Item], seconds: float) -> None:
    """Release the items evenly over the time, and look at our feeds all the while."""
    with httpx.Client(trust_env=False) as http:
        begin = time.monotonic() + 15  # seconds for the start
        while time.monotonic() < begin:
            time.sleep(0.5)
        released = 0
        begin = time.monotonic()
        while (now := time.monotonic()) - begin < seconds + 10:
            due = min(len(items), int(len(items) * (now - begin) / seconds))
            for item in items[released:due]:
                feeds.release(item)
                watch.released(item)
            released = due
            watch.look(http)
            time.sleep(max(0.0, 0.5 - (time.monotonic() - now)))


def show(watch: Watch, feeds: Feeds) -> None:
    """Print the figures."""
    took = sorted(watch.took)
    third = len(watch.memory) // 3
    print(f"{len(took)} articles appeared, {len(watch.waiting)} did not: {list(watch.waiting)[:5]}")
    print(f"  after {statistics.median(took):.1f} s in the median, {took[-1]:.1f} s at most")
    print(
        f"  our feeds: {watch.changed} changed and valid, {watch.not_modified} not modified, "
        f"{watch.wasted} sent again unchanged"
    )
    print(f"  requests to the sources by status: {feeds.requests}")
    first, second, end = watch.memory[third], watch.memory[2 * third], watch.memory[-1]
    print(
        f"  memory: {watch.memory[0]:.0f} MB at first, {first:.0f} after a third of the time, "
        f"{second:.0f} after two, {end:.0f} at the end"
    )
    print(
        f"  descriptors: {min(watch.descriptors)} to {max(watch.descriptors)}, "
        f"{watch.descriptors[-1]} at the end"
    )


if __name__ == "__main__":
    main()
