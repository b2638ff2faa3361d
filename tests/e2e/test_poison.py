"""Sixty bad strings in every field: everything else is published, and no output obeys them."""

from __future__ import annotations

import hmac
import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from lxml import etree, html

from aggregator.config import add_sources, load_settings
from aggregator.model import (
    MAX_DOCUMENT_BYTES,
    Article,
    CleanText,
    DocumentState,
    Enclosure,
    Image,
    Problem,
    Publisher,
    Reading,
    Source,
    SourceState,
    Subscription,
    Verdict,
    clean_text,
)
from aggregator.pipeline import Output, PlanOptions, publish_feeds, update_stories
from aggregator.publish import FORMATS
from aggregator.read import read_opml
from aggregator.store import open_store
from tests.conftest import NOW, article, on_loopback, program
from tests.conftest import rss as rss_feed
from tests.daemons import client_of, daemon, get, wait_for
from tests.poisoned import (
    BAD,
    DOCUMENTS,
    STORY_FIELDS,
    UNTOUCHED,
    opml,
    story_file,
    title,
    url,
    written,
)

GOOD = "Good news from the harbour"
SECRET = "the-value-of-the-home-variable"


# ------------------------------------------------ whatever the reader lets through


def poisoned(bad: str, number: int) -> Iterator[Article]:
    """One article per field, with the bad string in this field."""
    plain = article(
        f"n{number}.example.com/x",
        source="web",
        title=f"Plain {number}",
        verdict=Verdict.NONE,
        lang="en",
    )
    fields: list[dict[str, Any]] = [
        {"title": bad},
        {"excerpt": bad},
        {"author": bad},
        {"lang": bad},
        {"topics": (bad, bad)},
        {"publisher": Publisher(CleanText(bad), CleanText(bad))},
        {"url": f"https://e.com/{bad}"},
        {"image": Image(CleanText(f"https://e.com/{bad}"), 1, 10**12)},
        {"aliases": (bad,)},
        {"enclosure": Enclosure(CleanText(f"https://e.com/{bad}"), CleanText(bad), 10**30)},
        {"related": (bad,)},
        {"quality": 10**40},
        {"published": datetime.max.replace(tzinfo=UTC)},
        {"published": datetime.min.replace(tzinfo=UTC)},
        {"key": bad or "k", "ref": f"{bad}r"},
    ]
    for place, values in enumerate(fields):
        key = f"{plain.key}/{place}"
        yield replace(plain, **{"key": key, "ref": key, "url": key, **values})


def reading(name: str, articles: list[Article], bad: str = "") -> Reading:
    source = Source(name, "feed", f"https://{name}.example.com/feed")
    state = SourceState(
        name,
        source.location,
        title=CleanText(bad),
        error=CleanText(""),
        etag=CleanText(bad),
        checked=NOW,
        due=NOW,
        moved_to=CleanText(bad),
    )
    documents = (
        (DocumentState(CleanText(f"{bad}d"), 10**30, 2, bad, CleanText(bad), 10**30),)
        if bad
        else ()
    )
    problems = (Problem(name, CleanText(bad), CleanText(bad)),) if bad else ()
    return Reading(
        source,
        state,
        tuple(articles),
        documents,
        problems,
        hub=CleanText(bad),
        self_url=CleanText(bad),
    )


@pytest.mark.parametrize("number", range(len(BAD)), ids=lambda n: repr(BAD[n])[:20])
def test_bad_strings_that_pass_the_reader_do_no_harm(tmp_path: Path, number: int) -> None:
    bad = BAD[number]
    store = open_store(f"sqlite:///{tmp_path / 's.db'}")
    options = PlanOptions(load_settings(_config(tmp_path, [])).site)
    good = reading("good", [article("good.example.com/1", source="good", title=GOOD)])
    readings = [good, reading("web", list(poisoned(bad, number)), bad)]
    output = Output(tmp_path / "feeds", ("rss", "atom", "json"))
    for _ in range(2):  # the second time from the store alone
        updated = update_stories(readings, store, options, NOW)
        published, blamed = publish_feeds(updated.plan.feed_set, store, options, output, NOW)
        assert (published.error, published.failures, blamed) == (None, (), {})
        assert not updated.set_aside
        assert not updated.excluded
        readings = []
    assert not published.changed, "the same stories give the same files"
    check_output(output.folder)
    store.close()


# ------------------------------------------------ the program as a whole, over each kind of source


