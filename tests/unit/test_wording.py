"""The words of the interface: complete in every language, with the dates of the CLDR."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Formatter

import pytest
from markupsafe import Markup

from aggregator.publish import wording
from aggregator.publish.wording import Wording, language_of_words, languages, words_of

MORNING = datetime(2026, 11, 25, 5, 15, tzinfo=UTC)
ENGLISH = words_of("en")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", sorted(languages()))
def test_every_language_has_every_text_with_the_same_values(language: str) -> None:
    texts = words_of(language)
    assert list(texts) == list(ENGLISH)
    for key, text in texts.items():
        english = ENGLISH[key]
        assert isinstance(text, str) == isinstance(english, str), key
        if isinstance(text, str) or isinstance(english, str):
            assert fields(str(text)) == fields(str(english)), key
            continue
        assert fields(text["other"]) == fields(english["other"]), key
        for form in text.values():
            assert form
            assert fields(form) <= fields(english["other"]), key


def test_every_text_is_used() -> None:
    """Those of digests by interval and of problems of sources are named by their parts."""
    sources = Path(wording.__file__).parents[1].rglob("*")
    code = "".join(path.read_text("utf-8") for path in sources if path.suffix in (".py", ".html"))
    by_part = ("digest.daily", "digest.weekly", "status.")
    named = {key for key in ENGLISH if f'"{key}"' in code or f"'{key}'" in code}
    unused = [key for key in ENGLISH if key not in named and not key.startswith(by_part)]
    assert unused == []


def test_english_german_and_french_have_words() -> None:
    assert languages() >= {"en", "de", "fr"}


@pytest.mark.parametrize(
    ("language", "words"),
    [("de-AT", "de"), ("FR", "fr"), ("en-GB", "en"), ("sw", "en"), ("", "en")],
)
def test_a_language_without_words_has_the_english_ones(language: str, words: str) -> None:
    assert language_of_words(language) == words


@pytest.mark.parametrize(
    ("language", "number", "text"),
    [
        ("en", 1, "1 article"),
        ("en", 2, "2 articles"),
        ("en", 12_345, "12,345 articles"),
        ("de", 12_345, "12.345 Artikel"),
        ("fr", 0, "0 article"),
        ("fr", 2, "2 articles"),
    ],
)
def test_the_forms_of_numbers(language: str, number: int, text: str) -> None:
    assert Wording(language)("story.articles", number) == text


@pytest.mark.parametrize(
    ("ago", "english", "german"),
    [
        (timedelta(seconds=-30), "1 min ago", "vor 1 Min."),
        (timedelta(minutes=59, seconds=59), "59 min ago", "vor 59 Min."),
        (timedelta(hours=3, minutes=59), "3 hr ago", "vor 3 Std."),
        (timedelta(hours=47), "1 day ago", "vor 1 Tag"),
        (timedelta(days=8), "17 Nov", "17. Nov."),
    ],
)
def test_ages(ago: timedelta, english: str, german: str) -> None:
    moment = MORNING - ago
    assert Wording("en").age(moment, MORNING) == english
    assert Wording("de").age(moment, MORNING).startswith(german)


def test_dates_by_language_and_zone() -> None:
    late = datetime(2026, 7, 31, 23, 30, tzinfo=UTC)
    english, german = Wording("en"), Wording("de", "Europe/Berlin")
    assert english.when(late) == "31 Jul, 23:30 UTC"
    assert german.when(late) == "1. Aug., 01:30 CEST"
    assert english.moment(late) == "31 Jul 2026, 23:30 UTC"
    assert german.full_day(late) == "Samstag, 1. August 2026"
    assert german.date_of(late).day == 1
    assert Wording("en", "America/Sao_Paulo").zone(late) == "UTC-03"


def test_the_names_of_languages_are_their_own() -> None:
    wording = Wording("en")
    assert [wording.language_name(code) for code in ("de", "ar", "pt-BR", "xx-none")] == [
        "Deutsch",
        "العربية",
        "português",
        "xx-none",
    ]


def test_values_are_escaped_beside_markup() -> None:
    text = Wording("en")("subscribe.once_a_day", feed=Markup("<a>x</a>"))
    assert text == "Or once a day: <a>x</a>"
    mixed = Wording("en")("digest.and_more", 2, publishers=Markup("<b>A</b>"), n="<i>")
    assert mixed == "<b>A</b> and &lt;i&gt; more"


def test_an_unknown_key_and_a_missing_value_are_errors() -> None:
    with pytest.raises(KeyError):
        Wording("en")("story.nothing")
    with pytest.raises(KeyError):
        Wording("en")("whole_story.read_at")
