"""Recognition of the language of texts that do not state it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.read.language_detection import recognised_languages
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
    assert recognised_languages([headline])[0] == language


@pytest.mark.parametrize("text", ["", "12:30 \u2013 4/5", "Q3 2026", "abc", "1.2.3-rc", "日本!?"])
def test_a_text_with_fewer_than_four_letters_has_no_language(text: str) -> None:
    assert recognised_languages([text])[0] == ""


def test_four_letters_are_letters_enough() -> None:
    assert recognised_languages(["abcd 2026"])[0] != ""


def test_a_language_without_news_is_reported_as_its_closest_relative() -> None:
    """Luxembourgish and Bokmål are languages of the recogniser, and not of the list."""
    assert recognised_languages(["D'Regierung huet haut e neit Gesetz virgestallt"])[0] in {
        "de",
        "nl",
    }
    assert recognised_languages(["Regjeringen la i dag frem et nytt forslag til lov"])[0] == "no"


@pytest.mark.parametrize(
    ("headline", "alone", "around", "usual"),
    [
        ("東京地震", "zh", "首相が辞任を表明した", "ja"),
        ("Trump Putin Alaska", "fi", "Parliament passes the budget", "en"),
        ("Tesla Model Y Performance", "cy", "Regierung tritt zurück", "de"),
    ],
)
def test_an_ambiguous_text_has_the_usual_language_of_its_feed(
    headline: str, alone: str, around: str, usual: str
) -> None:
    assert recognised_languages([headline])[0] == alone
    assert recognised_languages([headline, around, around]) == [usual] * 3


@pytest.mark.parametrize("around", ["Parliament passes the budget", "首相が辞任を表明した"])
def test_a_clear_headline_keeps_its_language_among_others(around: str) -> None:
    texts = [around] * 5 + ["Путин подписал новый закон", "Grève des trains à Paris", "12:30"]
    assert recognised_languages(texts)[5:] == ["ru", "fr", ""]
    assert recognised_languages([]) == []


@given(st.text(max_size=80))
def test_the_answer_is_a_primary_subtag_or_nothing(text: str) -> None:
    language = recognised_languages([text])[0]
    assert language == "" or (len(language) == 2 and language.isascii() and language.islower())


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
from aggregator.read.language_detection import is_recogniser_loaded
source = Source("s", "feed", {f"{server.url}/feed"!r})
options = ReadOptions(allow_networks=("127.0.0.1/32",))
reading, = read_sources([source], {{}}, lambda _: {{}}, options, datetime.now(UTC))
print([a.lang for a in reading.articles], is_recogniser_loaded())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"['de'] {is_loaded}\n"
