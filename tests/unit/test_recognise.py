"""The language of texts that do not say it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.read.recognise import recognised_language


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


@pytest.mark.parametrize(
    ("headline", "alone", "usual"),
    [
        ("東京地震", "zh", "ja"),
        ("Trump Putin Alaska", "fi", "en"),
        ("Tesla Model Y Performance", "cy", "de"),
    ],
)
def test_what_could_be_many_languages_is_the_usual_one(
    headline: str, alone: str, usual: str
) -> None:
    assert recognised_language(headline) == alone
    assert recognised_language(headline, usual) == usual


@pytest.mark.parametrize("usual", ["en", "ja", "de"])
def test_a_clear_headline_keeps_its_language_among_others(usual: str) -> None:
    assert recognised_language("Путин подписал новый закон", usual) == "ru"
    assert recognised_language("Grève des trains à Paris", usual) == "fr"


@given(st.text(max_size=80))
def test_the_answer_is_a_primary_subtag_or_nothing(text: str) -> None:
    language = recognised_language(text)
    assert language == "" or (len(language) == 2 and language.isascii() and language.islower())
