"""WebSub both ways, with a hub on loopback that confirms, pushes, forges, and is told."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from aggregator.config import load_settings
from aggregator.store import open_store
from tests.conftest import Answer, Server, on_loopback, program, rss
from tests.e2e.test_daemon import daemon, free_port, get, wait_for

Config = Callable[..., Path]


@dataclass
class Hub:
    """What it was asked and told; `lease` is what it grants, in seconds."""

    url: str = ""
    lease: int = 86_400
    requests: list[dict[str, str]] = field(default_factory=list)
    confirmed: list[str] = field(default_factory=list)

    def confirm(self, form: dict[str, str]) -> None:
        """Verification of intent, as section 5.3 has it."""
        query = {
            "hub.mode": form["hub.mode"],
            "hub.topic": form["hub.topic"],
            "hub.challenge": "a challenge",
            "hub.lease_seconds": str(self.lease),
        }
        response = httpx.get(form["hub.callback"], params=query, trust_env=False)
        self.confirmed.append(response.text)

    def push(self, body: bytes, secret: str = "") -> int:
        """Content distribution to the subscriber, signed with its secret or another."""
        form = next(request for request in self.requests if request["hub.mode"] == "subscribe")
        key = secret or form["hub.secret"]
        signature = "sha256=" + hmac.new(key.encode(), body, sha256).hexdigest()
        headers = {"content-type": "application/rss+xml", "x-hub-signature": signature}
        return httpx.post(
            form["hub.callback"], content=body, headers=headers, trust_env=False
        ).status_code

    def published_urls(self) -> list[str]:
        """The addresses that were published."""
        return [request["hub.url"] for request in self.requests if request["hub.mode"] == "publish"]


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A hub on 127.0.0.1 that ends with the test."""
    state = Hub()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            return

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            form = dict(parse_qsl(body.decode()))
            state.requests.append(form)
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()
            if form["hub.mode"] == "subscribe":
                threading.Thread(target=state.confirm, args=(form,), daemon=True).start()

    with on_loopback(Handler) as url:
        state.url = f"{url}/"
        yield state


def test_a_hub_pushes_and_is_told(server: Server, hub: Hub, write_config: Config) -> None:
    port = free_port()
    server.answers["/feed"] = Answer(
        rss("One"), headers={"Link": f'<{hub.url}>; rel="hub", </feed>; rel="self"'}
    )
    config = write_config(
        site={"url": f"http://127.0.0.1:{port}/"},
        sources=[{"name": "web", "type": "feed", "url": f"{server.url}/feed", "every": "1h"}],
        websub={"hub": hub.url, "subscribe": True},
        fetch={"allow_networks": ["127.0.0.1/32"]},
    )
    url = f"http://127.0.0.1:{port}"
    with daemon(config, "--port", str(port)):
        wait_for(lambda: hub.confirmed == ["a challenge"])
        form = next(sent for sent in hub.requests if sent["hub.mode"] == "subscribe")
        assert form["hub.topic"] == f"{server.url}/feed"
        assert form["hub.callback"].startswith(f"{url}/websub/")

        wait_for(lambda: f"{url}/feeds/all.atom" in hub.published_urls())
        assert f'<{hub.url}>; rel="hub"' in get(f"{url}/feeds/all.atom").headers["link"]
        assert f'<link href="{hub.url}" rel="hub"/>' in get(f"{url}/feeds/all.atom").text
        assert get(f"{url}/feeds/all.json").json()["hubs"] == [{"type": "WebSub", "url": hub.url}]

        published_count = len(hub.published_urls())
        assert hub.push(rss("One", "Forged"), "another secret") == 202
        assert hub.push(rss("One", "Pushed")) == 202
        wait_for(lambda: "Pushed" in get(f"{url}/feeds/all.rss").text)
        assert "Forged" not in get(f"{url}/feeds/all.rss").text
        wait_for(lambda: len(hub.published_urls()) > published_count)
        assert len(server.log) == 1, "nothing was polled for it"

        assert "WebSub push" in get(f"{url}/status").text
        assert "not signed" in (config.parent / "log.txt").read_text()
        for path, status in (
            ("none", 404),
            (form["hub.callback"].rpartition("/")[2] + "?hub.mode=subscribe&hub.topic=other", 404),
            (
                form["hub.callback"].rpartition("/")[2]
                + "?hub.mode=unsubscribe&hub.topic="
                + form["hub.topic"],
                404,
            ),
        ):
            assert get(f"{url}/websub/{path}").status_code == status
        unknown_token = httpx.post(f"{url}/websub/none", content=b"x", trust_env=False)
        assert unknown_token.status_code == 404
    assert form["hub.secret"] not in (config.parent / "log.txt").read_text()

    store = open_store(load_settings(config).store)
    (state,), (subscription,) = store.sources().values(), store.subscriptions().values()
    assert subscription.until is not None
    assert state.due is not None
    store.close()


def test_a_feed_names_its_hub_in_its_body(server: Server, hub: Hub, write_config: Config) -> None:
    port = free_port()
    links = (
        f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="{hub.url}"/>'
        f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="{server.url}/me"/>'
    )
    server.answers["/feed"] = Answer(
        rss("One").replace(b"<title>A feed", links.encode() + b"<title>A feed")
    )
    config = write_config(
        site={"url": f"http://127.0.0.1:{port}/"},
        sources=[{"name": "web", "type": "feed", "url": f"{server.url}/feed", "every": "2s"}],
        websub={"subscribe": True},
        fetch={"allow_networks": ["127.0.0.1/32"]},
    )
    with daemon(config, "--port", str(port)):
        wait_for(lambda: hub.confirmed == ["a challenge"])
        assert hub.requests[0]["hub.topic"] == f"{server.url}/me"
        request_count = len(server.log)
        wait_for(lambda: len(server.log) >= request_count + 1, 15)  # polled on, at a lower rate
    log = (config.parent / "log.txt").read_text()
    assert "its hub confirmed the subscription" in log
    assert hub.published_urls() == []


def test_nobody_is_asked_unless_it_is_wanted(
    server: Server, hub: Hub, write_config: Config
) -> None:
    server.answers["/feed"] = Answer(
        rss("One"), headers={"Link": f'<{hub.url}>; rel="hub", </feed>; rel="self"'}
    )
    config = write_config(
        sources=[{"name": "web", "type": "feed", "url": f"{server.url}/feed", "every": "1s"}],
        fetch={"allow_networks": ["127.0.0.1/32"]},
    )
    program("build", "-c", str(config))
    with daemon(config, "--no-http"):
        wait_for(lambda: len(server.log) > 2)
    assert hub.requests == []