def test_bad_strings_in_every_field_of_every_kind(tmp_path: Path) -> None:
    """One store with each bad string in each field of each source type, and in file names:
    everything else is published, and no command prints, writes or reads what it must not."""
    sources = [{"name": "good", "type": "jsonl", "path": "good.jsonl"}]
    good = {"url": "https://good.example.com/1", "title": GOOD, "published": "2026-11-21T08:00:00Z"}
    (tmp_path / "good.jsonl").write_text(json.dumps(good))
    expected = {GOOD}
    for number, bad in enumerate(BAD):
        folder = tmp_path / "in" / str(number)
        (folder / "stories").mkdir(parents=True)
        for field in STORY_FIELDS:
            file = folder / "stories" / f"{field or 'untouched'}.md"
            file.write_bytes(written(story_file(bad, field, number)))
        source = {"name": f"stories {number}", "type": "stories", "path": str(folder / "stories")}
        sources.append(source)
        expected.add(title("stories", number, ""))
        for name, (kind, file_name, document, _) in DOCUMENTS.items():
            path = folder / f"{name}-{file_name}"
            path.write_bytes(written(document(bad, number)))
            sources.append({"name": f"{name} {number}", "type": kind, "path": str(path)})
            if (
                path.stat().st_size <= MAX_DOCUMENT_BYTES
            ):  # 1 MB in each of 16 fields is above the limit
                expected.add(title(name, number, ""))
    expected |= write_bad_file_names(tmp_path / "names")
    sources.append({"name": "names", "type": "stories", "path": "names"})
    config = _config(tmp_path, sources)
    printed = ""
    for words in (
        ("build", "-v"),
        ("stories",),
        ("stories", "--json"),
        ("status",),
        ("sources",),
        ("status", "--json"),
        ("sources", "--json"),
        ("explain", "1"),
        ("explain", url("rss", 17, "title"), url("rss", 18, "title")),
        ("build",),
    ):
        done = run(config, *words)
        printed += done.stdout + done.stderr
    assert "0 files changed" in done.stdout
    check_printed(printed)
    check_output(tmp_path / "feeds")
    assert expected <= titles(tmp_path / "feeds")
    assert len(titles(tmp_path / "feeds")) > 3_500, "a bad item stops no other"


def write_bad_file_names(folder: Path) -> set[str]:
    """Good stories in files with bad names, and the titles of these."""
    folder.mkdir()
    good_titles = set()
    for number, bad in enumerate(BAD):
        name = written(bad).replace(b"/", b"").replace(b"\0", b"")[:200] + b"-%d.md" % number
        text = story_file("", "", number).replace("stories", "names")
        hidden = name.startswith(b".")
        (Path(os.fsdecode(os.fsencode(folder) + b"/" + name))).write_text(text)
        if not hidden:
            good_titles.add(title("names", number, ""))
    return good_titles


