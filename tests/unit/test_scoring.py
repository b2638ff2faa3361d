"""Scores of merging, compared with figures calculated by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aggregator.evaluation import (
    adjusted_rand,
    b_cubed,
    merged_singletons,
    pairwise,
    pure_stories,
    whole_events,
)
from tests.conftest import program

GOLD = {"a": 1, "b": 1, "c": 1, "d": 2, "e": 2}


def test_a_perfect_merging_scores_1() -> None:
    stories = {"a": "x", "b": "x", "c": "x", "d": "y", "e": "y"}
    assert b_cubed(GOLD, stories).f1 == pairwise(GOLD, stories).f1 == 1.0
    assert adjusted_rand(GOLD, stories) == 1.0


def test_scores_against_figures_calculated_by_hand() -> None:
    stories = {"a": "x", "b": "x", "c": "y", "d": "y"}  # e is found nowhere
    cubed = b_cubed(GOLD, stories)
    assert cubed.precision == pytest.approx((1 + 1 + 1 / 2 + 1 / 2 + 1) / 5)
    assert cubed.recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 / 2 + 1 / 2) / 5)
    pairs = pairwise(GOLD, stories)
    assert (pairs.precision, pairs.recall) == (1 / 2, 1 / 4)
    assert adjusted_rand(GOLD, stories) == pytest.approx((1 - 0.8) / (3 - 0.8))


def test_merging_nothing_has_a_precision_of_1() -> None:
    assert b_cubed(GOLD, {}).precision == 1.0
    assert pairwise(GOLD, {}).precision == 1.0


def test_pure_stories_whole_events_and_articles_alone_in_theirs() -> None:
    gold = GOLD | {"f": 3, "g": 4, "h": 5}
    stories = {"a": "x", "b": "x", "c": "y", "f": "y", "d": "z", "e": "z", "g": "g"}
    assert pure_stories(gold, stories) == (2, 3)  # x and z of x, y and z; g is of one article
    assert whole_events(gold, stories) == (1, 2)  # d and e; a, b and c are in two stories
    assert merged_singletons(gold, stories) == (1, 3)  # f of f, g and h; h is found nowhere


def test_a_story_of_two_events_is_not_pure_and_makes_none_less_whole() -> None:
    everything = dict.fromkeys(GOLD, "x")
    assert pure_stories(GOLD, everything) == (0, 1)
    assert whole_events(GOLD, everything) == (2, 2)
    assert merged_singletons(GOLD, everything) == (0, 0)


def test_where_nothing_is_merged_no_story_counts() -> None:
    assert pure_stories(GOLD, {}) == (0, 0)
    assert whole_events(GOLD, {}) == (0, 2)
    assert merged_singletons({"a": 1, "b": 2}, {}) == (0, 2)


def test_articles_beside_the_gold_make_no_story_impure() -> None:
    stories = {"a": "x", "b": "x", "c": "x", "other": "x", "d": "y", "e": "y"}
    assert pure_stories(GOLD, stories) == (2, 2)
    assert b_cubed(GOLD, stories).f1 == 1.0


def test_evaluate_prints_figures_and_names_a_bad_line(tmp_path: Path) -> None:
    lines = [
        {"url": "https://e.com/1", "title": "One", "cluster": "x", "related": ["https://e.com/2"]},
        {"url": "https://e.com/2", "title": "Two", "cluster": "x"},
        {"url": "https://e.com/3", "title": "Three", "cluster": "x"},
    ]
    file = tmp_path / "gold.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines))
    printed = program("evaluate", str(file), "--now", "2026-11-22T12:00:00Z").stdout
    assert "stories found            2" in printed
    assert "Worst misses" in printed
    figures = json.loads(program("evaluate", str(file), "--json").stdout)
    assert figures["B-cubed precision"] == 1.0
    file.write_text("{}")
    assert "gold.jsonl:1" in program("evaluate", str(file), code=1).stderr
