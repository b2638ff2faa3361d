"""Clustering of groups of articles: the mean over pairs, penalties and bonuses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aggregator.merge.similarity.clusters import (
    HYSTERESIS,
    ONE_PUBLISHER,
    SIZE,
    Groups,
    Links,
    agglomerate,
    log_odds,
    mean_probability,
    scores,
)

Stories = set[frozenset[int]]


@dataclass(frozen=True)
class Group:
    """A group of articles; `publisher` and `home` below 0 are none or several."""

    count: int = 1
    publisher: int = -1
    home: int = -1
    is_declared: bool = False


@dataclass(frozen=True)
class Case:
    """Groups, and links between two of them: the sum of probabilities and the number of pairs."""

    groups: Sequence[Group]
    links: dict[tuple[int, int], tuple[float, int]] = field(default_factory=dict)

    def columns(self) -> Groups:
        """The groups as the module takes them."""
        return Groups(
            np.array([group.count for group in self.groups], np.int64),
            np.array([group.publisher for group in self.groups], np.int64),
            np.array([group.home for group in self.groups], np.int64),
            np.array([group.is_declared for group in self.groups], np.bool_),
        )

    def table(self) -> Links:
        """The links as the module takes them."""
        return linked((low, high, *value) for (low, high), value in self.links.items())

    def stories(self, probability: float) -> Stories:
        """The groups of each story, by their numbers."""
        return stories_of(agglomerate(self.columns(), self.table(), log_odds(probability)))


def linked(rows: Iterable[tuple[int, int, float, int]], number: int = 100) -> Links:
    """Links between `number` groups."""
    low, high, total, pairs = np.array([*rows], float).reshape(-1, 4).T
    return Links.of(
        low.astype(np.int64), high.astype(np.int64), total, pairs.astype(np.int64), number
    )


def stories_of(labels: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Stories:
    """The positions that have each label."""
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels.tolist())}


def singles(number: int, probabilities: dict[tuple[int, int], float], **fields: Any) -> Case:
    """Groups of one article each."""
    links = {pair: (probability, 1) for pair, probability in probabilities.items()}
    return Case([Group(**fields) for _ in range(number)], links)


def odds_of(case: Case) -> float:
    """The log odds of the only link."""
    (odds,) = scores(case.columns(), case.table()).tolist()
    return float(odds)


def logit(probability: float) -> float:
    """The log odds, on no rung."""
    return float(np.log(probability / (1 - probability)))


# ------------------------------------------------------------ the mean over pairs


def test_pairs_that_were_not_compared_count_as_improbable() -> None:
    near_to_one_of_two = {(0, 1): 0.99, (1, 2): 0.9}  # mean of {0, 1} and {2}: 0.45
    assert singles(3, near_to_one_of_two).stories(0.6) == {frozenset({0, 1}), frozenset({2})}
    near_to_both = near_to_one_of_two | {(0, 2): 0.9}
    assert singles(3, near_to_both).stories(0.6) == {frozenset({0, 1, 2})}


def test_a_long_chain_is_no_story() -> None:
    chain = {(n, n + 1): 0.9 - n / 1_000 for n in range(20)}
    assert max(map(len, singles(21, chain).stories(0.6))) == 2


def test_one_link_between_two_pairs_does_not_join_them() -> None:
    """However certain: of their four pairs, three are improbable."""
    chain = {(0, 1): 0.995, (2, 3): 0.995, (1, 2): 0.99}
    assert singles(4, chain).stories(0.5) == {frozenset({0, 1}), frozenset({2, 3})}
    half = chain | {(0, 2): 0.99, (0, 3): 0.99}
    assert singles(4, half).stories(0.5) == {frozenset({0, 1, 2, 3})}


def test_of_two_large_groups_as_many_pairs_count_as_the_larger_has_articles() -> None:
    case = Case([Group(10), Group(4)], {(0, 1): (4.5, 5)})
    assert mean_probability(case.columns(), case.table()).tolist() == [pytest.approx(4.5 / 10)]
    case = Case([Group(10), Group(4)], {(0, 1): (18.0, 20)})
    assert mean_probability(case.columns(), case.table()).tolist() == [pytest.approx(18 / 20)]
    case = Case([Group(2), Group(1)], {(0, 1): (0.9, 1)})
    assert mean_probability(case.columns(), case.table()).tolist() == [pytest.approx(0.9 / 2)]


def test_links_of_the_same_two_groups_are_added_up_and_those_within_one_are_dropped() -> None:
    links = linked([(1, 0, 0.5, 1), (0, 1, 0.25, 2), (2, 2, 0.9, 1), (0, 2, 0.1, 1)])
    assert links.left.tolist() == [0, 0]
    assert links.right.tolist() == [1, 2]
    assert links.total.tolist() == [0.75, 0.1]
    assert links.pairs.tolist() == [3, 1]


# ------------------------------------------------------------ what is added and taken off


def test_the_odds_of_two_single_articles_are_those_of_their_pair() -> None:
    assert odds_of(singles(2, {(0, 1): 0.7})) == pytest.approx(logit(0.7))


def test_one_publisher_asks_more_and_several_do_not() -> None:
    pair = {(0, 1): (0.9, 1)}
    assert odds_of(Case([Group(publisher=1)] * 2, pair)) == pytest.approx(
        logit(0.9) - ONE_PUBLISHER
    )
    assert odds_of(Case([Group(publisher=1), Group(publisher=2)], pair)) == logit(0.9)
    assert odds_of(Case([Group(publisher=-1)] * 2, pair)) == logit(0.9)


def test_once_another_publisher_tells_it_too_the_third_article_is_asked_no_more() -> None:
    probabilities = {(0, 1): 0.95, (0, 2): 0.9, (1, 2): 0.9}
    groups = [Group(publisher=1), Group(publisher=2), Group(publisher=1)]
    case = Case(groups, {pair: (value, 1) for pair, value in probabilities.items()})
    assert case.stories(0.6) == {frozenset({0, 1, 2})}
    alone = Case([Group(publisher=1)] * 3, case.links)
    assert len(alone.stories(0.6)) == 3


def test_a_large_story_is_asked_less_up_to_sixteen_times_two() -> None:
    def gain(count: int) -> float:
        return odds_of(Case([Group(count), Group(count)], {(0, 1): (count**2 / 2, count**2)}))

    assert [gain(count) for count in (1, 2, 4, 16, 64)] == pytest.approx(
        [0, SIZE, 2 * SIZE, 4 * SIZE, 4 * SIZE], abs=1e-9
    )


def test_what_was_one_story_stays_one_longer() -> None:
    pair = {(0, 1): (0.55, 1)}
    assert odds_of(Case([Group(home=4)] * 2, pair)) == pytest.approx(logit(0.55) + HYSTERESIS)
    assert odds_of(Case([Group(home=4), Group(home=5)], pair)) == logit(0.55)
    assert odds_of(Case([Group(home=-1)] * 2, pair)) == logit(0.55)
    assert len(Case([Group(home=4)] * 2, pair).stories(0.6)) == 1
    assert len(Case([Group(home=4), Group(home=5)], pair).stories(0.6)) == 2
    far = {(0, 1): (0.4, 1)}
    assert len(Case([Group(home=4)] * 2, far).stories(0.6)) == 2  # the bonus is limited


def test_a_declared_story_takes_in_what_no_source_judged_and_no_other_declared_one() -> None:
    probabilities = {(0, 1): 0.99, (1, 2): 0.98, (0, 2): 0.99}
    links = {pair: (value, 1) for pair, value in probabilities.items()}
    judged, unjudged = Group(is_declared=True), Group()
    stories = Case([judged, unjudged, judged], links).stories(0.6)
    assert len(stories) == 2  # the one that is not judged goes to either, not to both
    assert all({0, 2} - story for story in stories)
    assert len(Case([judged, unjudged, unjudged], links).stories(0.6)) == 1


def test_groups_without_links_stay_alone() -> None:
    assert Case([]).stories(0.6) == set()
    assert singles(2, {}).stories(0.6) == {frozenset({0}), frozenset({1})}


def test_ties_are_broken_by_the_groups_alone() -> None:
    path = {(n, n + 1): 0.9 for n in range(6)}
    turned = dict(reversed(path.items()))
    stories = singles(7, path).stories(0.6)
    assert singles(7, turned).stories(0.6) == stories
    assert max(map(len, stories)) == 2


# ------------------------------------------------------------ laws

GROUPS = st.lists(
    st.builds(Group, st.integers(1, 40), st.integers(-1, 2), st.integers(-1, 2), st.booleans()),
    min_size=1,
    max_size=9,
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Groups of any size, publisher, home and verdict, any of them linked."""
    groups = draw(GROUPS)
    pairs = [(low, high) for high in range(len(groups)) for low in range(high)]
    links = {}
    for low, high in draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else ():
        number = draw(st.integers(1, groups[low].count * groups[high].count))
        links[low, high] = (draw(st.floats(0.05, 0.9999)) * number, number)
    return Case(groups, links)


