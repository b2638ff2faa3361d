"""WebSub as subscriber and as publisher, with a hub on loopback."""

from __future__ import annotations

import httpx
import pytest

from aggregator.config import load_settings
from aggregator.store import open_store
from tests.conftest import Answer, Config, Hub, Server, program, rss
from tests.daemons import daemon, free_port, get, wait_for


@pytest.fixture
def hub(hub: Hub) -> Hub:
    """The hub, which confirms each subscription."""
    hub.confirms = True
    return hub


def test_a_hub_pushes_and_is_notified(server: Server, hub: Hub, write_config: Config) -> None:
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
    with daemon(config, port=port):
        wait_for(lambda: hub.challenges == ["a challenge"])
        form = hub.subscription
        assert form["hub.topic"] == f"{server.url}/feed"
        assert form["hub.callback"].startswith(f"{url}/websub/")

        wait_for(lambda: f"{url}/feeds/all.atom" in hub.published_urls)
        assert f'<{hub.url}>; rel="hub"' in get(f"{url}/feeds/all.atom").headers["link"]
        assert f'<link href="{hub.url}" rel="hub"/>' in get(f"{url}/feeds/all.atom").text
        assert get(f"{url}/feeds/all.json").json()["hubs"] == [{"type": "WebSub", "url": hub.url}]

        published_count = len(hub.published_urls)
        assert hub.push(rss("One", "Forged"), "another secret") == 202
        assert hub.push(rss("One", "Pushed")) == 202
        wait_for(lambda: "Pushed" in get(f"{url}/feeds/all.rss").text)
        assert "Forged" not in get(f"{url}/feeds/all.rss").text
        wait_for(lambda: len(hub.published_urls) > published_count)
        assert len(server.log) == 1, "the source was not polled for it"

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
    with daemon(config, port=port):
        wait_for(lambda: hub.challenges == ["a challenge"])
        assert hub.requests[0]["hub.topic"] == f"{server.url}/me"
        request_count = len(server.log)
        wait_for(lambda: len(server.log) >= request_count + 1)  # still polled, at a lower rate
    log = (config.parent / "log.txt").read_text()
    assert "its hub confirmed the subscription" in log
    assert hub.published_urls == []


def test_no_hub_is_asked_unless_configured(server: Server, hub: Hub, write_config: Config) -> None:
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
