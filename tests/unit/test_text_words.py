"""Terms of texts, beyond the table in test_text_engine: word boundaries and endings."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.merge.similarity.repeats import terms
from aggregator.merge.similarity.words import MAX_CHARACTERS, fold, words


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ÉCOLE", "ecole"),
        ("İstanbul", "istanbul"),
        ("Straße", "STRASSE"),
        ("bank", "banks"),
        ("Regierung", "Regierungen"),
        ("America's", "America"),
        ("1,200", "1200"),
        ("2.50", "2,5"),
        ("$20B", "$20 billion"),
        ("v1.2.0", "1.2.0"),
        ("U.S.", "US"),
    ],
)
def test_two_spellings_are_one_term(first: str, second: str) -> None:
    assert terms(words(first)) == terms(words(second)) != ()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("gas", "ga"),  # a word of three letters keeps its s
        ("2.1 billion", "2.1 million"),
        ("2.1", "21"),
        ("1.2.0", "1.20"),
        ("3.125%", "3125"),
        ("0.125", "125"),
        ("V8", "8"),
        ("11", "1"),
        ("東京", "京東"),
    ],
)
def test_two_things_are_two_terms(first: str, second: str) -> None:
    assert terms(words(first)) != terms(words(second))


def test_scripts_without_spaces_are_read_in_pairs_of_characters_beside_words() -> None:
    result = words("iPhone17発売開始")
    assert terms(result) == ("iphone", "発売", "売開", "開始")
    assert [word.unspaced for word in result] == [False, True, True, True]


def test_simplified_characters_replace_traditional_ones_alone() -> None:
    simplified = {ord("國"): ord("国")}
    assert terms(words("美國 news", simplified)) == ("美国", "new")
    assert terms(words("美國")) == ("美國",)


def test_a_number_is_known_by_its_first_character() -> None:
    assert [word.is_number for word in words("2.1 billion v3 third B2B")] == [
        True,
        False,
        True,
        False,
        False,
    ]


def test_what_ends_a_sentence_makes_the_next_capital_meaningless() -> None:
    text = "Fire in Oslo \u2014 Police warn. Ferries stop, Bergen waits"
    starts = [word.surface for word in words(text) if word.starts]
    assert starts == ["Fire", "Police", "Ferries"]


def test_words_behind_the_limit_do_not_count() -> None:
    inside = "a " * (MAX_CHARACTERS // 2)
    assert len(words(inside + "whale")) == len(words(inside)) == MAX_CHARACTERS // 2


@given(st.text(max_size=300))
@example("v1..2'''’ \ud83d\ude00 ﷺ ½ ① 1e5 1,2,3,4 '' _ __a")
def test_any_text_gives_terms_that_are_folded(text: str) -> None:
    for word in words(text):
        assert word.term
        assert word.surface
        if not word.is_number:
            assert fold(word.term) == word.term
