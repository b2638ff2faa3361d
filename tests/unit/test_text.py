"""Cleaning of text from outside: which characters stay and which are removed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Document, FailureKind, SourceState, Text, TextKind, clean_text
from aggregator.model.languages import language_tag
from aggregator.read.cleaning import clean, unchanged_if_clean
from aggregator.read.documents import document_ref, read_document
from aggregator.read.item_articles import articles_of
from aggregator.read.kinds import KINDS
from aggregator.read.remote import failed
from aggregator.read.single_source import internal_failure
from tests.conftest import NOW
from tests.feeds import SOURCE

POISON = "a\ud800b\0c\ufffed\x1b[31me\u202ef\ufdd0g\U0001ffffh\x9bi\ufff9j"


@given(st.text(st.characters(), max_size=300), st.sampled_from(TextKind))
def test_clean_text_can_be_stored_written_and_printed(text: str, kind: TextKind) -> None:
    words = clean(Text(text, kind), 100)
    words.encode("utf-8")
    assert len(words) <= 100
    assert not {unicodedata.category(c) for c in words} & {"Cc", "Cs", "Zl", "Zp"}
    assert not any(ord(c) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(c) <= 0xFDEF for c in words)
    assert clean_text(words, 100) == words


def test_poison_is_removed_and_its_letters_stay() -> None:
    assert clean_text(POISON, 100) == "abcd[31mefgh›ij"


def test_joiners_and_marks_that_words_need_stay() -> None:
    words = "Family 👨‍👩‍👧 and نیم‌فاصله \u200e(x)"
    assert clean_text(words, 100) == words


def test_every_text_of_a_json_feed_is_cleaned() -> None:
    escaped = "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else "" for c in POISON)
    body = (
        '{"version": "https://jsonfeed.org/version/1.1", "title": "%s", "feed_url": "https://e.com/%s",'
        '"hubs": [{"type": "WebSub", "url": "https://hub.e.com/%s"}], "items": [{"id": "%s",'
        '"url": "https://e.com/%s", "title": "%s", "summary": "%s", "authors": [{"name": "%s"}],'
        '"tags": ["%s"], "language": "%s", "image": "https://e.com/%s",'
        '"attachments": [{"url": "https://e.com/%s", "mime_type": "%s"}]}]}'
    ).replace("%s", escaped)
    content = read_document(KINDS["feed"], Document("d", body.encode()))
    (article,) = articles_of(content.items[0], SOURCE, NOW)
    texts = [repr(article), content.title, content.hub, content.self_url]
    for text in texts:
        assert clean_text(text, 10_000) == text
    assert article.title == "abcd[31mefgh›ij"
    assert content.hub.startswith("https://hub.e.com/abc")


def test_the_words_of_a_reading_are_clean() -> None:
    words = clean_text(POISON, 100)
    state = SourceState("s")
    aside = internal_failure(SOURCE, state, POISON, NOW)
    for reading in (aside, failed(SOURCE, state, NOW, POISON, FailureKind.NETWORK)):
        assert reading.state.error == words
        assert [problem.reason for problem in reading.problems] == [words]


def test_a_file_name_that_is_no_text_is_a_ref_and_stays_distinct() -> None:
    latin, other_latin = (
        b"Caf\xe9.md".decode("utf-8", "surrogateescape"),
        b"Caf\xe8.md".decode("utf-8", "surrogateescape"),
    )
    refs = {document_ref(latin), document_ref(other_latin), document_ref("Caf.md")}
    assert len(refs) == 3
    assert all(ref.encode("utf-8") for ref in refs)
    assert document_ref("2026/a story.md") == "2026/a story.md"


def test_a_validator_is_sent_back_unchanged_or_not_at_all() -> None:
    assert unchanged_if_clean('W/"a  b"', 100) == 'W/"a  b"'
    for unclean in "\x1b\x1c\n\r\t\u2028\u2029\u202e\ud800":
        assert unchanged_if_clean(f'"a{unclean}b"', 100) == "", unclean.encode("unicode_escape")
    assert unchanged_if_clean('"' + "a" * 100, 100) == ""


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en_us", "en-US"),
        ("EN", "en"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("iw", "he"),
        ("de-DE-1996", "de-DE"),
        ("de.UTF-8", "de"),
        ("xx", ""),
        ("klingon", ""),
        ("q-a-b", ""),
        ("", ""),
        ("e" * 40, ""),
        ("日本", ""),
        ("eng", "en"),
    ],
)
def test_unknown_language_tags_are_empty(tag: str, expected: str) -> None:
    assert language_tag(tag) == expected


def test_a_feed_cannot_invent_languages() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    tags = [a + b + c for a in letters for b in letters for c in letters]
    tags += [a + b for a in letters for b in letters]
    assert len({language_tag(tag).split("-")[0] for tag in tags}) < 300
