"""Sixty bad strings in every field: everything else is published, and nothing of them gets out."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import pytest
from lxml import etree, html

from aggregator.config import load_settings
from aggregator.model import (
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
    Standing,
)
from aggregator.pipeline import Output, PlanOptions, publish_plan, update_stories
from aggregator.store import open_store
from tests.conftest import NOW, article, program

BAD = [
    # not text at all
    "\ud800", "\udfff", "a\ud83d", "\udc80\udcff", "\ud800\udc00", "\0", "a\0b", "\ufffe", "\uffff",
    "\ufdd0", "\U0001ffff", "\U0010fffe", "\x01\x02\x03", "\x0b\x0c", "\x7f", "\x85", "\x9b31m",
    # what a terminal obeys
    "\x1b[31mred", "\x1b]0;title\x07", "\x1b[2J\x1b[H", "\b\b\bgone", "line\rover", "\a",
    # what turns or hides text
    "\u202egnp.exe", "\u202a\u202b\u202c\u202d", "\u2066\u2067\u2068", "\u200e\u200f\u061c",
    "\u200b\u200c\u200d\u2060", "\ufeff", "\u00ad", "\u2028\u2029", "a" + "\u0301" * 500,
    # sizes
    "", " ", "\n\n\t", "x" * 1_000_000, "w " * 200_000, "é" * 70_000, "𐍈" * 300,
    # what a shell, a template, a path or a database would read
    "${HOME}", "$(id)", "`id`", "%s%n%x", "{{ 7*7 }}", "{% raw %}", "../../../etc/passwd",
    "/etc/passwd", "C:\\con", "nul", "-rf", "index", "all", ".htaccess",
    "'; DROP TABLE articles; --", "\" OR 1=1 --", "a' 'b' | c & !d:*",
    # markup
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "]]><x/>", "<!--",
    "&#0;&#xFFFE;&amp",
    "<!ENTITY x SYSTEM 'file:///etc/passwd'>", "javascript:alert(1)",
    # numbers and dates
    "9" * 400, "-1e999", "NaN", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-14:00",
    "292277026596-12-04T15:30:08Z",
]  # fmt: skip
GOOD = "Good news from the harbour"
SECRET = "the-value-of-the-home-variable"


def test_there_are_enough_of_them() -> None:
    assert len(set(BAD)) >= 60


# ------------------------------------------------ whatever the reader lets through


def poisoned(bad: str, number: int) -> Iterator[Article]:
    """An article for each field that holds the bad string."""
    plain = article(f"n{number}.example.com/x", source="web", title=f"Plain {number}",
                    standing=Standing.UNJUDGED, lang="en")  # fmt: skip
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
        source.place,
        title=CleanText(bad),
        error=CleanText(""),
        etag=CleanText(bad),
        checked=NOW,
        due=NOW,
        location=CleanText(bad),
    )
    documents = (
        (DocumentState(CleanText(f"{bad}d"), 10**30, 2, bad, CleanText(bad), 10**30),)
        if bad
        else ()
    )
    problems = (Problem(name, CleanText(bad), CleanText(bad)),) if bad else ()
    return Reading(
        source, state, tuple(articles), documents, problems, hub=CleanText(bad), own=CleanText(bad)
    )


@pytest.mark.parametrize("number", range(len(BAD)), ids=lambda n: repr(BAD[n])[:20])
def test_what_the_reader_lets_through_harms_nothing(tmp_path: Path, number: int) -> None:
    bad = BAD[number]
    store = open_store(f"sqlite:///{tmp_path / 's.db'}")
    options = PlanOptions(load_settings(_config(tmp_path, [])).site)
    good = reading("good", [article("good.example.com/1", source="good", title=GOOD)])
    readings = [good, reading("web", list(poisoned(bad, number)), bad)]
    output = Output(tmp_path / "feeds", ("rss", "atom", "json"))
    for _ in range(2):  # and once more from what is stored
        updated = update_stories(readings, store, options, NOW)
        published, blamed = publish_plan(updated.plan, store, options, output, NOW)
        assert (published.error, published.failures, blamed) == (None, (), {})
        assert not updated.set_aside
        assert not updated.excluded
        readings = []
    assert not published.changed, "the same stories give the same files"
    check_output(output.folder)
    store.close()


# ------------------------------------------------ the program as a whole, over each kind of source


def story_file(bad: str, field: str) -> str:
    fields: dict[str, Any] = {
        "title": f"Title of {field}", "webUrl": f"https://a.example.com/{field}",
        "publishedDateTime": "2026-11-20T08:00:00Z", "published": True, "excerpt": "What happened.",
        "provider": {"name": "Pub", "domain": "a.example.com"}, "topics": ["Science"],
    }  # fmt: skip
    if field == "provider":
        fields["provider"] = {"name": bad, "domain": bad}
    elif field in ("topics", "images", "related"):
        fields[field] = [bad if field == "topics" else {"url": bad, "webUrl": bad, "title": bad}]
    else:
        fields[field] = bad
    lines = [f"{key}: {json.dumps(value)}" for key, value in fields.items()]
    return "\n".join(["---", *lines, "---", ""])


STORY_FIELDS = ("title", "webUrl", "excerpt", "publishedDateTime", "provider", "topics", "images",
                "related", "quality", "type", "category")  # fmt: skip
LINE_FIELDS = ("title", "url", "excerpt", "published", "publisher", "domain", "lang", "topics")
FEED_FIELDS = ("title", "link", "guid", "description", "pubDate", "author", "category", "enclosure")


def lines(bad: str) -> str:
    def line(field: str) -> str:
        item = {"url": f"https://b.example.com/{field}", "title": f"Title of {field}"}
        return json.dumps({**item, field: [bad] if field == "topics" else bad})

    return "\n".join(map(line, LINE_FIELDS))


def rss(bad: str) -> str:
    text = escape(bad)

    def item(field: str) -> str:
        values = {
            "title": f"Title of {field}",
            "link": f"https://c.example.com/{field}",
            field: text,
        }
        if field == "enclosure":
            del values[field]
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
        return f'<item>{inner}<enclosure url="{text}" type="{text}" length="{text}"/></item>'

    return (
        f'<rss version="2.0"><channel><title>{text}</title><link>{text}</link>'
        f"<language>{text}</language>{''.join(map(item, FEED_FIELDS))}</channel></rss>"
    )


def json_feed(bad: str) -> str:
    fields = ("id", "url", "title", "content_html", "content_text", "summary", "image", "language",
              "date_published", "tags", "authors", "attachments")  # fmt: skip

    def item(field: str) -> dict[str, Any]:
        values: dict[str, Any] = {
            "id": field,
            "url": f"https://d.example.com/{field}",
            "title": "T",
        }
        lists = {"tags": [bad], "authors": [{"name": bad}], "attachments": [{"url": bad}]}
        return {**values, field: lists.get(field, bad)}

    version = "https://jsonfeed.org/version/1.1"
    items = [item(field) for field in fields]
    return json.dumps({"version": version, "title": bad, "home_page_url": bad, "items": items})


def _config(folder: Path, sources: list[dict[str, Any]]) -> Path:
    path = folder / "aggregator.yaml"
    given = sources or [{"name": "x", "type": "feed", "url": "https://e.com/"}]
    values = {
        "store": "sqlite:///s.db",
        "output": "feeds",
        "sources": given,
        "ranking": {"window": "all", "max_entries": None},
        "merge": {"text": False},
    }
    path.write_text(json.dumps(values), "utf-8")
    return path


KINDS: dict[str, tuple[str, Callable[[str], str]]] = {
    "jsonl": ("x.jsonl", lines), "rss": ("x.xml", rss), "json": ("x.json", json_feed),
}  # fmt: skip


def test_bad_strings_in_every_field_of_every_kind(tmp_path: Path) -> None:
    sources = [{"name": "good", "type": "jsonl", "path": "good.jsonl"}]
    good = {"url": "https://good.example.com/1", "title": GOOD, "published": "2026-11-21T08:00:00Z"}
    (tmp_path / "good.jsonl").write_text(json.dumps(good))
    for number, bad in enumerate(BAD):
        folder = tmp_path / "in" / str(number)
        (folder / "stories").mkdir(parents=True)
        for field in STORY_FIELDS:
            _write(folder / "stories" / f"{field}.md", story_file(bad, field))
        sources.append(
            {"name": f"stories {number}", "type": "stories", "path": str(folder / "stories")}
        )
        for kind, (name, text) in KINDS.items():
            _write(folder / name, text(bad))
            type_ = "jsonl" if kind == "jsonl" else "feed"
            sources.append({"name": f"{kind} {number}", "type": type_, "path": str(folder / name)})
    config = _config(tmp_path, sources)
    environment = {**os.environ, "HOME": SECRET, "TERM": "xterm"}
    now = ("--now", "2026-11-22T12:00:00Z")
    printed = ""
    for words in (("build", "-v"), ("stories",), ("status",), ("sources",), ("build",)):
        extra = now if words[0] in ("build", "stories") else ()
        done = program(words[0], "-c", str(config), *words[1:], *extra, code=None, env=environment)
        assert "Traceback" not in done.stderr, done.stderr[-2_000:]
        assert done.returncode == (1 if words[0] == "status" else 0)
        printed += done.stdout + done.stderr
    assert "0 files changed" in done.stdout
    check_printed(printed)
    check_output(tmp_path / "feeds")
    items = json.loads((tmp_path / "feeds/all.json").read_text())["items"]
    refused = {"title", "url", "webUrl", "published"}  # an item without them is none
    wanted = {f"Title of {field}" for field in {*LINE_FIELDS, *STORY_FIELDS} - refused}
    assert wanted <= {item["title"] for item in items}


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8", "surrogatepass"))


# ------------------------------------------------ what must hold of everything that comes out


def check_printed(text: str) -> None:
    """Nothing that a terminal would obey, and nothing of the environment."""
    assert all(character.isprintable() or character == "\n" for character in text)
    assert SECRET not in text


def check_output(folder: Path) -> None:
    """Every file has a plain name and is well-formed, the good story is in it, no link holds
    anything but ASCII, and the environment is nowhere."""
    names = sorted(path.name for path in folder.iterdir())
    assert {"all.rss", "all.atom", "all.json", "index.html", "feeds.opml"} <= set(names)
    for name in names:
        assert re.fullmatch(r"\w[\w-]*\.(rss|atom|json|html|opml|css)", name), name
        data = (folder / name).read_bytes()
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
            assert not {"script", "iframe", "object"} & {str(e.tag) for e in elements}, name
            given = [(key, value) for e in elements for key, value in e.attrib.items()]
            assert not [key for key, _ in given if str(key).startswith("on")], name
            links = [str(value) for key, value in given if key in ("href", "src", "action")]
            assert not [link for link in links if link.startswith("javascript:")], name
    everything = (folder / "all.json").read_text("utf-8")
    assert GOOD in everything
