"""Source types: what they read, and the reasons with which they refuse documents."""

from __future__ import annotations

import json

import pytest

from aggregator.errors import BadDocument, BadItem
from aggregator.model import Document, Text, TextKind, Verdict
from aggregator.read.item_articles import articles_of
from aggregator.read.kinds import KINDS, Parsed
from tests.conftest import NOW, rss


def parse(kind: str, body: str | bytes, url: str = "") -> Parsed:
    data = body.encode() if isinstance(body, str) else body
    return KINDS[kind].parse(Document("doc", data, url=url))


GOOD = "---\ntitle: A story\ndate: 2026-01-15T10:00:00Z\nurl: https://e.com/1\n---\nBody\n"


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        ("", 0, "empty"),
        ("Just text", 1, "no front matter"),
        ("---\ntitle: x\n", 1, "not closed"),
        ("---\n- a\n---\n", 2, "not a mapping"),
        ("---\ntitle: Budget: now\n---\n", 2, "needs quotes"),
        ("---\ntitle: x\ntags:\n\t- a\n---\n", 4, "not tabs"),
        ("---\ntitle: a\ntitle: b\n---\n", 3, "duplicate key"),
        ("---\ntitle: [a]\n---\n", 2, "title: a list is not text"),
        ("---\ntitle: a\ndate: 2026-02-30\n---\n", 3, "not a date"),
        ("---\ntitle: a\ndate: yesterday\n---\n", 3, "not a date"),
        ("---\ntitle: a\nquality: high\n---\n", 3, "not a number"),
        ("---\ntitle: !!python/name:os.system x\n---\n", 2, "tag"),
        ("---\na: &a [x]\ntitle: *a\n---\n", 3, "aliases"),
        ("---\ntitle: x\ny: " + "[" * 5000 + "]" * 5000 + "\n---\n", 3, "nested deeper"),
        ("---\ntitle: a\n" + "- " * 5000 + "\n---\n", 3, ""),
        (b"---\ntitle: Caf\xe9\n---\n", 2, "0xe9"),
        ("---\ntitle: a\0b\n---\n", 2, "NUL"),
    ],
)
def test_bad_story_files_say_where_and_why(body: str | bytes, line: int, words: str) -> None:
    with pytest.raises(BadDocument) as caught:
        parse("stories", body)
    assert caught.value.line == line
    assert words in caught.value.reason


@pytest.mark.parametrize("title", ["no", "1984", "2026-01-02", "NO"])
def test_scalars_are_the_text_that_was_typed(title: str) -> None:
    (item,) = parse("stories", GOOD.replace("A story", title)).items
    assert item.title.value == title


def test_windows_lines_and_a_byte_order_mark() -> None:
    (item,) = parse("stories", b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()).items
    assert (item.title.value, item.summary.value) == ("A story", "Body")


def test_only_the_first_two_rules_are_front_matter() -> None:
    (item,) = parse("stories", GOOD + "\n---\ntwo\n").items
    assert item.title.value == "A story"


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ("published: true\n", Verdict.STORY),
        (
            "published: false\nrelated: [{title: b, webUrl: 'https://e.com/2'}]\n",
            Verdict.SUPERSEDED,
        ),
        ("published: false\n", Verdict.UNPUBLISHED),
        ("published: true\nremoved: true\n", Verdict.UNPUBLISHED),
        ("", None),
    ],
)
def test_the_source_s_verdict(fields: str, verdict: Verdict | None) -> None:
    (item,) = parse("stories", GOOD.replace("url:", f"{fields}url:")).items
    assert item.verdict is verdict


def test_related_items_need_a_title_but_no_address() -> None:
    extra = "related: [{title: v, webUrl: ''}, {webUrl: 'https://e.com/2'}]\n"
    (item,) = parse("stories", GOOD.replace("url:", f"{extra}url:")).items
    assert [(related.title.value, related.url) for related in item.related] == [("v", "")]


def test_json_lines_read_the_good_and_name_the_bad() -> None:
    good = json.dumps({"url": "https://e.com/1", "title": "A <b> & B", "published": "2026-01-02"})
    parsed = parse("jsonl", f"{good}\nnot json\n[]\n")
    assert [item.title.value for item in parsed.items] == ["A <b> & B"]
    assert [error.line for error in parsed.bad] == [2, 3]