def run(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The program with a secret in its environment, at a fixed time where it takes one."""
    environment = {**os.environ, "HOME": SECRET, "TERM": "xterm"}
    timed = words[0] in ("build", "stories", "explain", "feed")
    now = ("--now", "2026-11-22T12:00:00Z") if timed else ()
    done = program(words[0], "-c", str(config), *words[1:], *now, code=None, env=environment)
    assert "Traceback" not in done.stderr, done.stderr[-2_000:]
    assert done.returncode == (1 if words[0] == "status" else 0), (words, done.stderr[-500:])
    return done


def titles(folder: Path) -> set[str]:
    """The titles of the published entries."""
    return {item["title"] for item in json.loads((folder / "all.json").read_text())["items"]}


def _config(folder: Path, sources: list[dict[str, Any]], **sections: Any) -> Path:
    path = folder / "aggregator.yaml"
    configured = sources or [{"name": "x", "type": "feed", "url": "https://e.com/"}]
    values = {
        "store": "sqlite:///s.db",
        "output": "feeds",
        "sources": configured,
        "ranking": {"window": "all", "max_entries": None},
        "merge": {"text": False},
        **sections,
    }
    path.write_text(json.dumps(values), "utf-8")
    return path


HEADERS = (
    "ETag",
    "Last-Modified",
    "Content-Type",
    "Content-Encoding",
    "Link",
    "Cache-Control",
    "Retry-After",
    "Date",
    "Expires",
    "Age",
    "Location",
    "Server",
    "X-Other",
)


def test_bad_strings_in_every_header_of_an_answer(tmp_path: Path) -> None:
    """Responses with valid headers are read; an invalid header fails its source only."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            return

        def do_GET(self) -> None:
            number, _, header = self.path[1:].partition("/")
            if header not in HEADERS:  # the target of a bad Location
                return
            value = written(BAD[int(number)])
            if header == "Link":
                value = b"<" + value + b'>; rel="hub", <' + value + b'>; rel="self"'
            body = one_item_feed(f"{number} {header}")
            status = b"301 Moved" if header == "Location" else b"200 OK"
            length = b"Connection: close\r\nContent-Length: %d" % len(body)
            lines = [b"HTTP/1.1 " + status, header.encode() + b": " + value, length, b"", body]
            with suppress(OSError):  # the client stops reading a header of 1 MB
                self.wfile.write(b"\r\n".join(lines))

    with on_loopback(Handler) as base:
        sources = [
            {"name": f"{number} {header}", "type": "feed", "url": f"{base}/{number}/{header}"}
            for number in range(len(BAD))
            for header in HEADERS
        ]
        good = {"url": "https://good.example.com/1", "title": GOOD}
        (tmp_path / "good.jsonl").write_text(json.dumps(good))
        sources.append({"name": "good", "type": "jsonl", "path": "good.jsonl"})
        config = _config(tmp_path, sources, fetch={"allow_networks": ["127.0.0.1/32"]})
        printed = [run(config, *words) for words in (("build", "-v"), ("status",), ("sources",))]
    check_printed("".join(done.stdout + done.stderr for done in printed))
    check_output(tmp_path / "feeds")
    valid = {
        f"{number} {header}"
        for number, bad in enumerate(BAD)
        for header in set(HEADERS) - {"Location"}
        if is_valid_in_http(bad) and header != "Content-Encoding"
    }
    assert valid <= titles(tmp_path / "feeds")


def is_valid_in_http(value: str) -> bool:
    """RFC 9110, section 5.5, of a length that clients take."""
    return len(written(value)) < 4_000 and not re.search("[\0-\x1f\x7f]", value)


def one_item_feed(name: str) -> bytes:
    return rss_feed(name, base=f"https://header.example.com/{name.replace(' ', '/')}/")


def test_bad_strings_in_requests_of_hubs(tmp_path: Path) -> None:
    """A document with each bad string, the kinds of feeds in turn, signed and sent to a daemon; and
    bad tokens, signatures, types and questions."""
    config = _config(
        tmp_path,
        [{"name": "pushed", "type": "feed", "url": "http://127.0.0.1:1/feed"}],
        websub={"subscribe": True},
        fetch={"allow_networks": ["127.0.0.1/32"]},
        http={"per_minute": 100_000},
    )
    until = datetime(2100, 1, 1, tzinfo=UTC)
    topic, hub = clean_text("http://127.0.0.1:1/feed"), clean_text("http://127.0.0.1:1/hub")
    store = open_store(f"sqlite:///{tmp_path / 's.db'}")
    store.save_subscription(Subscription("pushed", topic, hub, "token", "secret", NOW, until))
    store.close()
    expected: set[str] = set()
    with daemon(config, HOME=SECRET) as (_, base), client_of() as client:
        wait_for(lambda: get(f"{base}/healthz").status_code == 200)
        for number, bad in enumerate(BAD):
            name = ("rss", "atom", "json")[number % 3]
            body = written(DOCUMENTS[name][2](bad, number))
            signature = f"sha256={hmac.new(b'secret', body, sha256).hexdigest()}"
            headers = {"content-type": f"x/{name}", "x-hub-signature": signature}
            pushed = client.post(f"{base}/websub/token", content=body, headers=headers)
            assert pushed.status_code == (202 if len(body) <= MAX_DOCUMENT_BYTES else 413)
            expected |= {title(name, number, "")} if len(body) <= MAX_DOCUMENT_BYTES else set()
            ask_with(base, bad)
        wait_for(lambda: expected <= titles(tmp_path / "feeds"))
        shown = "".join(get(f"{base}{path}").text for path in ("/healthz", "/metrics"))
        pages = [get(f"{base}{path}").text for path in ("/status", "/", "/search?q=untouched")]
    check_printed(shown)
    check_printed((tmp_path / "log.txt").read_text())
    for page in pages:
        check_page(page)
    check_output(tmp_path / "feeds", good=UNTOUCHED)


def ask_with(base: str, bad: str) -> None:
    """Send a bad string in each place where a hub, or a false one, can put it."""
    short = written(bad)[:60]
    token = quote(short, safe="")
    query = {
        "hub.mode": short,
        "hub.topic": short,
        "hub.challenge": short,
        "hub.lease_seconds": short,
    }
    with client_of() as client:
        for address in (f"{base}/websub/token", f"{base}/websub/{token}"):
            response = client.get(
                address, params={k: v.decode("latin-1") for k, v in query.items()}
            )
            assert response.status_code in (404, 307), address
        value = re.sub(rb"[\0-\x1f\x7f]", b"", short).strip()
        headers = [(b"x-hub-signature", value), (b"content-type", value)]
        accepted = client.post(f"{base}/websub/token", content=written(bad), headers=headers)
        assert accepted.status_code == 202


def test_bad_strings_in_subscription_lists(tmp_path: Path) -> None:
    """The feeds of a list with bad texts are imported; no text is read as a variable, and the
    configuration stays valid."""
    config = _config(tmp_path, [], topics=[{"slug": "sea", "name": "Sea", "keywords": ["ship"]}])
    config.write_text("sources:\n  - {name: x, type: feed, url: 'https://e.com/'}\n")
    for number, bad in enumerate(BAD):
        outlines = read_opml(written(opml(bad, number)))
        names = {outline.name for outline in outlines}
        assert f"{UNTOUCHED} {number}" in names, bad[:20]
        new_sources = [
            Source(outline.name, "feed", outline.url, topics=outline.topics) for outline in outlines
        ]
        assert len(add_sources(config, new_sources)) >= 3, bad[:20]
    (tmp_path / "last.opml").write_bytes(written(opml(BAD[17], len(BAD))))
    environment = {**os.environ, "HOME": SECRET}
    imported = ("sources", "import", str(tmp_path / "last.opml"), "-c", str(config))
    printed = [program(*imported, env=environment)]
    shown = (("check",), ("sources",), ("sources", "--json"), ("status",))
    printed += [run(config, *words) for words in shown]
    check_printed("".join(done.stdout + done.stderr for done in printed))
    exported = program("sources", "export", "-c", str(config), env=environment).stdout
    check_document(exported)
    etree.fromstring(exported.encode())
    names = {source.name for source in load_settings(config).sources}
    assert {f"{UNTOUCHED} {number}" for number in range(len(BAD) + 1)} <= names
    assert "${HOME}" in names
    assert SECRET not in config.read_text("utf-8")


# ------------------------------------------------ what must hold of everything that comes out


def check_printed(text: str) -> None:
    """No control characters and no value of the environment."""
    assert all(character.isprintable() or character == "\n" for character in text)
    assert SECRET not in text


def check_document(text: str) -> None:
    """No control characters, no marks of text direction, no value of the environment."""
    assert SECRET not in text
    controls = "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
    assert not re.search(controls, text)


def check_page(text: str) -> None:
    """HTML without scripts, frames or event handlers."""
    check_document(text)
    for element in html.document_fromstring(text).iter():
        assert element.tag not in ("iframe", "object")
        if element.tag == "script" and element.get("type") != "application/ld+json":
            assert str(element.get("src")).rpartition("/")[2] == "page.js"
            assert not element.text
        for key, value in element.attrib.items():
            assert not str(key).startswith("on")
            assert not str(value).strip().lower().startswith("javascript:")


def check_output(folder: Path, good: str = GOOD) -> None:
    """Every file has a plain name, is well-formed, and has ASCII links and no value of the
    environment; the good story is published."""
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    assert {*(f"all.{ext}" for ext in FORMATS), "index.html", "feeds.opml"} <= set(names)
    for name in names:
        slug, _, ext = name.rpartition(".")
        assert re.fullmatch(r"\w[\w-]*", slug), name
        assert ext in (*FORMATS, "html", "opml", "css", "js", "svg", "ico"), name
        data = (folder / name).read_bytes()
        if ext == "ico":
            continue
        text = data.decode("utf-8")
        assert SECRET not in text
        assert not re.search("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]", text), name
        if name.endswith((".rss", ".atom", ".opml")):
            elements = list(etree.fromstring(data).iter())
            addresses = [e.get(name) or "" for e in elements for name in ("href", "url", "xmlUrl")]
            addresses += [e.text or "" for e in elements if e.tag == "link"]
            assert all(address.isascii() for address in addresses), name
        elif name.endswith(".json"):
            assert all(item["url"].isascii() for item in json.loads(text)["items"])
        elif name.endswith(".html"):
            elements = list(html.document_fromstring(text).iter())
            assert not {"iframe", "object"} & {str(e.tag) for e in elements}, name
            scripts = [e for e in elements if e.tag == "script"]
            assert all(e.get("src") == "page.js" and not e.text for e in scripts), name
            attributes = [(key, value) for e in elements for key, value in e.attrib.items()]
            assert not [key for key, _ in attributes if str(key).startswith("on")], name
            links = [str(value) for key, value in attributes if key in ("href", "src", "action")]
            assert not [link for link in links if link.startswith("javascript:")], name
    everything = (folder / "all.json").read_text("utf-8")
    assert good in everything
