"""Feeds that stop or deceive other programs, next to good ones, over HTTP: all are published."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any
from xml.dom import minidom

import pytest

from tests.conftest import Answer, Config, Server, program, rss
from tests.feeds import NAMESPACES

STRINGS = (
    "\\ud800 lone",
    "nul \\u0000 end",
    "\\ufffe\\uffff",
    "bell \\u0007 \\u001b[31mred",
    "\\u202eabc\\u2066",
    "${HOME}",
    "'; DROP TABLE articles; --",
    "<script>alert(1)</script>",
    "%s %d {0}",
    "A" * 100_000,
    "../../etc/passwd",
    "\\r\\nX-Injected: 1",
    "\\udc80\\udcff",
    "\\u2028\\u2029",
    "=cmd|' /C calc'!A0",
)
FIELDS = ("title", "summary", "content_text", "content_html", "language", "id", "date_published")


def json_feed(value: str) -> bytes:
    """A JSON Feed with an item for each field that has the string, and it in the feed's own."""
    items = [
        f'{{"id": "{n}", "url": "https://p.example.com/{n}", "title": "Fine {n}",'
        f' "{name}": "{value}"}}'
        for n, name in enumerate(FIELDS)
    ]
    items.append(
        f'{{"id": "t", "url": "https://p.example.com/t", "title": "Tagged", "tags": ["{value}"],'
        f' "authors": [{{"name": "{value}"}}], "image": "{value}",'
        f' "attachments": [{{"url": "https://p.example.com/{value}", "mime_type": "{value}"}}]}}'
    )
    return (
        f'{{"version": "https://jsonfeed.org/version/1.1", "title": "{value}",'
        f' "feed_url": "{value}", "hubs": [{{"type": "WebSub", "url": "{value}"}}],'
        f' "items": [{", ".join(items)}]}}'
    ).encode()


@pytest.mark.parametrize("value", STRINGS, ids=range(len(STRINGS)))
def test_a_bad_string_stops_no_other_feed(server: Server, write_config: Config, value: str) -> None:
    server.answers = {
        "/good": Answer(rss("Good news")),
        "/poison": Answer(json_feed(value), headers={"ETag": '"\x80"', "Link": "<//x>; rel=hub"}),
    }
    done, out = build(server, write_config, "good", "poison")
    assert done.returncode == 0, done.stderr
    titles = {item["title"] for item in json.loads((out / "all.json").read_text("utf-8"))["items"]}
    assert {"Good news", "Fine 1", "Tagged"} <= titles
    for path in out.glob("*.rss"):
        minidom.parseString(path.read_bytes())
    printed = done.stdout + done.stderr
    assert printed.replace("\n", "").isprintable()
    assert not [path.name for path in out.rglob("*") if not path.name.isprintable()]


def test_a_document_that_is_slow_to_parse_delays_no_other(
    server: Server, write_config: Config
) -> None:
    server.answers = {
        "/good": Answer(rss("Good news")),
        "/comments": Answer(
            b"<!---->" * 45 + rss("Behind comments", base="https://c.example.com/")
        ),
        "/images": Answer(
            b"<rss><channel><item><title>T</title><link>https://i.example.com/</link>"
            b"<description>" + b"&lt;img " * 40_000
        ),
        "/page": Answer(b"<!-- " * 100_000 + b"<html>"),
    }
    done, out = build(server, write_config, *server.answers)
    assert done.returncode == 0
    titles = {item["title"] for item in json.loads((out / "all.json").read_text("utf-8"))["items"]}
    assert {"Good news", "Behind comments"} <= titles


def test_bytes_as_servers_send_them(server: Server, write_config: Config) -> None:
    title = "Мост через реку"
    body = rss(title).decode().replace("<?xml version", "<?xml encoding='windows-1251' version")
    server.answers = {
        "/packed": Answer(
            gzip.compress(rss("Packed")), headers={"Content-Type": "application/x-gzip"}
        ),
        "/untrue": Answer(
            rss("Untrue", base="https://u.example.com/"), headers={"Content-Encoding": "utf-8"}
        ),
        "/latin": Answer(
            body.replace("https://pub", "https://bridge").encode("windows-1251"),
            headers={"Content-Type": "text/xml; charset=ISO-8859-1"},
        ),
    }
    _, out = build(server, write_config, *server.answers)
    titles = {item["title"] for item in json.loads((out / "all.json").read_text("utf-8"))["items"]}
    assert titles == {"Packed", "Untrue", title}


def test_published_links_are_uris(server: Server, write_config: Config) -> None:
    item = (
        "<item><title>T</title><link>https://straße.example/a\u3000ü?q=1&amp;x=é</link>"
        "<media:thumbnail url='https://i.example/ß.jpg'/></item>"
    )
    feed = f"<rss {NAMESPACES}><channel><title>F</title>{item}</channel></rss>"
    server.answers = {"/feed": Answer(feed.encode())}
    _, out = build(server, write_config, "feed")
    (entry,) = json.loads((out / "all.json").read_text("utf-8"))["items"]
    assert entry["url"] == "https://xn--strae-oqa.example/a%E3%80%80%C3%BC?q=1&x=%C3%A9"
    assert entry["image"] == "https://i.example/%C3%9F.jpg"


def build(server: Server, write_config: Config, *names: str) -> tuple[Any, Path]:
    """Build from these feeds of the server; gives the finished process and the output folder."""
    sources = [
        {"name": name.strip("/"), "type": "feed", "url": f"{server.url}/{name.strip('/')}"}
        for name in names
    ]
    config = write_config(
        sources=sources,
        fetch={"allow_networks": ["127.0.0.1/32"]},
        merge={"text": False},
        ranking={"window": "all", "max_entries": None},
    )
    return program(
        "build", "-c", str(config), "--now", "2026-11-22T12:00:00Z"
    ), config.parent / "feeds"


def test_undated_entries_keep_the_order_of_their_feed(server: Server, write_config: Config) -> None:
    items = [
        f"<item><title>T{n}</title><link>https://p.example/{n}</link></item>" for n in range(9)
    ]

    def feed(*numbers: int) -> Answer:
        inner = "".join(items[n] for n in numbers)
        return Answer(f"<rss><channel><title>F</title>{inner}</channel></rss>".encode())

    def order() -> list[str]:
        _, out = build(server, write_config, "feed")
        entries = json.loads((out / "all.json").read_text("utf-8"))["items"]
        return [item["title"] for item in entries]

    server.answers = {"/feed": feed(0, 1, 2, 3, 4, 5, 6, 7)}
    assert order() == [f"T{n}" for n in range(8)]
    server.answers = {"/feed": feed(7, 6, 5, 4, 3, 2, 1, 0)}
    assert order() == [f"T{n}" for n in range(8)]