def test_story_api_has_the_keys_of_story_files_mostly_null() -> None:
    story = {"title": "A", "webUrl": "https://e.com/1", "quality": None, "related": None}
    parsed = parse("story-api", json.dumps({"page": 1, "value": [story]}))
    assert [item.title.value for item in parsed.items] == ["A"]


def test_feeds_of_every_kind() -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><id>f</id>'
        '<entry><id>1</id><title type="text">AT&amp;T &lt;b&gt;</title>'
        '<link href="https://e.com/1"/><updated>2026-01-02T03:04:05Z</updated></entry></feed>'
    )
    json_feed = {
        "version": "https://jsonfeed.org/version/1",
        "title": "J",
        "items": [{"id": 7, "url": "https://e.com/7", "title": "Seven"}],
    }
    assert [i.title.value for i in parse("feed", atom).items] == ["AT&T <b>"]
    assert [i.title.value for i in parse("feed", rss("One", "Two")).items] == ["One", "Two"]
    assert [(i.ref, i.title.value) for i in parse("feed", json.dumps(json_feed)).items] == [
        ("7", "Seven")
    ]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "empty"),
        ("<!doctype html><html></html>", "HTML page"),
        ("{}", "JSON Feed"),
        ("plain words", "not a feed"),
        ("<a>" * 500, "not a feed"),
    ],
)
def test_a_document_that_is_no_feed_is_refused_with_a_reason(body: str, words: str) -> None:
    with pytest.raises(BadDocument, match=words):
        parse("feed", body)


def test_an_item_without_a_link_is_told_apart_by_what_it_says() -> None:
    body = (
        "<rss version='2.0'><channel><title>F</title><link>https://e.com/</link>"
        "<item><title>One</title></item><item><title>Two</title></item></channel></rss>"
    )
    from aggregator.model import Source

    source = Source("s", "feed", "https://e.com/feed")
    items = parse("feed", body, "https://e.com/feed").items
    keys = {articles_of(item, source, NOW)[0].key for item in items}
    assert len(keys) == 2


def test_an_item_with_an_invalid_address_is_refused_alone() -> None:
    from aggregator.model import Source

    (item,) = parse("stories", GOOD.replace("https://e.com/1", "javascript:alert(1)")).items
    with pytest.raises(BadItem, match="no http"):
        articles_of(item, Source("s", "stories", "/"), NOW)


def test_a_false_encoding_declaration_is_ignored() -> None:
    body = '<?xml version="1.0" encoding="iso-8859-1"?>' + rss("Café").decode()[21:]
    assert [item.title.value for item in parse("feed", body).items] == ["Café"]


@pytest.mark.parametrize(
    ("tags", "topics"), [('"politics"', ("politics",)), ("5", ()), ('["a", 5]', ("a",))]
)
def test_odd_tags_of_a_json_feed(tags: str, topics: tuple[str, ...]) -> None:
    item = f'{{"id": "1", "tags": {tags}}}'
    body = f'{{"version": "https://jsonfeed.org/version/1.1", "items": [{item}]}}'
    assert parse("feed", body, "https://e.com/").items[0].topics == tuple(
        Text(t, TextKind.LABEL) for t in topics
    )


@pytest.mark.parametrize(
    ("data", "content_type", "title"),
    [
        ("Café".encode("latin-1"), "", "Café"),
        ("Café".encode(), "text/xml; charset=iso-8859-1", "Café"),
        ("Кафе".encode("koi8-r"), "text/xml; charset=koi8-r", "Кафе"),
        ("“Q”".encode("cp1252"), "text/xml; charset=ISO-8859-1", "“Q”"),
        (b"+ADw-script+AD4-", "text/xml; charset=utf-7", "+ADw-script+AD4-"),
        ("naïve".encode("utf-16"), "", "naïve"),
    ],
)
def test_encodings(data: bytes, content_type: str, title: str) -> None:
    start, end = b"<rss><channel><item><title>", b"</title></item></channel></rss>"
    if data.startswith(b"\xff\xfe"):
        start, end, data = (
            ("\ufeff" + start.decode()).encode("utf-16-le"),
            end.decode().encode("utf-16-le"),
            data[2:],
        )
    parsed = KINDS["feed"].parse(Document("d", start + data + end, content_type, "https://e.com/"))
    assert [item.title.value for item in parsed.items] == [title]
