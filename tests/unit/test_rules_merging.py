"""Rules of merging by text, by values that are not taken from the code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from aggregator.lexicon import load_lexicon
from aggregator.merge import STRICTNESS, Epochs, MergeOptions, Statistics, no_lexicon
from aggregator.merge.copies import copies_of
from aggregator.merge.similarity.index import TextIndex
from aggregator.merge.similarity.repeats import learn_repeats, terms
from aggregator.merge.similarity.words import words
from aggregator.model import Article, CleanText, Publisher
from tests.conftest import NOW
from tests.unit.test_clusters import Case, Group, logit, odds_of
from tests.unit.test_merge_text import ELSEWHERE, OTHERS, QUAKE, merged, piece, story_of, together


def test_the_probability_that_each_strictness_demands() -> None:
    """`normal` is 0.58; the words are 2.5, 1 and 0.45 times these odds."""
    probabilities = {
        word: MergeOptions(strictness=factor).probability for word, factor in STRICTNESS.items()
    }
    assert probabilities == {
        "strict": pytest.approx(0.775, abs=0.001),
        "normal": pytest.approx(0.58),
        "loose": pytest.approx(0.383, abs=0.001),
    }
    assert MergeOptions().window == timedelta(hours=72)


@pytest.mark.parametrize(
    ("count", "gain"), [(1, 0.0), (2, 0.4), (4, 0.8), (8, 1.2), (16, 1.6), (64, 1.6)]
)
def test_a_story_gains_with_each_doubling_up_to_sixteen_times_two(count: int, gain: float) -> None:
    case = Case([Group(count), Group(count)], {(0, 1): (count**2 / 2, count**2)})
    assert odds_of(case) == pytest.approx(gain, abs=1e-9)


def test_the_penalty_for_one_publisher_and_the_bonus_for_one_previous_story() -> None:
    pair = {(0, 1): (0.5, 1)}
    assert odds_of(Case([Group(publisher=1)] * 2, pair)) == pytest.approx(-3.0)
    assert odds_of(Case([Group(home=1)] * 2, pair)) == pytest.approx(0.3)
    assert odds_of(Case([Group(), Group()], pair)) == pytest.approx(0.0)


def test_a_stricter_threshold_only_splits_stories() -> None:
    """The third article is nearest to the fourth, but the first two together are nearer: with one
    step down to the threshold `loose` would join the last two, and `strict` the first three."""
    high, middle, low = (float(1 / (1 + np.exp(-odds))) for odds in (3.0, 1.0, 0.95))
    case = Case(
        [Group()] * 4,
        {(0, 1): (high, 1), (2, 3): (middle, 1), (0, 2): (low, 1), (1, 2): (low, 1)},
    )
    strict = case.stories(float(1 / (1 + np.exp(-1.1))))
    loose = case.stories(float(1 / (1 + np.exp(-0.9))))
    assert strict == {frozenset({0, 1, 2}), frozenset({3})}
    assert frozenset({0, 1, 2}) in loose
    assert logit(high) == pytest.approx(3.0)


def test_a_large_story_is_extended_and_never_split() -> None:
    """Above thirty articles, even if a stricter threshold would not join it now."""
    strict = MergeOptions(strictness=1e7)

    def stays(number: int) -> bool:
        many = [piece(f"p{n}", QUAKE.title, n / 10) for n in range(number)]
        first = merged(*many)
        assert together(first, *many)
        statistics = Statistics.learned([*many, *OTHERS], NOW, load_lexicon().simplified)
        near = piece("near", QUAKE.title)
        second = merged(
            *many,
            near,
            records=first.story_records,
            options=strict,
            epochs=Epochs(load_lexicon, lambda: statistics),
        )
        return len(story_of(second, many[0]).articles) >= number

    assert stays(31)
    assert not stays(5)


def long_text(name: str) -> str:
    return " ".join(f"{name}{letter}{n}x" for letter in "abcdefgh" for n in range(8))


def test_articles_with_long_texts_are_compared_if_their_headlines_share_words() -> None:
    first = piece("a", "Alpaca bamboo cactus", 2, excerpt=long_text("q"))
    second = piece("b", "Alpaca bamboo dahlia", 1, excerpt=long_text("z"))
    apart = piece("c", "Engine falcon goblet", 1, excerpt=f"{long_text('w')} Alpaca bamboo")
    index = TextIndex(Statistics(NOW), no_lexicon)
    articles = [first, second, apart]
    rows = index.corpus.add(articles)
    times = index.publication_times(rows, articles, None)
    left, right, _ = index.links(rows, times)
    assert set(zip(left.tolist(), right.tolist(), strict=True)) == {(rows[0], rows[1])}


def test_a_new_article_elsewhere_leaves_a_story_together() -> None:
    first = merged(
        QUAKE, piece("b", "Tsunami warning after strong earthquake in northern Chile", 3)
    )
    second = merged(
        QUAKE,
        piece("b", "Tsunami warning after strong earthquake in northern Chile", 3),
        piece("new", ELSEWHERE),
        records=first.story_records,
    )
    assert len(story_of(second, QUAKE).articles) == 2


def paper(name: str, title: str, excerpt: str = "", hours: float = 1) -> Article:
    return replace(
        piece(name, title, hours),
        excerpt=CleanText(excerpt),
        publisher=Publisher(CleanText(name.title())),
    )


TEXT = "Officials said on Friday that the dam will be repaired before the next winter begins."


def test_which_article_is_a_copy_of_which() -> None:
    def copies(*papers: Article) -> dict[str, str]:
        return {
            a.removeprefix("https://"): b.removeprefix("https://")
            for a, b in copies_of(papers).items()
        }

    title = "Dam will be repaired soon"
    original, copy = paper("first", title, TEXT, 9), paper("second", title, TEXT, 3)
    third = paper("third", title, TEXT, 1)
    assert copies(third, copy, original) == {"second": "first", "third": "first"}
    different_text = (
        "A different text about the same dam, with nine or more words of its own in it."
    )
    assert copies(original, replace(copy, excerpt=CleanText(different_text))) == {}
    half_the_same = f"{TEXT[:44]} and a different end of the text it is, said others"
    assert copies(original, replace(copy, excerpt=CleanText(half_the_same))) == {}
    assert copies(original, replace(copy, excerpt=CleanText(""))) == {"second": "first"}, (
        "the title is enough"
    )
    assert copies(original, replace(copy, publisher=original.publisher)) == {}
    short = [
        replace(a, title=CleanText("Dam repaired"), excerpt=CleanText("")) for a in (original, copy)
    ]
    assert copies(*short) == {}, "two words are no evidence"
    assert copies(*(replace(a, excerpt=CleanText(TEXT)) for a in short)) == {"second": "first"}
    assert copies(original, replace(copy, title=CleanText(f"{title} - The Second Paper"))) == {
        "second": "first"
    }
    assert copies(original, replace(copy, title=CleanText("soon Repaired WILL be dam"))) == {
        "second": "first"
    }


def repeats(titles: Sequence[str], excerpts: Sequence[str] = ()) -> tuple[set[str], set[str]]:
    """Openings and passages that a publisher repeats, in words."""
    texts = [
        (words(t), words(e)) for t, e in zip(titles, excerpts or [""] * len(titles), strict=True)
    ]
    learned = learn_repeats(texts)
    return {" ".join(run) for run in learned.openings}, {" ".join(run) for run in learned.passages}


def numbered(opening: str, number: int, others: int) -> list[str]:
    words_of = [f"w{n}a x{n}b y{n}c" for n in range(number + others)]
    return [f"{opening} {text}" if n < number else text for n, text in enumerate(words_of)]


def test_an_opening_of_at_least_four_titles_and_a_tenth_of_all_is_a_template() -> None:
    assert repeats(numbered("live blog", 4, 20))[0] == {"live blog"}
    assert repeats(numbered("live blog", 3, 20))[0] == set()
    assert repeats(numbered("live blog", 10, 90))[0] == {"live blog"}
    assert repeats(numbered("live blog", 9, 91))[0] == set()


def test_a_passage_of_at_least_three_excerpts_and_15_percent_of_all_is_a_template() -> None:
    def passages(number: int, others: int) -> set[str]:
        excerpts = numbered("read our app", number, others)
        return {run for run in repeats(excerpts, excerpts)[1] if run == "read our app"}

    assert passages(3, 10) == {"read our app"}
    assert passages(2, 10) == set()
    assert passages(15, 85) == {"read our app"}
    assert passages(14, 86) == set()
    assert terms(words("Read our app")) == ("read", "our", "app")
