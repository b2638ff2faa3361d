"""The language of texts that do not say it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from aggregator.read import recognise
from aggregator.read.recognise import recognised_language, recognised_languages
from tests.conftest import Answer, Server


@pytest.mark.parametrize(
    ("headline", "language"),
    [
        ("Bus strike ends", "en"),
        ("Regierung tritt zurück", "de"),
        ("Grève des trains à Paris", "fr"),
        ("El gobierno aprueba la ley", "es"),
        ("Il governo approva la legge", "it"),
        ("Governo aprova nova lei do trabalho", "pt"),
        ("Kabinet valt over asielwet", "nl"),
        ("Regeringen avgår efter omröstningen", "sv"),
        ("Rząd przyjął nową ustawę", "pl"),
        ("Meclis yeni yasayı kabul etti", "tr"),
        ("Путин подписал новый закон", "ru"),
        ("国会通过新法案", "zh"),
        ("地震で電車が止まる", "ja"),
        ("국회 법안 통과", "ko"),
        ("الحكومة توافق على القانون", "ar"),
        ("Κυβέρνηση ψήφισε νόμο", "el"),
    ],
)
def test_a_short_headline_is_enough(headline: str, language: str) -> None:
    assert recognised_language(headline) == language


@pytest.mark.parametrize("text", ["", "12:30 \u2013 4/5", "Q3 2026", "abc", "1.2.3-rc", "日本!?"])
def test_hardly_any_letters_is_no_language(text: str) -> None:
    assert recognised_language(text) == ""


def test_four_letters_are_letters_enough() -> None:
    assert recognised_language("abcd 2026") != ""


def test_a_close_relative_is_taken_for_the_language_that_much_news_is_in() -> None:
    """Luxembourgish and Bokmål are languages of the recogniser, and not of the list."""
    assert recognised_language("D'Regierung huet haut e neit Gesetz virgestallt") in {"de", "nl"}
    assert recognised_language("Regjeringen la i dag frem et nytt forslag til lov") == "no"


@given(st.text(max_size=80))
def test_the_answer_is_a_primary_subtag_or_nothing(text: str) -> None:
    language = recognised_language(text)
    assert language == "" or (len(language) == 2 and language.isascii() and language.islower())


def test_the_state_depends_on_no_more_bytes_than_are_followed() -> None:
    """Whatever the state, six bytes lead from it to where they lead from the first state."""
    model = recognise._model()
    table, rows = model.states.reshape(-1, 256), model.rows >> 8
    these, those = np.arange(len(rows)), np.zeros(len(rows), dtype=np.int64)
    for _ in range(recognise.LONGEST_FEATURE):
        assert len(these)
        pairs = []
        for start in range(0, len(these), 20_000):
            part = slice(start, start + 20_000)
            left = table[rows[these[part]]].astype(np.int64)
            right = table[rows[those[part]]].astype(np.int64)
            differ = left != right
            pairs.append(np.unique(left[differ] << 32 | right[differ]))
        both = np.unique(np.concatenate(pairs))
        these, those = both >> 32, both & 0xFFFFFFFF
    assert not len(these)


@pytest.fixture(scope="module")
def package() -> Any:
    """The package's own identifier, for the same languages."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(recognise._LANGUAGES & set(identifier.labels))
    return identifier


TEXTS = [
    "Die Regierung in Berlin tritt zurück. " * 20,
    "BREAKING: THE GOVERNMENT RESIGNS",
    "Путин подписал новый закон о труде",
    "Cafe\u0301 ferme\u0301 a\u0300 Paris",
    "国会通过新法案。" * 90,
    "日本語です",
    "the a",
    "𝔉𝔯𝔞𝔨𝔱𝔲𝔯 𝔩𝔢𝔱𝔱𝔢𝔯𝔰",
]


def test_many_texts_at_once_are_what_the_package_says_of_each(package: Any) -> None:
    texts = [text[n:] for text in TEXTS for n in range(12)]
    expected = [
        package.classify(text[:600])[0] if sum(map(str.isalpha, text)) > 3 else "" for text in texts
    ]
    assert len(texts) > recognise._BATCH
    assert recognised_languages(texts) == expected
    assert recognised_languages([]) == []


@given(st.lists(st.text(st.characters(exclude_categories=[]), max_size=40), max_size=5))
def test_any_texts_at_once_are_what_the_package_says_of_each(
    package: Any, texts: list[str]
) -> None:
    texts = [f"abcd {text}" for text in texts]
    assert recognised_languages(texts) == [package.classify(text)[0] for text in texts]


@pytest.mark.parametrize(
    ("language", "is_loaded"), [("<language>de</language>", False), ("", True)]
)
def test_the_model_is_loaded_for_feeds_that_do_not_say_their_language(
    server: Server, language: str, is_loaded: bool
) -> None:
    item = "<item><title>Regierung tritt zurück</title><link>https://e.com/1</link></item>"
    body = f"<rss version='2.0'><channel><title>T</title>{language}{item}</channel></rss>"
    server.answers["/feed"] = Answer(body.encode())
    code = f"""
from datetime import UTC, datetime
from aggregator.model import Source
from aggregator.read import ReadOptions, read_sources
from aggregator.read.recognise import is_recogniser_loaded
source = Source("s", "feed", {f"{server.url}/feed"!r})
options = ReadOptions(allow_networks=("127.0.0.1/32",))
reading, = read_sources([source], {{}}, lambda _: {{}}, options, datetime.now(UTC))
print([a.lang for a in reading.articles], is_recogniser_loaded())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"['de'] {is_loaded}\n"
