"""The parts of merging by text: words, repeats, statistics of an epoch, features, clusters."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.lexicon import load_lexicon
from aggregator.merge import Epochs, MergeOptions, Statistics
from aggregator.merge.similarity.clusters import Groups, Links, agglomerate, log_odds
from aggregator.merge.similarity.compare import cohesion, compare, compare_groups
from aggregator.merge.similarity.feature_names import NAMES
from aggregator.merge.similarity.features import features
from aggregator.merge.similarity.index import TextIndex
from aggregator.merge.similarity.rarity import Lexicon, Rarity, no_lexicon
from aggregator.merge.similarity.repeats import learn_repeats, terms
from aggregator.merge.similarity.words import words
from aggregator.model import Article, CleanText, Publisher, Verdict
from aggregator.read.language_detection import recognised_languages
from aggregator.store import open_store
from tests.conftest import NOW, article


def piece(title: str, publisher: str = "A", excerpt: str = "", hours: float = 0) -> Article:
    """An article in English."""
    name = f"{publisher}-{title[:30]}-{hours}".replace(" ", "-")
    base = article(name, title=title, verdict=Verdict.NONE, quality=87)
    return replace(
        base,
        publisher=Publisher(CleanText(publisher)),
        excerpt=CleanText(excerpt),
        lang=CleanText("en"),
        published=NOW - timedelta(hours=hours),
    )


# ------------------------------------------------------------ words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Pope’s Visits", ("the", "pope", "visit")),
        ("l'Économie İran’dan", ("econom", "iran")),
        ("Straße STRASSE", ("strass", "strass")),
        ("東京五輪", ("東京", "京五", "五輪")),
        ("테스트를", ("테스", "스트", "트를")),
        ("$1B and 1 billion", ("1", "billio", "and", "1", "billio")),
        ("1,200 2,50 v1.2.0", ("1200", "2.5", "1.2.0")),
        ("U.S. talks", ("us", "talk")),
        ("Ｗｉｄｅ", ("wide",)),
    ],
)
def test_terms(text: str, expected: tuple[str, ...]) -> None:
    assert terms(words(text)) == expected


def test_traditional_characters_are_read_as_simplified_ones() -> None:
    simplified = load_lexicon().simplified
    assert terms(words("韓國領事館", simplified)) == terms(words("韩国领事馆"))


def test_the_first_word_of_a_sentence_is_marked() -> None:
    starts = [word.surface for word in words("Rain falls. The sun: Later snow") if word.starts]
    assert starts == ["Rain", "The", "Later"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Der Bundestag hat am Freitag den Haushalt beschlossen", "de"),
        ("The parliament passed the budget on Friday", "en"),
        ("Le parlement a adopté le budget vendredi", "fr"),
        ("국회가 금요일에 예산안을 통과시켰다", "ko"),
        ("議会は金曜日に予算案を可決した", "ja"),
        ("v1.2", ""),
    ],
)
def test_languages_are_recognised(text: str, language: str) -> None:
    assert recognised_languages([text])[0] == language


# ------------------------------------------------------------ what publishers repeat


def test_openings_endings_and_passages_that_a_publisher_repeats_are_cut() -> None:
    subjects = ("whales", "maps", "salt", "knots", "ferries", "cranes")
    texts = [
        (
            words(f"Harbour podcast episode: {subject} - Castaway Radio"),
            words(f"We talk about {subject}. Get ten percent off a mattress."),
        )
        for subject in subjects
    ]
    title, excerpt = learn_repeats(texts).cut(*texts[0])
    assert terms(title) == ("episod", "whale")
    assert terms(excerpt) == ("whale",)


def test_an_opening_of_two_titles_is_no_template() -> None:
    texts = [(words(f"Storm closes port in {place}"), words("")) for place in ("Oslo", "Bergen")]
    assert learn_repeats(texts).cut(*texts[0])[0] == texts[0][0]


def test_copies_of_one_title_are_no_template() -> None:
    copies = [(words("Storm closes the port in Oslo"), words(""))] * 6
    assert learn_repeats(copies).cut(*copies[0])[0] == copies[0][0]
    several = [
        *copies,
        *((words(f"Storm closes the port in {p}"), words("")) for p in ("Rome", "Riga")),
    ]
    assert learn_repeats(several).cut(*copies[0])[0] == copies[0][0]


# ------------------------------------------------------------ statistics


def test_the_weight_of_a_word_is_the_negative_logarithm_of_its_probability() -> None:
    articles = [piece(f"zebra number{n}", f"P{n}") for n in range(10)]
    rarity = Rarity(Statistics.learned(articles, NOW, {}), no_lexicon())
    chance = (10 + 0.5) / (10 + 300 + 1)
    assert rarity.worth("en", "", "zebra") == pytest.approx(-log(chance))
    assert rarity.worth("en", "", "unseen") == pytest.approx(-log(0.5 / 311))


def test_a_word_that_one_publisher_repeats_stays_rare_for_others() -> None:
    articles = [piece(f"zebra number{n}", "Zoo") for n in range(16)]
    statistics = Statistics.learned(articles, NOW, {})
    assert statistics.languages["en"].documents["zebra"] == 1 + 4  # 1 + log2(16)
    rarity = Rarity(statistics, no_lexicon())
    assert rarity.worth("en", "Zoo", "zebra") < rarity.worth("en", "Other", "zebra")


def test_words_that_are_common_in_the_language_weigh_little_in_a_small_store() -> None:
    frequencies = {"en": {"the": 0.05, "murder": 0.0001}}
    lexicon = Lexicon(lambda language: frequencies.get(language, {}), {})
    rarity = Rarity(Statistics.learned([piece("the murder of oakmoor")], NOW, {}), lexicon)
    worth = [rarity.worth("en", "", term) for term in ("the", "murder", "oakmoo")]
    assert worth == sorted(worth)
    assert worth[0] < 2 < worth[2] - worth[0]


def test_an_epoch_ends_after_a_day_by_growth_and_with_a_new_publisher() -> None:
    articles = [piece(f"story number{n}", "A") for n in range(10)]
    statistics = Statistics.learned(articles, NOW, {})
    assert not statistics.is_outdated(articles, NOW + timedelta(hours=23))
    assert statistics.is_outdated(articles, NOW + timedelta(hours=24))
    assert statistics.is_outdated([*articles, *articles[:6]], NOW)
    newcomers = [piece(f"post number{n}", "B") for n in range(3)]
    assert not statistics.is_outdated([*articles[:7], *newcomers[:2]], NOW)
    assert statistics.is_outdated([*articles[:7], *newcomers], NOW)


def test_statistics_survive_the_store() -> None:
    articles = [
        piece(f"Daily quiz about subject {n}", "A", "Play it now, every day.", n) for n in range(9)
    ]
    statistics = Statistics.learned(articles, NOW, {})
    store = open_store("sqlite://")
    assert store.statistics() is None
    store.save(statistics=statistics)
    assert store.statistics() == statistics
    store.close()


# ------------------------------------------------------------ pairs

TITLES = st.lists(
    st.sampled_from("quake chile tsunami warning oslo bergen ferry storm port of the 12".split()),  # noqa: SIM905
    min_size=2,
    max_size=7,
).map(" ".join)


@given(st.lists(st.tuples(TITLES, st.sampled_from("AB"), TITLES), min_size=2, max_size=6))
@settings(max_examples=60, deadline=None)
def test_the_features_of_a_pair_are_symmetric_and_do_not_depend_on_other_articles(
    texts: list[tuple[str, str, str]],
) -> None:
    articles = [piece(title, name, excerpt, n) for n, (title, name, excerpt) in enumerate(texts)]
    statistics = Statistics.learned(articles, NOW, {})
    whole = TextIndex(statistics, no_lexicon)
    rows = whole.corpus.add(articles)
    alone = TextIndex(statistics, no_lexicon)
    pair = alone.corpus.add([articles[-1], articles[0]])
    hours = np.array([3.0], np.float32)
    first = features(whole.corpus, rows[:1], rows[-1:], hours)
    assert first == pytest.approx(features(whole.corpus, rows[-1:], rows[:1], hours), abs=1e-5)
    assert first == pytest.approx(features(alone.corpus, pair[:1], pair[1:], hours), abs=1e-5)


def test_links_of_articles_added_one_by_one_are_those_of_all_at_once() -> None:
    titles = [
        f"{a} {b} in the harbour of Oslo"
        for a in ("Storm", "Fire", "Strike", "Quake")
        for b in ("closes port", "halts ferries", "stops trains")
    ]
    articles = [piece(title, f"P{n}", hours=n) for n, title in enumerate(titles)]
    statistics = Statistics.learned(articles, NOW, {})
    window = timedelta(hours=72)

    def links(index: TextIndex, new: list[Article], earlier: list[Article]) -> set[tuple[str, str]]:
        rows = index.corpus.add([*earlier, *new])
        times = index.publication_times(rows, [*earlier, *new], window)
        key_of = dict(zip(rows.tolist(), [a.key for a in [*earlier, *new]], strict=True))
        first, second, _ = index.links(rows[len(earlier) :], times)
        pairs = zip(first.tolist(), second.tolist(), strict=True)
        return {tuple(sorted((key_of[a], key_of[b]))) for a, b in pairs}

    at_once = links(TextIndex(statistics, no_lexicon), articles, [])
    growing = TextIndex(statistics, no_lexicon)
    one_by_one: set[tuple[str, str]] = set()
    for number, newest in enumerate(articles):
        one_by_one |= links(growing, [newest], articles[:number])
    assert at_once
    assert one_by_one == at_once


def test_a_name_of_several_words_counts_as_one_shared_unit() -> None:
    articles = [
        piece("Rick and Morty creator wants more episodes", "A"),
        piece("Why Rick and Morty hides a plan", "B"),
        piece("Morty asks creator about Rick", "C"),
    ]
    index = Epochs(load_lexicon).index(articles, NOW)
    rows = index.corpus.add(articles)
    hours = np.zeros(2, np.float32)
    table = features(index.corpus, rows[[0, 0]], rows[[1, 2]], hours)
    together, apart = table[:, NAMES.index("units_most")]
    assert (together, apart) == (1, 3)


def test_explaining_names_the_words_the_reasons_and_the_weakest_member() -> None:
    quake = piece("Strong earthquake shakes northern Chile, tsunami warning issued", "A", hours=5)
    quake_too = piece("Tsunami warning after strong earthquake hits northern Chile", "B", hours=3)
    museum = piece("Museum of modern art shows forgotten Polish painters", "C", hours=2)
    index = Epochs(load_lexicon).index([quake, quake_too, museum], NOW)
    options = MergeOptions()
    evidence = compare(quake, quake_too, options, index)
    assert {"chile", "tsunam", "earthq"} <= {word for word, _ in evidence.shared}
    assert evidence.probability == pytest.approx(
        compare(quake_too, quake, options, index).probability
    )
    weights = [abs(reason.adds) for reason in evidence.reasons]
    assert weights == sorted(weights, reverse=True)
    assert compare(quake, museum, options, index).probability < 0.1 < evidence.probability
    verdict = compare_groups([quake], [quake_too], options, index)
    assert verdict.odds >= verdict.threshold
    assert compare_groups([quake, quake_too], [museum], options, index).odds < verdict.threshold
    members = cohesion([quake, quake_too, museum], options, index)
    assert members[-1].article == museum
    german = replace(quake_too, lang=CleanText("de"))
    assert (
        compare(quake, german, options, index).never_compared_because
        == "they are in different languages"
    )


# ------------------------------------------------------------ clusters


def clustered(
    number: int,
    pairs: dict[tuple[int, int], float],
    least: float,
    publisher: list[int] | None = None,
    home: list[int] | None = None,
    declared: tuple[int, ...] = (),
) -> set[frozenset[int]]:
    """The stories of single articles with these probabilities."""
    groups = Groups(
        np.ones(number, np.int64),
        np.array(publisher or range(number)),
        np.array(home or [-1] * number),
        np.array([n in declared for n in range(number)]),
    )
    first, second = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    values = np.array(list(pairs.values()))
    links = Links.of(first, second, values, np.ones(len(pairs), np.int64), number)
    labels = agglomerate(groups, links, log_odds(least))
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels.tolist())}


def test_a_chain_of_similar_pairs_is_not_one_story() -> None:
    chain = {(0, 1): 0.9, (1, 2): 0.89, (2, 3): 0.9}
    assert clustered(4, chain, 0.6) == {frozenset({0, 1}), frozenset({2, 3})}


def test_articles_of_one_publisher_need_a_higher_probability() -> None:
    assert clustered(2, {(0, 1): 0.9}, 0.6) == {frozenset({0, 1})}
    assert len(clustered(2, {(0, 1): 0.9}, 0.6, publisher=[5, 5])) == 2
    assert len(clustered(2, {(0, 1): 0.9}, 0.6, publisher=[-1, -1])) == 1
    assert len(clustered(2, {(0, 1): 0.99}, 0.6, publisher=[5, 5])) == 1


def test_two_declared_stories_never_join_and_what_was_one_story_stays_one_longer() -> None:
    assert len(clustered(2, {(0, 1): 0.99}, 0.6, declared=(0, 1))) == 2
    assert len(clustered(2, {(0, 1): 0.99}, 0.6, declared=(0,))) == 1
    assert len(clustered(2, {(0, 1): 0.55}, 0.6)) == 2
    assert len(clustered(2, {(0, 1): 0.55}, 0.6, home=[7, 7])) == 1


@given(
    st.dictionaries(
        st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] < pair[1]),
        st.floats(0.05, 0.999),
        max_size=20,
    )
)
@settings(deadline=None)
def test_a_stricter_threshold_only_splits(pairs: dict[tuple[int, int], float]) -> None:
    levels = [clustered(8, pairs, least) for least in (0.3, 0.5, 0.6, 0.8)]
    for loose, strict in pairwise(levels):
        assert all(any(small <= large for large in loose) for small in strict)