DENSE = singles(
    7,
    {
        (0, 3): 0.8,
        (0, 4): 0.6,
        (0, 5): 0.99,
        (0, 6): 0.95,
        (1, 2): 0.6,
        (1, 3): 0.5,
        (1, 4): 0.8,
        (1, 5): 0.3,
        (2, 3): 0.8,
        (2, 5): 0.8,
        (2, 6): 0.7,
        (3, 4): 0.8,
        (3, 6): 0.3,
        (4, 5): 0.95,
        (4, 6): 0.8,
        (5, 6): 0.7,
    },
)
"""Groups that would nest no more if the rounds began at the threshold."""


@given(cases())
@example(DENSE)
@settings(max_examples=300)
def test_a_stricter_threshold_only_splits(case: Case) -> None:
    levels = [case.stories(probability) for probability in (0.2, 0.38, 0.58, 0.6, 0.78, 0.85)]
    for loose, strict in pairwise(levels):
        assert all(any(small <= large for large in loose) for small in strict)


@given(cases())
def test_no_story_has_two_declared_ones_and_every_story_is_held_by_links(case: Case) -> None:
    for story in case.stories(0.5):
        assert sum(case.groups[number].is_declared for number in story) <= 1
        held = {min(story)}
        for _ in story:
            held |= {n for pair in case.links if held & {*pair} and {*pair} <= story for n in pair}
        assert held == story


@given(cases(), st.randoms())
def test_the_order_and_the_sides_of_links_do_not_matter(case: Case, random: object) -> None:
    rows = [
        (high, low, total, pairs) if (low + high) % 2 else (low, high, total, pairs)
        for (low, high), (total, pairs) in case.links.items()
    ]
    random.shuffle(rows)  # type: ignore[attr-defined]
    labels = agglomerate(case.columns(), linked(rows), log_odds(0.5))
    assert stories_of(labels) == case.stories(0.5)


@given(cases())
def test_labels_count_up_in_the_order_of_the_groups(case: Case) -> None:
    labels = agglomerate(case.columns(), case.table(), log_odds(0.5)).tolist()
    assert list(dict.fromkeys(labels)) == list(range(len(set(labels))))
