"""The statistics of an epoch: what is counted, when they are learned again, how they are stored."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from math import log, log2
from pathlib import Path
from random import Random

import pytest

from aggregator.lexicon import load_lexicon
from aggregator.merge import (
    Epochs,
    Lexicon,
    MergeOptions,
    Statistics,
    merge,
    no_lexicon,
)
from aggregator.merge.similarity.rarity import Rarity
from aggregator.merge.similarity.statistics import LanguageStatistics, PublisherStatistics
from aggregator.model import Article, CleanText, Publisher, Verdict
from aggregator.store import open_store
from aggregator.store.epoch_rows import epoch_row, statistics_of
from tests.conftest import NOW, article

HOUR = timedelta(hours=1)


def piece(
    number: int, title: str, publisher: str = "A", excerpt: str = "", lang: str = "en"
) -> Article:
    """An article that is `number` minutes old."""
    base = article(f"{publisher}/{number}", title=title, verdict=Verdict.NONE)
    return replace(
        base,
        publisher=Publisher(CleanText(publisher)),
        excerpt=CleanText(excerpt),
        lang=CleanText(lang),
        published=NOW - timedelta(minutes=number),
    )


SUBJECTS = [
    "whales",
    "maps",
    "salt",
    "knots",
    "ferries",
    "cranes",
    "bees",
    "wool",
    "glass",
    "lamps",
    "rope",
    "tides",
    "bread",
    "clay",
    "ink",
    "moss",
]
EPISODES = [
    piece(
        n,
        f"Harbour hour: all about {subject}",
        "Castaway",
        f"We talk about {subject}. Find the hosts at castaway dot example.",
    )
    for n, subject in enumerate(SUBJECTS)
]


# ------------------------------------------------------------ what is counted


def test_documents_and_terms_are_counted_per_language() -> None:
    statistics = Statistics.learned(
        [
            piece(1, "Ferry leaves Oslo", "A", "The ferry of Oslo sails"),
            piece(2, "Storm in Oslo", "B", "In Oslo the storm stays"),
            piece(3, "Fähre fährt ab", "C", lang="de-AT"),
        ],
        NOW,
        {},
    )
    english = statistics.languages["en"]
    assert (statistics.articles, english.articles) == (3, 2)
    assert english.documents["oslo"] == 2  # once per article
    assert english.documents["ferry"] == 1
    assert english.terms_per_article == (6 + 5) / 2
    assert statistics.languages.keys() == {"en", "de"}  # without the region
    assert statistics.languages["de"].documents["fahrt"] == 1
    assert "fahrt" not in english.documents


def test_words_capitalised_inside_sentences_are_names() -> None:
    articles = [
        piece(n, f"Title Case Says Nothing {n}", f"P{n}", "Rain fell on Oslo. Rain stays in town.")
        for n in range(5)
    ]
    names = Statistics.learned(articles, NOW, {}).languages["en"].names
    assert names["oslo"] > 0.7 > 0.3 > names["town"]
    assert "rain" not in names  # only at the start of sentences
    assert "nothin" not in names  # only in titles in title case


def test_the_repeats_of_one_publisher_are_damped_and_those_of_many_are_not() -> None:
    by_one = [piece(n, f"zebra {subject}", "Zoo") for n, subject in enumerate(SUBJECTS[:8])]
    by_many = [piece(n, f"okapi {subject}", f"P{n}") for n, subject in enumerate(SUBJECTS[:8])]
    documents = Statistics.learned([*by_one, *by_many], NOW, {}).languages["en"].documents
    assert documents["zebra"] == 1 + log2(8)
    assert documents["okapi"] == 8


def test_articles_without_a_publisher_are_not_counted_as_one() -> None:
    articles = [piece(n, f"zebra {subject}", "") for n, subject in enumerate(SUBJECTS[:8])]
    statistics = Statistics.learned(articles, NOW, {})
    assert statistics.languages["en"].documents["zebra"] == 8
    assert statistics.publishers == {}


def test_statistics_do_not_depend_on_the_order_of_articles() -> None:
    articles = [*EPISODES, *(piece(n, f"zebra {s}", "Zoo") for n, s in enumerate(SUBJECTS))]
    shuffled = list(articles)
    Random(1).shuffle(shuffled)
    assert Statistics.learned(shuffled, NOW, {}) == Statistics.learned(articles, NOW, {})


# ------------------------------------------------------------ what is repeated


def test_the_template_and_the_show_notes_are_cut_before_anything_is_counted() -> None:
    statistics = Statistics.learned(EPISODES, NOW, {})
    documents = statistics.languages["en"].documents
    assert {"harbou", "hosts", "castaw", "exampl"}.isdisjoint(documents)
    assert {"whale", "wool", "ink"} <= documents.keys()


def test_a_passage_in_few_of_many_posts_is_not_cut() -> None:
    posts = [
        piece(n, f"{subject} report", "Blog", f"{subject} sails")
        for n, subject in enumerate(SUBJECTS * 2)
    ]
    rare = [replace(post, excerpt=CleanText("the lighthouse burned down")) for post in posts[:4]]
    statistics = Statistics.learned([*rare, *posts[4:]], NOW, {})  # 4 of 32 are fewer than 15 %
    assert "lighth" in statistics.languages["en"].documents
    statistics = Statistics.learned([*rare, *posts[4:20]], NOW, {})  # 4 of 20 are more
    assert "lighth" not in statistics.languages["en"].documents


def test_at_least_two_words_of_a_title_are_kept() -> None:
    briefings = [piece(n, "Morning briefing", "Paper") for n in range(12)]
    statistics = Statistics.learned(briefings, NOW, {})
    assert {"mornin", "briefi"} <= statistics.languages["en"].documents.keys()


# ------------------------------------------------------------ worth


def statistics_with(documents: dict[str, float], articles: int = 99) -> Statistics:
    """Statistics of English alone."""
    return Statistics(NOW, articles, {"en": LanguageStatistics(articles, 10.0, documents)})


def test_numbers_weigh_less_than_words_and_single_digits_least() -> None:
    rarity = Rarity(statistics_with({"whale": 3.5, "27": 3.5, "7": 3.5}), no_lexicon())
    whole = log(100)  # (3.5 + 0.5) / (99 + 300 + 1)
    worth = [rarity.worth("en", "", term) for term in ("whale", "27", "7")]
    assert worth == pytest.approx([whole, 0.7 * whole, 0.4 * whole])


def test_a_large_event_does_not_make_its_own_words_common() -> None:
    """Beyond a dozen articles the count goes on more slowly than the articles come."""
    rarity = Rarity(statistics_with({"quake": 60.0}, 1_000), no_lexicon())
    assert rarity.worth("en", "", "quake") > -log(60.5 / 1_301) + 0.5


def test_words_that_a_publisher_uses_often_weigh_less_in_its_articles_alone() -> None:
    statistics = replace(
        statistics_with({}), publishers={"Zoo": PublisherStatistics(100, {"zebra": 99})}
    )
    rarity = Rarity(statistics, no_lexicon())
    # Half by the titles of all others (1 in 800), half by its own (99 of 100).
    assert rarity.worth("en", "Zoo", "zebra") == pytest.approx(-log((99 + 100 / 800) / 200))
    assert rarity.worth("en", "Other", "zebra") == pytest.approx(log(800))


def test_the_frequency_of_a_word_counts_in_its_language_alone() -> None:
    tables = {"en": {"gift": 0.01}}
    rarity = Rarity(statistics_with({}), Lexicon(lambda language: tables.get(language, {}), {}))
    assert rarity.worth("en", "", "gift") + 2 < rarity.worth("de", "", "gift")


# ------------------------------------------------------------ when an epoch ends


def test_an_epoch_that_begins_in_the_future_is_outdated() -> None:
    statistics = Statistics.learned(EPISODES, NOW, {})
    assert statistics.is_outdated(EPISODES, NOW - HOUR)


def test_an_epoch_ends_when_the_window_grows_by_more_than_half_but_not_when_it_shrinks() -> None:
    statistics = Statistics.learned(EPISODES[:10], NOW, {})
    assert not statistics.is_outdated(EPISODES[:15], NOW)
    assert statistics.is_outdated(EPISODES, NOW)
    assert not statistics.is_outdated(EPISODES[:1], NOW)


def test_articles_without_a_publisher_do_not_end_an_epoch() -> None:
    statistics = Statistics.learned(EPISODES, NOW, {})
    anonymous = [piece(n, f"zebra {n}", "") for n in range(4)]
    assert not statistics.is_outdated([*EPISODES, *anonymous], NOW)
    named = [
        replace(anonymous_article, publisher=Publisher(CleanText("Zoo")))
        for anonymous_article in anonymous
    ]
    assert statistics.is_outdated([*EPISODES, *named], NOW)


def test_a_new_publisher_ends_the_epoch_of_a_large_window_after_some_time() -> None:
    statistics = replace(Statistics.learned(EPISODES, NOW, {}), articles=100_000)
    assert not statistics.is_over(
        100_000, has_new_publisher=True, now=NOW + HOUR - timedelta(seconds=1)
    )
    assert statistics.is_over(100_000, has_new_publisher=True, now=NOW + HOUR)
    assert not statistics.is_over(100_000, has_new_publisher=False, now=NOW + HOUR)


def no_statistics() -> Statistics | None:
    """A store without statistics."""
    return None


def window(number: int) -> Collection[Article]:
    """The first articles of the podcast."""
    return EPISODES[:number]


def test_the_index_is_reused_until_it_is_outdated_and_new_statistics_are_handed_over() -> None:
    epochs = Epochs(no_lexicon, no_statistics)
    first = epochs.index(window(10), NOW)
    assert epochs.renewed == first.statistics == Statistics.learned(window(10), NOW, {})
    epochs.renewed = None
    assert epochs.index(window(11), NOW + HOUR) is first
    assert epochs.renewed is None
    tomorrow = epochs.index(window(11), NOW + 24 * HOUR)
    assert tomorrow is not first
    assert epochs.renewed == tomorrow.statistics


def test_stored_statistics_are_used_while_they_are_in_force() -> None:
    stored = Statistics.learned(window(10), NOW, {})
    epochs = Epochs(no_lexicon, lambda: stored)
    assert epochs.index(window(12), NOW + HOUR).statistics is stored
    assert epochs.renewed is None
    epochs = Epochs(no_lexicon, lambda: stored)
    assert epochs.index(window(16), NOW + HOUR).statistics.learned_at == NOW + HOUR
    assert epochs.renewed is not None


def test_growth_is_reported_once_and_a_new_day_is_not_growth() -> None:
    epochs = Epochs(no_lexicon, no_statistics)
    epochs.index(window(10), NOW)
    assert (epochs.take_growth(), epochs.take_growth()) == (True, False)
    epochs.index(window(10), NOW + 25 * HOUR)
    assert not epochs.take_growth()
    epochs.index(window(16), NOW + 26 * HOUR)
    assert epochs.take_growth()


def test_neither_lexicon_nor_statistics_are_loaded_if_no_text_is_compared() -> None:
    def fail() -> Lexicon:
        raise AssertionError("the lexicon was loaded")

    def fail_too() -> Statistics | None:
        raise AssertionError("the store was asked")

    articles: dict[str, Article] = {each.key: each for each in EPISODES}
    epochs = Epochs(fail, fail_too)
    merge(articles, (), NOW, MergeOptions(text=False), epochs=epochs)
    declared = merge(articles, (), NOW, epochs=Epochs(no_lexicon))
    merge(articles, declared.story_records, NOW, MergeOptions(), epochs=epochs)  # nothing is new


# ------------------------------------------------------------ the store


def rich_statistics() -> Statistics:
    """Statistics with two scripts, names, numbers and all kinds of repeats."""
    chinese = [
        piece(n, title, "甲", "關閉", "zh") for n, title in enumerate(("美國領事館", "韓國"))
    ]
    mixed = [
        piece(n, f"Ferry {n} of Oslo leaves", "B", "It was Oslo's 2.5m dream", "") for n in range(4)
    ]
    simplified = load_lexicon().simplified
    return Statistics.learned([*EPISODES, *chinese, *mixed], NOW, simplified)


def test_statistics_are_the_same_after_the_store_is_opened_again(tmp_path: Path) -> None:
    statistics = rich_statistics()
    url = f"sqlite:///{tmp_path / 'store.db'}"
    store = open_store(url)
    store.save(statistics=Statistics.learned(EPISODES, NOW - HOUR, {}))
    store.save(statistics=statistics)
    store.save()  # a save without statistics keeps them
    store.close()
    store = open_store(url)
    restored = store.statistics()
    store.close()
    assert restored == statistics
    assert restored is not None
    assert "美国" in restored.languages["zh"].documents
    assert restored.publishers["Castaway"].repeats.openings
    assert restored.publishers["Castaway"].repeats.passages
    assert restored.learned_at.tzinfo is not None


def test_the_order_of_a_set_does_not_change_the_bytes() -> None:
    assert epoch_row(rich_statistics()) == epoch_row(rich_statistics())


def test_statistics_of_another_version_are_learned_again() -> None:
    data = epoch_row(rich_statistics())["value"]
    assert isinstance(statistics_of(data), Statistics)
    value = json.loads(zlib.decompress(data))
    value["version"] += 1
    assert statistics_of(zlib.compress(json.dumps(value).encode())) is None


def test_the_time_of_statistics_is_stored_to_the_second() -> None:
    moment = datetime.fromisoformat("2026-11-22T12:34:56+00:00")
    restored = statistics_of(epoch_row(Statistics(moment))["value"])
    assert restored == Statistics(moment)
