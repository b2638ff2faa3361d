"""The daemon as a process, requests to it, and waiting for what it does."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

LIMIT = 60.0
"""Seconds after which a test gives up waiting: far more than a busy machine needs."""


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds. Only a test that fails waits for the whole limit."""
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end, f"did not happen within {LIMIT} s"
        time.sleep(0.05)


def free_port() -> int:
    """A TCP port of 127.0.0.1 on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def daemon(
    config: Path, *words: str, command: str = "run", port: int = 0, **environment: str
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The process and its address; it writes its log to ``log.txt`` beside the configuration. At
    the end it gets SIGTERM and must exit with code 0."""
    port = port or free_port()
    start = [sys.executable, "-m", "aggregator", command, "-c", str(config), "--port", str(port)]
    with (config.parent / "log.txt").open("wb") as log:
        process = subprocess.Popen([*start, *words], stderr=log, env={**os.environ, **environment})
    try:
        yield process, f"http://127.0.0.1:{port}"
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT) == 0
    finally:
        process.kill()
        process.wait()


def get(url: str, **headers: str) -> httpx.Response:
    """The response; status 599 where nobody listens yet or the connection breaks."""
    try:
        return httpx.get(url, headers=headers, trust_env=False, timeout=LIMIT)
    except httpx.TransportError:
        return httpx.Response(599)


def client_of(url: str = "") -> httpx.Client:
    """A client for requests to a daemon, by paths if its address is given."""
    return httpx.Client(base_url=url, trust_env=False, timeout=LIMIT)


def is_healthy(url: str) -> bool:
    """Whether the daemon at this address is ready and reports no problem."""
    return get(f"{url}/healthz").text == "ok\n"


def has_published(url: str, stories: int) -> bool:
    """Whether a tick that published so many stories has ended. A tick sets the metrics last, so
    files and feeds on demand have the stories by then."""
    return f"\naggregator_stories {stories}.0\n" in get(f"{url}/metrics").text
