"""Classification into topics, queries, and ranking."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.classify import Query, Topics, slug_of
from aggregator.model import CleanText, Image, Match, Publisher, Story, Topic, Verdict
from aggregator.rank import FORMULAS, Formula, Priors, RankingOptions, rank
from tests.conftest import NOW, article


def story(name: str, *topics: str, quality: int = 100, hours: float = 0, more: int = 0) -> Story:
    when = NOW - timedelta(hours=hours)
    lead = article(name, topics=topics, quality=quality, published=when)
    coverage = tuple(
        article(f"{name}/{n}", published=when, verdict=Verdict.RELATED_ONLY) for n in range(more)
    )
    return Story(f"urn:{name}", lead.title, when, when, lead, coverage)


def test_a_story_of_a_child_topic_is_in_its_parents_too() -> None:
    topics = Topics.of(
        [Topic("ai", "AI"), Topic("g", "Google AI", "ai"), Topic("tf", "TensorFlow", "g")]
    )
    (classified,) = topics.classify([story("a", "tensorflow")])
    assert classified.topics == ("ai", "g", "tf")


def test_unknown_names_are_topics_only_where_none_are_configured() -> None:
    (closed,) = Topics.of([Topic("ai", "AI")]).classify([story("a", "Machine Learning")])
    (open_ended,) = Topics.of([]).classify([story("a", "Machine Learning")])
    assert (closed.topics, open_ended.topics) == ((), ("machine-learning",))


def topics_of(title: str, *topics: Topic, excerpt: str = "") -> tuple[str, ...]:
    lead = replace(
        article("e.com"),
        title=CleanText(title),
        excerpt=CleanText(excerpt),
        verdict=Verdict.NONE,
    )
    (classified,) = Topics.of(topics).classify(
        [Story("urn:a", CleanText(title), lead.published, lead.published, lead, ())]
    )
    return classified.topics


POWER = Topic("power", "Power Apps", keywords=("power apps",))
DIABLO = Topic("d4", "Diablo 4")
TEAMS = Topic("teams", "Teams integration", keywords=("microsoft teams", "teams"))
AI = Topic("ai", "AI", keywords=("artificial intelligence", "ai"))


@pytest.mark.parametrize(
    ("title", "topic", "is_in"),
    [
        ("PowerApps get a new editor", POWER, True),
        ("A power-app for everyone", POWER, True),
        ("#PowerApps", POWER, True),
        ("Power to the apps", POWER, False),
        ("Diablo IV delayed", DIABLO, True),
        ("Diablo's four endings", DIABLO, False),
        ("Chat in Teams gets faster", TEAMS, True),
        ("A tool for large teams", TEAMS, False),
        ("The team behind it", TEAMS, False),
        ("Ai Weiwei opens a show in Berlin", AI, False),
        ("AI WEIWEI OPENS A SHOW", AI, False),
        ("AI finds new antibiotics", AI, True),
        ("Artificial Intelligence, explained", AI, True),
        ("How they said it", AI, False),
        ("The world cup begins", Topic("world", "World"), False),
        ("人工知能の未来", Topic("jp", "人工知能"), True),
        ("Économie: la crise", Topic("eco", "Economy", keywords=("economie",)), True),
    ],
)
def test_topics_by_what_a_title_says(title: str, topic: Topic, is_in: bool) -> None:
    assert (topic.slug in topics_of(title, topic)) == is_in


def test_a_topic_with_a_plain_name_is_recognised_by_categories_and_sections() -> None:
    world = Topics.of([Topic("world", "World")])
    lead = replace(article("e.com/a"), title=CleanText("Anything"), verdict=Verdict.NONE)
    for sign in (
        replace(lead, topics=(CleanText("World news"),)),
        replace(lead, key=CleanText("https://e.com/world/2026/anything")),
    ):
        candidate = Story("urn:a", CleanText("Anything"), NOW, NOW, sign, ())
        assert set(world.why(candidate)) == {"world"}
    cup = replace(lead, key=CleanText("https://e.com/sport/world-cup"))
    assert world.why(Story("urn:a", CleanText("Anything"), NOW, NOW, cup, ())) == {}


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("galaxies", True),
        ("galaxy", True),
        ("galaxies stars", False),
        ("galaxies OR stars", True),
        ("stars OR publisher:e.com", True),
        ("-stars", True),
        ("-galaxies", False),
        ('"two galaxies"', True),
        ('"galaxies two"', False),
        ("publisher:o.com", False),
        ("lang:en", True),
        ("lang:de", False),
        ("ai", True),
        ("AI", False),
        ("", True),
        ('OR - "', True),
    ],
)
def test_queries(query: str, fits: bool) -> None:
    title = "Ai Weiwei photographs two galaxies"
    galaxies = replace(
        article("e.com"), title=CleanText(title), excerpt=CleanText(""), lang=CleanText("en")
    )
    assert Query.parse(query).matches(galaxies) == fits


def test_the_rules_of_a_topic() -> None:
    jaguar = Topic("cats", "Big cats", match=Match(any=("jaguar",), none=("car", "jaguar xe")))
    assert topics_of("Jaguar seen in Arizona", jaguar) == ("cats",)
    assert topics_of("Jaguar shows an electric car", jaguar) == ()
    both = Topic("x", "Storm damage", match=Match(any=("storm",), all=("insurance",)))
    assert topics_of("Storm hits the coast", both) == ()
    assert topics_of("Storm hits the coast", both, excerpt="Insurance pays") == ("x",)
    quantum = Topic("q", "Quantum", match=Match(query='qubit OR "error correction" -crypto'))
    assert topics_of("Better error correction", quantum) == ("q",)
    assert topics_of("Qubits and crypto", quantum) == ()
    by = Topic("e", "By E", match=Match(publishers=("e.com",)))
    assert topics_of("Anything", by) == ("e",)
    by_other = Topic("o", "By O", match=Match(publishers=("o.com",), languages=("en",)))
    assert topics_of("Anything", by_other) == ()


def test_title_over_excerpt_among_the_parts_of_a_topic() -> None:
    classes = [
        Topic(word, word.title(), "d4", keywords=(word,))
        for word in ("druid", "barbarian", "rogue")
    ]
    listed = "The Rogue joins the Druid and the Barbarian."
    assert topics_of("Diablo 4: all classes", DIABLO, *classes, excerpt=listed) == ("d4",)
    assert topics_of("The Rogue of Diablo 4", DIABLO, *classes, excerpt=listed) == ("d4", "rogue")
    assert topics_of("A new Diablo 4 trailer", DIABLO, *classes, excerpt="With the Druid") == (
        "d4",
        "druid",
    )


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


def covered(hours: float, *publishers: str) -> Story:
    uncovered = story("a.com", quality=100, hours=hours)
    others = tuple(
        replace(
            uncovered.lead,
            source="o",
            key=CleanText(f"https://{n}"),
            publisher=Publisher(CleanText(name), CleanText(name)),
            quality=80,
        )
        for n, name in enumerate(publishers)
    )
    return replace(uncovered, coverage=others)


def test_the_score_follows_the_formula() -> None:
    (ranked_story,) = rank([covered(24, "b.com", "c.com")], RankingOptions(), NOW)
    assert ranked_story.score == pytest.approx(0.5 * 100 * 0.5 + 20 * 2 * 0.5**0.5 + 10 * 0.5**4)
    assert ranked_story.heat == 140
    assert [term.name for term in ranked_story.terms] == ["quality", "coverage", "freshness"]
    assert sum(term.value for term in ranked_story.terms) == pytest.approx(ranked_story.score)


def test_one_owner_counts_once_and_never_for_its_own_lead() -> None:
    options = RankingOptions(freshness_weight=0)
    (two,) = rank([covered(0, "b.com", "c.com")], options, NOW)
    same = rank([covered(0, "b.com", "news.b.com", "c.com", "live.a.com")], options, NOW)
    assert two.score == same[0].score


def test_copies_do_not_count() -> None:
    options = RankingOptions(freshness_weight=0)
    plain = covered(0, "b.com", "c.com")
    copied = replace(plain, copies=(("https://1", "https://0"),))
    (without_copy,), (with_copy,) = rank([plain], options, NOW), rank([copied], options, NOW)
    assert without_copy.score - with_copy.score == pytest.approx(20)


@pytest.mark.parametrize("formula", FORMULAS)
def test_every_formula_orders_newer_before_older(formula: Formula) -> None:
    stories = [story(f"e{n}.com", hours=n * 7) for n in (3, 0, 2, 1)]
    ranked_stories = rank(stories, RankingOptions(formula=formula), NOW)
    assert [ranked_story.story.id for ranked_story in ranked_stories] == [
        f"urn:e{n}.com" for n in range(4)
    ]
    assert all(term.why for ranked_story in ranked_stories for term in ranked_story.terms)


def test_near_equal_stories_are_spread_over_publishers() -> None:
    stories = [
        story("e.com/1", quality=100),
        story("e.com/2", quality=99),
        story("o.com", quality=98),
        story("e.com/3", quality=60),
    ]
    spread = [ranked_story.story.id for ranked_story in rank(stories, RankingOptions(), NOW)]
    assert spread == ["urn:e.com/1", "urn:o.com", "urn:e.com/2", "urn:e.com/3"]
    plain = [ranked_story.story.id for ranked_story in rank(stories, RankingOptions(spread=0), NOW)]
    assert plain[1] == "urn:e.com/2"


def test_pinned_stories_come_first() -> None:
    stories = [story(f"e{n}.com", quality=100 - n) for n in range(3)]
    ranked_stories = rank(stories, RankingOptions(), NOW, pinned={"urn:e2.com"})
    assert [ranked_story.story.id for ranked_story in ranked_stories] == [
        "urn:e2.com",
        "urn:e0.com",
        "urn:e1.com",
    ]


def test_limits_and_window() -> None:
    stories = [story(f"e{n}.com", hours=n * 24) for n in range(10)]
    options = RankingOptions(window=timedelta(days=5), max_entries=3)
    assert [r.story.id for r in rank(stories, options, NOW)] == [
        "urn:e0.com",
        "urn:e1.com",
        "urn:e2.com",
    ]
    assert len(rank(stories, replace(options, max_entries=None), NOW)) == 6
    everything = RankingOptions(window=None, max_entries=None)
    assert len(rank(stories, everything, NOW)) == 10


def test_one_publisher_leads_at_most_per_publisher_stories() -> None:
    stories = [story(f"e.com/{n}", hours=n) for n in range(4)] + [story("other.com", hours=9)]
    ranked_stories = rank(stories, RankingOptions(per_publisher=2), NOW)
    assert [r.story.lead.publisher.name for r in ranked_stories] == ["e.com", "e.com", "other.com"]
    many = stories + [story(f"o{n}.com", hours=9) for n in range(9)]
    ranked_stories = rank(many, RankingOptions(per_publisher=2), NOW)
    assert [r.story.lead.publisher.name for r in ranked_stories[:10]].count(CleanText("e.com")) == 2
    assert len(ranked_stories) == len(many)


def test_an_article_that_brings_a_quality_keeps_it() -> None:
    assert Priors().estimate_quality(article("a", quality=51)).quality == 51


def test_a_quality_is_the_publishers_worth_and_the_articles_parts() -> None:
    image = Image(CleanText("https://e.com/i.png"))
    good = [
        article(f"a{n}", quality=137, publisher=Publisher(CleanText("Good")), image=image)
        for n in range(9)
    ]
    poor = [
        article(f"b{n}", quality=57, publisher=Publisher(CleanText("Poor")), image=image)
        for n in range(9)
    ]
    priors = Priors.learned([*good, *poor])
    plain = article("x", quality=None, image=image, excerpt="Words. " * 20)

    def worth(**changes: object) -> int:
        return priors.estimate_quality(replace(plain, **changes)).quality or 0  # type: ignore[arg-type]

    assert (
        worth(publisher=Publisher(CleanText("Good")))
        > worth()
        > worth(publisher=Publisher(CleanText("Poor")))
    )
    assert worth(image=None) < worth()
    assert worth(title="Global widget market size to grow at a CAGR of 7 %") < worth()
    assert worth(title="You won't believe what this plumber found") < worth()
    assert worth(excerpt="") < worth()
    reasons = priors.reasons(replace(plain, publisher=Publisher(CleanText("Good")), image=None))
    assert reasons[0].endswith("for Good, learned from 9 of its articles")
    assert reasons[1] == "-25 since it has no picture"


def test_without_any_quality_the_estimate_is_87() -> None:
    image = Image(CleanText("https://e.com/i.png"))
    plain = article("x", quality=None, image=image, excerpt="Words. " * 20)
    assert Priors.learned([plain]).estimate_quality(plain).quality == 87
