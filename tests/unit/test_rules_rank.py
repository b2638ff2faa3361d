"""Rules of ranking and of estimated qualities, by values: formulas, limits, parts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import log10
from typing import Any

import pytest

from aggregator.model import Article, CleanText, Image, Publisher, Ranked, Story, Verdict
from aggregator.rank import Priors, RankingOptions, rank
from aggregator.rank.owners import owner
from tests.conftest import NOW, article

PLAIN = RankingOptions(quality_weight=1, coverage_weight=0, freshness_weight=0)


def recent_article(name: str, hours: float = 0, **changes: Any) -> Article:
    """An article published `hours` ago by a publisher with the name as its domain."""
    host = name.partition("/")[0]
    values = {
        "published": NOW - timedelta(hours=hours),
        "publisher": Publisher(CleanText(host), CleanText(host)),
    }
    return article(name, **{**values, **changes})


def story(lead: Article, *coverage: Article, **changes: object) -> Story:
    plain = Story(f"urn:{lead.key}", lead.title, lead.published, lead.published, lead, coverage)
    return replace(plain, **changes)  # type: ignore[arg-type]


def score(candidate: Story, options: RankingOptions) -> float:
    return ranked(candidate, options).score


def ranked(candidate: Story, options: RankingOptions) -> Ranked:
    (result,) = rank([candidate], options, NOW)
    return result


def order(stories: list[Story], options: RankingOptions) -> list[str]:
    return [
        ranked_story.story.id.removeprefix("urn:https://")
        for ranked_story in rank(stories, options, NOW)
    ]


@pytest.mark.parametrize(
    ("hours", "left"), [(0, 1.0), (12, 0.5**0.5), (24, 0.5), (48, 0.25), (240, 0.5**10)]
)
def test_the_quality_of_an_article_halves_with_each_half_life(hours: float, left: float) -> None:
    lead = recent_article("a.com", hours, quality=80)
    assert score(story(lead), PLAIN) == pytest.approx(80 * left)
    slow = replace(PLAIN, half_life=timedelta(hours=48))
    assert score(story(lead), slow) == pytest.approx(80 * left**0.5)


def test_each_weight_multiplies_its_term() -> None:
    candidate = story(
        recent_article("a.com", 24, quality=80),
        recent_article("b.com", 12),
        recent_article("c.com", 36),
    )
    none = RankingOptions(quality_weight=0, coverage_weight=0, freshness_weight=0)
    assert score(candidate, none) == 0
    assert score(candidate, replace(none, quality_weight=3)) == pytest.approx(3 * 80 / 2)
    decays = 0.5**0.25 + 0.5**0.75
    assert score(candidate, replace(none, coverage_weight=3)) == pytest.approx(3 * decays)
    assert score(candidate, replace(none, freshness_weight=3)) == pytest.approx(3 * 0.5**2)
    fast = replace(none, coverage_weight=1, coverage_half_life=timedelta(hours=12))
    assert score(candidate, fast) == pytest.approx(0.5 + 0.125)


def test_an_article_dated_in_the_future_scores_like_a_new_one() -> None:
    assert score(story(recent_article("a.com", -48, quality=80)), PLAIN) == pytest.approx(80)


def test_coverage_is_the_newest_article_of_each_other_owner_without_copies() -> None:
    only = RankingOptions(quality_weight=0, coverage_weight=1, freshness_weight=0)
    lead = recent_article("a.com")
    old, new = recent_article("news.b.com/1", 96), recent_article("b.com/2", 48)
    assert score(story(lead, old, new), only) == pytest.approx(0.5)
    assert score(story(lead, new, old), only) == pytest.approx(0.5)
    assert score(story(lead, recent_article("live.a.com")), only) == 0
    copy = story(
        lead,
        recent_article("b.com"),
        recent_article("c.com"),
        copies=(("https://c.com", "https://b.com"),),
    )
    assert score(copy, only) == pytest.approx(1)
    leading = story(lead, recent_article("b.com"), copies=(("https://a.com", "https://b.com"),))
    assert score(leading, only) == 0, "the lead is a copy of what b.com wrote"


@pytest.mark.parametrize(
    ("first", "second", "same_owner"),
    [
        ("news.example.co.uk", "example.co.uk", True),
        ("example.co.uk", "other.co.uk", False),
        ("www.paper.de", "paper.de", True),
        ("paper.de", "other.de", False),
        ("news.com.au", "abc.com.au", False),
        ("alice.substack.com", "bob.substack.com", False),
        ("a.blogspot.com", "b.blogspot.com", False),
    ],
)
def test_which_domains_belong_to_one_owner(first: str, second: str, same_owner: bool) -> None:
    same = owner(Publisher(CleanText(f"P {first}"), CleanText(first))) == owner(
        Publisher(CleanText(f"P {second}"), CleanText(second))
    )
    assert same == same_owner


def test_heat_counts_the_articles_that_a_judging_source_declares_related() -> None:
    lead = recent_article("a.com", 24, quality=80, related=("https://b.com", "https://gone.com"))
    same_source, other = recent_article("b.com"), recent_article("c.com", source="o")
    undeclared = recent_article("d.com", verdict=Verdict.NONE)
    options = RankingOptions("heat", coverage_weight=7)
    judged = ranked(story(lead, same_source, other, undeclared), options)
    assert judged.heat == 80 + 3 * 7, "b.com, gone.com and c.com"
    assert judged.score == pytest.approx((80 + 3 * 7) / 2)
    unjudged = story(replace(lead, verdict=Verdict.NONE), same_source, other, undeclared)
    assert ranked(unjudged, options).heat == 80 + 3 * 7, "its coverage"
    alone = story(replace(lead, verdict=Verdict.NONE))
    assert ranked(alone, options).heat == 80


def test_the_formulas_hacker_news_reddit_and_newest() -> None:
    candidate = replace(
        story(
            recent_article("a.com", 6, quality=80),
            recent_article("b.com", verdict=Verdict.NONE, source="o"),
        ),
        published=NOW - timedelta(days=9),
        updated=NOW,
    )
    heat = 80 + 20
    assert score(candidate, RankingOptions("hacker-news")) == pytest.approx((heat - 1) / 8**1.8)
    seconds = (
        candidate.lead.published - datetime(2005, 12, 8, 7, 46, 43, tzinfo=UTC)
    ).total_seconds()
    assert score(candidate, RankingOptions("reddit")) == pytest.approx(
        log10(heat) + seconds / 45_000
    )
    assert score(candidate, RankingOptions("newest")) == candidate.lead.published.timestamp()


def test_a_nearly_equal_story_moves_between_two_of_one_publisher() -> None:
    def names(share: float, third: int) -> list[str]:
        stories = [
            story(recent_article("e.com/1", quality=100)),
            story(recent_article("e.com/2", quality=99)),
            story(recent_article("o.com", quality=third)),
        ]
        return order(stories, replace(PLAIN, spread=share))

    between, behind = ["e.com/1", "o.com", "e.com/2"], ["e.com/1", "e.com/2", "o.com"]
    assert names(0.03, 97) == between
    assert names(0.03, 95) == behind
    assert names(0.05, 95) == between
    assert names(0.0, 99) == behind


def test_per_publisher_limits_the_stories_of_a_publisher_among_the_first_ten() -> None:
    of_one_publisher = [story(recent_article(f"e.com/{n}", quality=100 - n)) for n in range(4)]
    others = [story(recent_article(f"o{n}.com", quality=50 - n)) for n in range(10)]
    ids = order([*of_one_publisher, *others], replace(PLAIN, per_publisher=2, spread=0))
    assert ids[:10] == ["e.com/0", "e.com/1", *(f"o{n}.com" for n in range(8))]
    assert ids[10:] == ["e.com/2", "e.com/3", "o8.com", "o9.com"]
    few = order([*of_one_publisher, *others[:3]], replace(PLAIN, per_publisher=2, spread=0))
    assert few == ["e.com/0", "e.com/1", "o0.com", "o1.com", "o2.com"]


def test_a_story_is_as_old_as_its_newest_article() -> None:
    day = RankingOptions(window=timedelta(days=1))
    old = recent_article("a.com", 30)
    assert order([story(old)], day) == []
    assert order([story(old, recent_article("b.com", 23))], day) == ["a.com"]
    assert order([story(recent_article("a.com", 24))], day) == ["a.com"]
    assert order([story(recent_article("a.com", 24.1))], day) == []


def test_equal_scores_are_ordered_by_age_then_by_position_then_by_id() -> None:
    flat = replace(PLAIN, quality_weight=0)
    stories = [
        story(recent_article("a.com", 2)),
        story(recent_article("b.com", 1, position=2)),
        story(recent_article("d.com", 1, position=1)),
        story(recent_article("c.com", 1, position=2)),
    ]
    assert order(stories, flat) == ["d.com", "b.com", "c.com", "a.com"]


def test_max_entries_and_pinned_stories() -> None:
    stories = [story(recent_article(f"o{n}.com", quality=100 - n)) for n in range(5)]
    assert order(stories, replace(PLAIN, max_entries=2)) == ["o0.com", "o1.com"]
    assert len(order(stories, replace(PLAIN, max_entries=None))) == 5
    ranked_stories = rank(stories, PLAIN, NOW, pinned={stories[3].id, stories[4].id})
    assert [ranked_story.story.lead.ref[1] for ranked_story in ranked_stories] == [
        "3",
        "4",
        "0",
        "1",
        "2",
    ]


PICTURE = Image(CleanText("https://e.com/i.png"))
WORDS = "A sentence of some length. " * 4


def estimated(priors: Priors | None = None, **changes: Any) -> int:
    values: dict[str, Any] = {"quality": None, "image": PICTURE, "excerpt": WORDS, **changes}
    return (priors or Priors()).estimate_quality(recent_article("e.com/x", **values)).quality or 0


@pytest.mark.parametrize(
    ("changes", "points"),
    [
        ({}, 0),
        ({"image": None}, -25),
        ({"image": None, "video": True}, 30),
        ({"video": True}, 30),
        ({"excerpt": ""}, -10),
        ({"excerpt": "Hardly one."}, -5),
        ({"title": "Widget market size to grow at a CAGR of 7 %"}, -20),
        ({"title": "You won't believe what she found"}, -15),
        ({"title": "EVERYBODY IS SHOUTING AT US TODAY"}, -10),
        ({"title": "NASA AND ESA"}, 0),
        ({"image": None, "excerpt": "", "title": "Shares of X rise, price target up!!"}, -43),
    ],
)
def test_the_points_of_each_part_of_an_estimated_quality(
    changes: dict[str, Any], points: int
) -> None:
    """Qualities are multiples of five from 87, and 44 at least."""
    assert estimated(**changes) == 87 + points


def test_the_mean_of_a_publisher_is_shrunk_towards_that_of_all_by_three_articles() -> None:
    def articles(name: str, *qualities: int) -> list[Article]:
        return [
            recent_article(f"{name}/{n}", quality=quality, image=PICTURE, excerpt=WORDS)
            for n, quality in enumerate(qualities)
        ]

    priors = Priors.learned([*articles("good.com", *[137] * 9), *articles("poor.com", *[57] * 3)])
    usual = (9 * 137 + 3 * 57 + 3 * 87) / (12 + 3)
    assert priors.default == pytest.approx(usual)
    assert {name: number for name, (_, number) in priors.by_publisher.items()} == {
        "good.com": 9,
        "poor.com": 3,
    }
    assert priors.by_publisher["good.com"][0] == pytest.approx((9 * 137 + 3 * usual) / 12)
    assert priors.by_publisher["poor.com"][0] == pytest.approx((3 * 57 + 3 * usual) / 6)
    good = Publisher(CleanText("good.com"), CleanText("good.com"))
    assert estimated(priors, publisher=good) == 132, "131.4 is nearest to 87 + 9 · 5"
    assert estimated(priors, publisher=good, quality=51) == 51, "its own quality takes precedence"
    bare = [recent_article("bare.com", quality=87, image=None, excerpt=WORDS)]
    assert Priors.learned(bare).by_publisher["bare.com"][0] == pytest.approx(
        (112 + 3 * (112 + 3 * 87) / 4) / 4
    ), "what is missing is not the publisher's worth"


def test_an_estimated_quality_is_within_the_range_of_story_files() -> None:
    rich = Priors(default=400)
    assert estimated(rich) == 164
    assert estimated(Priors(default=-400)) == 44
