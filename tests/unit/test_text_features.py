"""The features of two articles, compared with figures calculated by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from math import exp, log, log1p, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.merge import Lexicon, MergeOptions, Statistics
from aggregator.merge.similarity.compare import compare, compare_groups
from aggregator.merge.similarity.feature_names import MEANING, NAMES
from aggregator.merge.similarity.features import features
from aggregator.merge.similarity.index import TextIndex
from aggregator.merge.similarity.judge import Model
from aggregator.merge.similarity.publication_times import UNDATED_HOURS
from aggregator.merge.similarity.statistics import LanguageStatistics, PublisherStatistics
from aggregator.model import Article, CleanText, Publisher, Verdict
from tests.conftest import NOW, article

DOCUMENTS = {"ferry": 3.5, "oslo": 1.5, "whale": 0.5, "harbou": 7.5}
NAMES_OF_PLACES = dict.fromkeys(DOCUMENTS, 0.0) | {"oslo": 1.0}
# The chance of a term is (documents + 0.5) / (99 + 300 + 1), its worth the negative logarithm.
FERRY, OSLO, WHALE, HARBOUR, UNSEEN = log(100), log(200), log(400), log(50), log(800)
STATISTICS = Statistics(NOW, 99, {"en": LanguageStatistics(99, 10.0, DOCUMENTS, NAMES_OF_PLACES)})


def lexicon() -> Lexicon:
    """A lexicon that knows one word, which is in half of all texts."""
    return Lexicon(lambda _language: {"the": 0.05}, {})


def piece(
    title: str, excerpt: str = "", publisher: str = "", hours: float = 0, lang: str = "en"
) -> Article:
    """An article; without `publisher`, its publisher is unknown."""
    base = article(f"{title}-{hours}".replace(" ", "-"), title=title, verdict=Verdict.NONE)
    return replace(
        base,
        publisher=Publisher(CleanText(publisher)),
        excerpt=CleanText(excerpt),
        lang=CleanText(lang),
        published=NOW - timedelta(hours=hours),
    )


def compared(
    first: Article, second: Article, hours: float = 0.0, statistics: Statistics = STATISTICS
) -> dict[str, float]:
    """The features of two articles by their names."""
    index = TextIndex(statistics, lexicon)
    rows = index.corpus.add([first, second])
    table = features(index.corpus, rows[:1], rows[1:], np.array([hours], np.float32))
    return dict(zip(NAMES, table[0].tolist(), strict=True))


# ------------------------------------------------------------ by hand


def test_worth_of_what_is_shared() -> None:
    values = compared(piece("Ferry Oslo whale"), piece("Whale harbour Oslo"))
    assert values["shared"] == values["title_shared"] == pytest.approx(OSLO + WHALE)
    assert [values[f"shared_{n}"] for n in (1, 2, 3)] == pytest.approx([WHALE, OSLO, 0])
    assert values["beyond_usual"] == pytest.approx(OSLO + WHALE - 2 * 3)
    assert values["rare_shared"] == 2  # above 4.4 nats: log(100) is too, log(50) is not
    assert values["names_shared"] == values["name_shared_1"] == pytest.approx(OSLO)
    assert values["documents_1"] == pytest.approx(log1p(0.5))  # of the rarest
    assert values["documents_2"] == pytest.approx(log1p(1.5))
    assert values["only_few"] == 2


def test_containment_of_headlines() -> None:
    first, second = FERRY + OSLO + WHALE, WHALE + HARBOUR + OSLO
    both = OSLO + WHALE
    values = compared(piece("Ferry Oslo whale"), piece("Whale harbour Oslo"))
    assert values["title_in_title_most"] == pytest.approx(both / second)
    assert values["title_in_title_least"] == pytest.approx(both / first)
    assert values["title_in_text_most"] == pytest.approx(both / second)
    # An excerpt that has the missing word: the first headline is all in the second text.
    values = compared(piece("Ferry Oslo whale"), piece("Whale harbour Oslo", "ferry"))
    assert values["title_in_text_most"] == pytest.approx(1)
    assert values["title_in_text_least"] == pytest.approx(both / second)
    assert values["title_in_title_least"] == pytest.approx(both / first)
    assert values["title_in_text"] == pytest.approx(first)


def test_likeness_is_the_cosine_of_the_worths() -> None:
    values = compared(piece("Ferry Oslo whale"), piece("Whale harbour Oslo"))
    product = OSLO**2 + WHALE**2
    lengths = sqrt(FERRY**2 + OSLO**2 + WHALE**2) * sqrt(WHALE**2 + HARBOUR**2 + OSLO**2)
    assert values["cosine"] == pytest.approx(product / lengths, abs=1e-5)
    assert values["title_cosine"] == pytest.approx(product / lengths, abs=1e-5)
    same = compared(piece("Ferry Oslo whale"), piece("Whale, Oslo FERRY", hours=1))
    assert same["cosine"] == pytest.approx(1, abs=1e-5)
    assert same["spelling_cosine"] == pytest.approx(1, abs=1e-5)
    # Words of the excerpt alone count three quarters in the whole text and nothing in the title.
    beside = compared(piece("Ferry"), piece("Whale", "ferry"))
    expected = 0.75 * FERRY / sqrt(WHALE**2 + (0.75 * FERRY) ** 2)
    assert beside["cosine"] == pytest.approx(expected, abs=1e-5)
    assert beside["title_cosine"] == 0


def test_what_only_one_headline_has() -> None:
    values = compared(piece("Ferry Oslo whale"), piece("Whale harbour ferry"))
    assert values["words_apart_1"] == pytest.approx(min(OSLO, HARBOUR))
    assert values["names_apart_1"] == 0  # the second headline has no name of its own
    values = compared(piece("Oslo whale"), piece("Bergen whale"))
    assert values["words_apart"] == pytest.approx(min(OSLO, UNSEEN))
    assert values["names_apart_1"] == pytest.approx(0.3 * UNSEEN)  # an unseen word may be a name
    assert values["title_lead"] == pytest.approx(WHALE - OSLO)


def test_a_name_of_several_words_is_one_unit_worth_its_rarest_word() -> None:
    # Beside each other in both texts, in either order ...
    values = compared(piece("Oslo whale"), piece("Harbour whale Oslo"))
    assert (values["units_least"], values["units_most"]) == (1, 1)
    assert values["units_worth_most"] == pytest.approx(WHALE)
    # ... with a word between that says nothing (less than 2 nats) ...
    values = compared(piece("Oslo the whale"), piece("Oslo whale harbour"))
    assert values["units_most"] == 1
    # ... and with one between that does.
    values = compared(piece("Oslo whale"), piece("Whale harbour Oslo"))
    assert (values["units_least"], values["units_most"]) == (2, 2)
    assert values["units_worth_most"] == pytest.approx(WHALE + OSLO)
    assert values["unit_2_most"] == pytest.approx(OSLO)


def test_numbers() -> None:
    values = compared(piece("Ferry 27 2.5"), piece("Ferry 27 30"))
    assert (values["numbers_shared"], values["numbers_apart"]) == (1, 1)
    assert values["shared"] == pytest.approx(FERRY + 0.7 * UNSEEN)
    values = compared(piece("Ferry 27"), piece("Ferry", "27 whales"))
    assert values["numbers_apart"] == 0


def test_a_series_differs_in_its_numbers_alone_and_takes_a_day() -> None:
    first, second = piece("Ferry of Oslo report 8"), piece("Ferry of Oslo report 9")
    assert compared(first, second, hours=24)["next_in_series"] == 1
    assert compared(first, second, hours=3)["next_in_series"] == 0
    other_subject = piece("Whale of Oslo report 9")
    assert compared(first, other_subject, hours=24)["next_in_series"] == 0
    assert compared(first, piece("Ferry of Oslo report"), hours=24)["next_in_series"] == 0


def test_what_one_publisher_repeats_within_half_a_day() -> None:
    words = "Ferry Oslo whale harbour"
    first, second = piece(words, publisher="A", hours=1), piece(words, publisher="A")
    assert compared(first, second, hours=11)["repeated"] == 1
    assert compared(first, second, hours=13)["repeated"] == 0
    short = [piece("v1.2.0", publisher="A", hours=n) for n in (1, 2)]
    assert compared(short[0], short[1], hours=1)["repeated"] == 0  # too few words
    assert compared(first, replace(second, publisher=Publisher(CleanText("B"))), 1)["repeated"] == 0


def test_a_publisher_that_is_not_known_is_no_common_one() -> None:
    values = compared(piece("Ferry Oslo"), piece("Ferry whale"))
    assert values["same_publisher"] == values["same_publisher_shared"] == 0
    values = compared(piece("Ferry Oslo", publisher="A"), piece("Ferry whale", publisher="A"))
    assert values["same_publisher"] == 1
    assert values["same_publisher_shared"] == pytest.approx(FERRY)


def test_the_share_of_a_template() -> None:
    publishers = {"A": PublisherStatistics(12, {"ferry": 7, "oslo": 12})}
    statistics = replace(STATISTICS, publishers=publishers)
    first, second = piece("Ferry Oslo", publisher="A"), piece("Oslo ferry whale", publisher="A")
    # Besides these two, 5 of 10 titles have the first word, and all 10 have the second.
    assert compared(first, second, statistics=statistics)["template"] == pytest.approx(0.75)
    apart = replace(second, publisher=Publisher(CleanText("B")))
    assert compared(first, apart, statistics=statistics)["template"] == 0


def test_time_and_length() -> None:
    values = compared(piece("Ferry Oslo whale"), piece("Ferry"), hours=7)
    assert values["hours"] == pytest.approx(log1p(7))
    assert (values["length_least"], values["length_most"]) == (1, 3)
    assert values["length_ratio"] == pytest.approx(1 / 3)
    assert values["excerpts"] == 0
    assert compared(piece("Ferry", "the"), piece("Oslo"))["excerpts"] == 1


def test_nothing_in_common_is_nothing() -> None:
    values = compared(piece("Ferry"), piece("Whale"))
    nothing = [name for name in NAMES if "shared" in name or "cosine" in name or "unit" in name]
    assert {values[name] for name in nothing} == {0}
    empty = compared(piece(""), piece("\u2026", hours=1))
    assert all(np.isfinite(list(empty.values())))


# ------------------------------------------------------------ laws

TITLES = st.lists(
    st.sampled_from(
        ["ferry", "oslo", "whale", "harbour", "the", "12", "v1.2", "bergen", "東京五輪"]
    ),
    max_size=6,
).map(" ".join)
PIECES = st.tuples(TITLES, TITLES, st.sampled_from(["", "A", "B"]))


@given(st.lists(PIECES, min_size=2, max_size=8), st.floats(0, 72))
@settings(max_examples=80)
def test_features_are_symmetric_and_finite(
    texts: Sequence[tuple[str, str, str]], hours: float
) -> None:
    index = TextIndex(STATISTICS, lexicon)
    rows = index.corpus.add([piece(*text, hours=n) for n, text in enumerate(texts)])
    first, second = np.triu_indices(len(rows), 1)
    times = np.full(len(first), hours, np.float32)
    table = features(index.corpus, rows[first], rows[second], times)
    turned = features(index.corpus, rows[second], rows[first], times)
    assert np.isfinite(table).all()
    assert table == pytest.approx(turned, abs=1e-5)


def test_every_feature_has_a_meaning_of_its_own() -> None:
    assert tuple(MEANING) == NAMES
    assert len(set(MEANING.values())) == len(NAMES)


# ------------------------------------------------------------ the model


def index_of(bias: float, **weights: float) -> TextIndex:
    """An index with a model of these features alone, each with mean 0 and deviation 1."""
    model = Model(bias, {name: (0.0, 1.0, weight) for name, weight in weights.items()})
    return TextIndex(STATISTICS, lexicon, model)


def test_the_probability_is_the_logistic_of_the_weighted_features() -> None:
    index = index_of(-1.0, rare_shared=0.7, hours=-0.5)
    first, second = piece("Ferry Oslo whale"), piece("Whale harbour Oslo", hours=3)
    evidence = compare(first, second, MergeOptions(), index)
    assert evidence.probability == pytest.approx(1 / (1 + exp(1 - 0.7 * 2 + 0.5 * log1p(3))))
    reasons = {reason.meaning: (reason.value, reason.adds) for reason in evidence.reasons}
    assert reasons[MEANING["rare_shared"]] == pytest.approx((2, 1.4))
    assert reasons[MEANING["hours"]] == pytest.approx((log1p(3), -0.5 * log1p(3)))


def test_a_feature_that_is_far_out_says_no_more() -> None:
    table = np.zeros((2, len(NAMES)), np.float32)
    table[:, NAMES.index("shared")] = (5.0, 500.0)
    model = Model(0.0, {"shared": (0.0, 1.0, 0.3)})
    assert model.probabilities(table).tolist() == pytest.approx([1 / (1 + exp(-1.5))] * 2)


def test_the_weightiest_reasons_come_first_and_the_rarest_words() -> None:
    index = index_of(0.0, cosine=0.1, shared=2.0, hours=-1.0)
    evidence = compare(
        piece("Ferry Oslo whale"), piece("Whale ferry", hours=3), MergeOptions(), index
    )
    assert [reason.meaning for reason in evidence.reasons] == [
        MEANING["shared"],
        MEANING["hours"],
        MEANING["cosine"],
    ]
    assert [word for word, _ in evidence.shared] == ["whale", "ferry"]
    assert [worth for _, worth in evidence.shared] == pytest.approx([WHALE, FERRY])
    assert evidence.never_compared_because == ""


def test_what_is_never_compared_is_said() -> None:
    index = index_of(5.0, excerpts=0.0)
    old, new = piece("Ferry Oslo", hours=100), piece("Ferry Oslo")
    assert "merge.window" in compare(old, new, MergeOptions(), index).never_compared_because
    assert compare(old, new, MergeOptions(window=None), index).never_compared_because == ""
    unknown = replace(new, lang=CleanText(""))
    assert (
        "different languages" in compare(new, unknown, MergeOptions(), index).never_compared_because
    )
    regional = replace(piece("Ferry whale"), lang=CleanText("en-GB"))
    assert compare(new, regional, MergeOptions(), index).never_compared_because == ""
    # Two stories are judged by the pairs that are compared; the others count as improbable.
    assert compare_groups([new], [regional], MergeOptions(), index).probability > 0.99
    assert compare_groups([new], [unknown], MergeOptions(), index).probability == 0
    assert compare_groups([new], [regional, unknown], MergeOptions(), index).probability < 0.5


def test_two_articles_without_a_date_count_as_usually_near() -> None:
    index = index_of(0.0, hours=1.0)
    first, second = piece("Ferry Oslo"), replace(piece("Ferry whale", hours=500), dated=False)
    evidence = compare(first, second, MergeOptions(), index)
    assert evidence.never_compared_because == ""
    assert evidence.reasons[0].value == pytest.approx(log1p(UNDATED_HOURS))
    evidence = compare(first, piece("Ferry", hours=500), MergeOptions(window=None), index)
    assert evidence.reasons[0].value == pytest.approx(log1p(UNDATED_HOURS))


# ------------------------------------------------------------ candidates


def test_the_rows_of_a_large_index_are_looked_up_as_those_of_a_new_one() -> None:
    """Rows that are added to a large index are searched apart until the index is built again."""
    pieces = [piece(f"{10_000 + n % 1_100} {20_000 + n % 1_100}", hours=n) for n in range(2_300)]
    index = TextIndex(STATISTICS, lexicon)

    def links(earlier: Sequence[Article], new: Sequence[Article]) -> set[tuple[int, int]]:
        rows = index.corpus.add([*earlier, *new])
        times = index.publication_times(rows, [*earlier, *new], None)
        first, second, _ = index.links(rows[len(earlier) :], times)
        return set(zip(first.tolist(), second.tolist(), strict=True))

    grown = links([], pieces[:100]) | links(pieces[:100], pieces[100:150])
    grown |= links(pieces[:150], pieces[150:2_250]) | links(pieces[:2_250], pieces[2_250:])
    expected = {(n, n + step) for step in (1_100, 2_200) for n in range(2_300 - step)}
    assert grown == expected
