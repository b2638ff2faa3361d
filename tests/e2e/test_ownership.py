"""Feeds that become private, are renamed or removed, as files and over HTTP."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from aggregator.classify import slug_of
from tests.conftest import Answer, Config, Server, StoryWriter, program, rss, tree
from tests.daemons import daemon, get, is_healthy, wait_for

AT = ("--now", "2026-11-22T12:00:00Z")
TOKEN = "0123456789abcdef0123"
SPACE: dict[str, Any] = {"slug": "space", "name": "Space", "keywords": ["probe"], "digest": "daily"}


@pytest.fixture
def build(write_story: StoryWriter, write_config: Config) -> Config:
    """Builds over a story of a topic, with these topics; returns the configuration."""
    write_story("a.md", title="Space probe lands", topics=[])

    def run(*topics: dict[str, Any], **sections: Any) -> Path:
        config = write_config(topics=list(topics), **sections)
        program("build", "-c", str(config), *AT)
        return config

    return run


def names(config: Path, part: str) -> list[str]:
    return sorted(path.name for path in (config.parent / "feeds").iterdir() if part in path.name)


def texts(config: Path) -> str:
    files = tree(config.parent / "feeds")
    return "".join(data.decode() for name, data in files.items() if not name.endswith(".ico"))


def test_a_topic_that_becomes_private_leaves_the_public_folder(build: Config) -> None:
    config = build(SPACE)
    assert len(names(config, "space")) == 8
    stranger = config.parent / "feeds/own-notes.html"
    stranger.write_text("somebody else's")
    build({**SPACE, "token": TOKEN})
    assert names(config, "space") == []
    assert "space.html" not in texts(config)
    assert stranger.read_text() == "somebody else's"


def test_files_of_a_private_topic_are_removed_even_with_a_new_store(
    build: Config,
) -> None:
    config = build(SPACE)
    (config.parent / "store.db").unlink()
    build({**SPACE, "token": TOKEN})
    assert names(config, "space") == []


def test_a_private_topic_stays_private_without_its_secret(build: Config) -> None:
    config = build({**SPACE, "token": "${NO_SUCH_TOKEN}"})
    assert names(config, "space") == []
    program("status", "-c", str(config), code=None)
    assert "NO_SUCH_TOKEN" in program("check", "-c", str(config), code=2).stderr
    assert "NO_SUCH_TOKEN" in program("run", "-c", str(config), code=2).stderr


def test_private_feeds_and_their_digests_over_http(build: Config) -> None:
    config = build(SPACE)
    private = {**SPACE, "token": TOKEN, "aliases": ["cosmos"]}
    values = json.loads(config.read_text())
    config.write_text(json.dumps({**values, "topics": [private]}))
    with daemon(config, command="serve") as (_, url):
        wait_for(lambda: is_healthy(url))
        assert get(f"{url}/feeds/space.atom").status_code == 403
        assert "probe" in get(f"{url}/feeds/space.atom?token={TOKEN}").text
        for path in ("/feeds/space-daily.atom", "/space-daily.html", "/space.html", "/cosmos.html"):
            response = get(url + path)
            assert response.status_code == 404, path
            assert "probe" not in response.text
        assert get(f"{url}/feeds/cosmos.atom").status_code == 403
        moved = get(f"{url}/feeds/cosmos.atom?token={TOKEN}")
        assert moved.headers["location"] == f"space.atom?token={TOKEN}"


def test_a_topic_that_is_renamed_keeps_its_subscribers(build: Config) -> None:
    config = build(SPACE)
    build({**SPACE, "slug": "cosmos", "aliases": ["space"]})
    files = tree(config.parent / "feeds")
    for ext in ("rss", "atom", "json", "html"):
        assert files[f"space.{ext}"] == files[f"cosmos.{ext}"]
        assert files[f"space-daily.{ext}"] == files[f"cosmos-daily.{ext}"]
    assert b"/feeds/cosmos.atom" in files["space.atom"]
    assert b"space.atom" not in files["feeds.opml"]
    assert "0 files changed" in program("build", "-c", str(config), *AT).stdout
    with daemon(config, command="serve") as (_, url):
        wait_for(lambda: is_healthy(url))
        for old, new in (
            ("/feeds/space.rss", "cosmos.rss"),
            ("/feeds/space.atom?limit=3", "cosmos.atom?limit=3"),
            ("/feeds/space-daily.json", "cosmos-daily.json"),
            ("/space.html", "cosmos.html"),
        ):
            response = get(url + old)
            assert (response.status_code, response.headers["location"]) == (301, new)
        followed = httpx.get(f"{url}/feeds/space.rss", follow_redirects=True, trust_env=False)
        assert "Space probe lands" in followed.text


def test_a_topic_that_is_removed_has_ended(build: Config) -> None:
    sea = {"slug": "sea", "name": "Sea", "keywords": ["ship"]}
    config = build(SPACE, sea)
    build(sea)
    assert names(config, "space") == []
    with daemon(config, command="serve") as (_, url):
        wait_for(lambda: is_healthy(url))
        for path in ("/feeds/space.rss", "/feeds/space-daily.atom", "/space.html"):
            assert get(url + path).status_code == 410, path
        assert "removed" in get(f"{url}/space.html", Accept="text/html").text
        assert get(f"{url}/feeds/never.rss").status_code == 404
        assert get(f"{url}/feeds/sea.rss").status_code == 200
    build(SPACE, sea)
    with daemon(config, command="serve") as (_, url):
        wait_for(lambda: get(f"{url}/feeds/space.rss").status_code == 200)


def test_files_of_formats_that_are_no_longer_configured_are_removed(
    build: Config,
) -> None:
    config = build(SPACE)
    program("build", "-c", str(config), "--format", "rss", *AT)
    assert "space.atom" in names(config, "space"), "--format is for one build"
    build(SPACE, formats=["rss"])
    assert names(config, "space") == [
        "space-daily.html",
        "space-daily.rss",
        "space.html",
        "space.rss",
    ]


def test_feed_names_in_other_scripts(build: Config) -> None:
    config = build({**SPACE, "slug": "погода", "name": "Погода"}, {"slug": "b", "name": "B"})
    feed = (config.parent / "feeds/погода.atom").read_text()
    assert "/feeds/%D0%BF%D0%BE%D0%B3%D0%BE%D0%B4%D0%B0.atom" in feed
    assert 'href="http://localhost:8000/feeds/погода' not in feed
    with daemon(config, command="serve") as (_, url):
        wait_for(lambda: is_healthy(url))
        response = get(f"{url}/feeds/погода.atom")
        assert response.status_code == 200
        assert "%D0%BF" in response.headers["link"]
        assert get(f"{url}/погода.html").status_code == 200


def test_categories_become_topics_when_they_are_usual(server: Server, write_config: Config) -> None:
    def feed(name: str, number: int) -> bytes:
        items = "".join(
            f"<item><title>{name} {n}</title><link>https://{name}.example.com/{n}</link>"
            f"<category>own-{name}-{n}</category><category>Index</category>"
            f"{'<category>Shared</category>' if n == 1 else ''}"
            f"{'<category>Usual</category>' if name == 'a' and n < 7 else ''}</item>"
            for n in range(number)
        )
        return f'<rss version="2.0"><channel><title>{name}</title>{items}</channel></rss>'.encode()

    server.answers = {"/a": Answer(feed("a", 90)), "/b": Answer(feed("b", 40))}
    sources = [{"name": n, "type": "feed", "url": f"{server.url}/{n}"} for n in ("a", "b")]
    config = write_config(sources=sources, fetch={"allow_networks": ["127.0.0.1/32"]})
    program("build", "-c", str(config), *AT)
    slugs = {path.stem for path in (config.parent / "feeds").glob("*.rss")}
    assert slugs == {"all", "shared", "usual"}
    items = json.loads((config.parent / "feeds/all.json").read_text())["items"]
    assert "own-a-1" in {tag for item in items for tag in item["tags"]}, (
        "rare names stay categories"
    )
    assert "0 files changed" in program("build", "-c", str(config), *AT).stdout


def test_a_slug_fits_into_the_name_of_a_file() -> None:
    assert len(f".{slug_of('𐍈' * 500)}-weekly-digest.atom.tmp".encode()) < 255


def test_only_hosts_of_the_configuration_may_be_private(
    server: Server, write_config: Config
) -> None:
    port = server.url.rpartition(":")[2]
    server.answers["/a"] = Answer(rss("Inside"))
    server.answers["/hop"] = Answer(status=302, headers={"Location": f"http://127.0.0.2:{port}/a"})
    server.answers["/back"] = Answer(status=302, headers={"Location": "/a"})
    sources = [{"name": n, "type": "feed", "url": f"{server.url}/{n}"} for n in ("hop", "back")]
    config = write_config(sources=sources, fetch={"allow_networks": ["127.0.0.0/8"]})
    done = program("build", "-c", str(config), *AT)
    assert "hop: refused: the address 127.0.0.2 is private" in done.stderr
    assert "back" not in done.stderr


def test_a_client_behind_a_proxy_has_a_limit_of_its_own(build: Config) -> None:
    config = build(SPACE, http={"per_minute": 1, "trusted_proxies": ["127.0.0.0/8"]})
    with daemon(config, command="serve") as (_, url):
        wait_for(lambda: is_healthy(url))
        for number in range(3):
            address = {"X-Forwarded-For": f"203.0.113.{number}"}
            assert get(f"{url}/feeds/all.rss?limit={number + 1}", **address).status_code == 200
            assert get(f"{url}/feeds/all.rss?limit={number + 11}", **address).status_code == 429
    config = build(SPACE, http={"per_minute": 1, "trusted_proxies": ["192.0.2.0/24"]})
    with daemon(config, command="serve") as (_, url):
        wait_for(lambda: is_healthy(url))
        address = {"X-Forwarded-For": "203.0.113.1"}
        assert get(f"{url}/feeds/all.rss?limit=1", **address).status_code == 200
        assert get(f"{url}/feeds/all.rss?limit=2", **address).status_code == 429
        other_address = {"X-Forwarded-For": "203.0.113.2"}
        assert get(f"{url}/feeds/all.rss?limit=3", **other_address).status_code == 429


def test_disabled_pages_are_not_found(build: Config) -> None:
    config = build(SPACE, http={"disabled": ["status", "metrics", "stories", "search"]})
    with daemon(config) as (_, url):
        wait_for(lambda: is_healthy(url))
        for path in ("/status", "/metrics", "/stories.json", "/search?q=probe"):
            assert get(url + path).status_code == 404, path
        assert get(f"{url}/feeds/all.rss").status_code == 200
        assert get(f"{url}/admin/").headers["location"] == "../admin"
        assert get(f"{url}/feeds/all.rss?topic=nope").status_code == 404
        for path in ("/", "/all.html", "/nope"):
            page = get(url + path, Accept="text/html").text
            assert "All feeds (OPML)" in page, path
            assert "search" not in page, path
            assert 'href="status"' not in page, path


def test_a_port_in_use_is_reported(build: Config) -> None:
    config = build(SPACE)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = program("serve", "-c", str(config), "--port", port, code=1)
    assert "cannot listen" in done.stderr
    assert "INFO serving" not in done.stderr


def test_a_build_is_refused_while_a_daemon_writes_the_store(build: Config) -> None:
    config = build(SPACE)
    with daemon(config, "--no-http") as (process, _):
        wait_for(lambda: f"process {process.pid}" in program("status", "-c", str(config)).stdout)
        refused = program("build", "-c", str(config), code=1)
        assert f"another process ({process.pid}) writes this store" in refused.stderr
        program("stories", "-c", str(config))
    program("build", "-c", str(config))


def test_the_articles_of_a_removed_source_can_be_removed(
    build: Config, write_config: Config, tmp_path: Path
) -> None:
    config = build(SPACE)
    assert (
        "remove it from" in program("sources", "forget", "news", "-c", str(config), code=1).stderr
    )
    line = {"url": "https://b.example.com/1", "title": "From elsewhere"}
    (tmp_path / "b.jsonl").write_text(json.dumps(line))
    write_config(sources=[{"name": "b", "type": "jsonl", "path": "b.jsonl"}])
    program("build", "-c", str(config), *AT)
    assert "Space probe lands" in texts(config)
    unknown = program("sources", "forget", "nope", "-c", str(config), code=1).stderr
    assert "there are: news" in unknown
    assert "removed 1 article of" in program("sources", "forget", "news", "-c", str(config)).stdout
    program("build", "-c", str(config), *AT)
    assert "Space probe lands" not in texts(config)
    assert "From elsewhere" in texts(config)


def test_the_program_on_both_databases(build: Config, store_url: str, write_config: Config) -> None:
    config = build(SPACE, store=store_url)
    first_files = tree(config.parent / "feeds")
    assert "0 files changed" in program("build", "-c", str(config), *AT).stdout
    assert "Space probe lands" in program("stories", "-c", str(config)).stdout
    with daemon(config) as (process, url):
        wait_for(lambda: is_healthy(url))
        assert "Space <mark>probe</mark> lands" in get(f"{url}/search?q=probe").text
        refused = program("build", "-c", str(config), code=1).stderr
        assert re.search(rf"another process \((\S+:)?{process.pid}\) writes this store", refused)
        assert str(process.pid) in program("status", "-c", str(config)).stdout
    program("build", "-c", str(config), *AT)
    assert tree(config.parent / "feeds").keys() == first_files.keys()
