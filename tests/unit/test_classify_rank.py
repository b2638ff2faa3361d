"""Topics by name, and the score."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.classify import Topics, slug_of
from aggregator.model import Standing, Story, Topic
from aggregator.rank import RankingOptions, appraise, rank
from tests.conftest import NOW, article


def story(name: str, *topics: str, quality: int = 100, hours: float = 0, more: int = 0) -> Story:
    when = NOW - timedelta(hours=hours)
    lead = article(name, topics=topics, quality=quality, published=when)
    coverage = tuple(
        article(f"{name}/{n}", published=when, standing=Standing.MENTIONED) for n in range(more)
    )
    return Story(f"urn:{name}", lead.title, when, when, lead, coverage)


def test_a_story_of_a_child_topic_is_in_its_parents_too() -> None:
    topics = Topics.of(
        [Topic("ai", "AI"), Topic("g", "Google AI", "ai"), Topic("tf", "TensorFlow", "g")]
    )
    (found,) = topics.classify([story("a", "tensorflow")])
    assert found.topics == ("ai", "g", "tf")


def test_unknown_names_are_topics_only_where_none_are_configured() -> None:
    (closed,) = Topics.of([Topic("ai", "AI")]).classify([story("a", "Machine Learning")])
    (open_ended,) = Topics.of([]).classify([story("a", "Machine Learning")])
    assert (closed.topics, open_ended.topics) == ((), ("machine-learning",))


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Machine Learning", "machine-learning"),
        ("../../../tmp/pwned", "tmp-pwned"),
        ("Économie & Société", "economie-societe"),
        ("人工知能", "人工知能"),
        ("...", ""),
    ],
)
def test_slug(name: str, slug: str) -> None:
    assert slug_of(name) == slug


def test_score_is_that_of_the_formula() -> None:
    (one,) = rank([story("a", quality=100, hours=24, more=2)], RankingOptions(), NOW)
    assert one.score == pytest.approx(100 * 0.5 + 20 * (0.5 + 0.5))
    assert one.heat == 140
    assert sum(term.value for term in one.terms) == pytest.approx(one.score)


def test_limits_and_window() -> None:
    stories = [story(f"e{n}.com", hours=n * 24) for n in range(10)]
    options = RankingOptions(window=timedelta(days=5), max_entries=3)
    assert [r.story.id for r in rank(stories, options, NOW)] == [
        "urn:e0.com",
        "urn:e1.com",
        "urn:e2.com",
    ]
    everything = RankingOptions(window=None, max_entries=None)
    assert len(rank(stories, everything, NOW)) == 10


def test_one_publisher_leads_at_most_so_many() -> None:
    stories = [story(f"e.com/{n}", hours=n) for n in range(4)] + [story("other.com", hours=9)]
    found = rank(stories, RankingOptions(per_publisher=2), NOW)
    assert [r.story.lead.publisher.name for r in found] == ["e.com", "e.com", "other.com"]


def test_an_article_without_a_quality_gets_the_typical_one() -> None:
    assert appraise(article("a", quality=None)).quality == 87
