"""Rules of topics and queries, by values: phrases, match rules, names, selections."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from itertools import islice

import pytest

from aggregator.classify import Query, TopicNames, Topics, slug_of
from aggregator.model import Article, CleanText, Match, Publisher, Ranked, Story, Topic, Verdict
from aggregator.queries import Selection
from aggregator.store import ShownStory
from tests.conftest import NOW, article


def unjudged(title: str, excerpt: str = "", **changes: object) -> Article:
    values = {"title": title, "excerpt": excerpt, "verdict": Verdict.NONE, **changes}
    return article("e.com/a", **values)


def story(lead: Article, *coverage: Article) -> Story:
    return Story(f"urn:{lead.key}", lead.title, lead.published, lead.published, lead, coverage)


def topics_of(lead: Article, *topics: Topic) -> tuple[str, ...]:
    return Topics.of(topics).classify([story(lead)])[0].topics


@pytest.mark.parametrize(
    ("text", "keyword", "matches"),
    [
        ("A star is born", "star", True),
        ("The stars above", "star", True),
        ("Two galaxies collide", "galaxy", True),
        ("The keys of the city", "key", False),
        ("Under the sea and the seas", "sea", True),
        ("Sail the seas", "sea", False),
        ("A canvas app for all", "canvas apps", True),
        ("A canvases app", "canvas app", False),
        ("CanvasTools in October", "canvas tool", True),
        ("init of a daemon", "in it", False),
        ("World War II ends", "world war 2", True),
        ("Rocky VI is out", "rocky 6", True),
        ("Rocky vi is out", "rocky 6", False),
        ("NASA's probe", "nasa probe", True),
        ("Café society", "cafe", True),
        ("Earthquake insurance", "quake", False),
    ],
)
def test_a_phrase_is_found_in_its_forms(text: str, keyword: str, matches: bool) -> None:
    assert bool(topics_of(unjudged(text), Topic("t", "Some topic", keywords=(keyword,)))) == matches


def test_acronyms_and_names_are_found_as_they_are_written() -> None:
    ai = Topic("ai", "Thinking", keywords=("artificial intelligence", "ai"))
    assert topics_of(unjudged("What AI does"), ai) == ("ai",)
    assert topics_of(unjudged("What Ai does"), ai) == ()
    assert topics_of(unjudged("WHAT AI DOES"), ai) == (), (
        "where all is in capitals they tell nothing"
    )
    teams = Topic("t", "Chatting", keywords=("microsoft teams", "teams"))
    assert topics_of(unjudged("Chat in Teams"), teams) == ("t",)
    assert topics_of(unjudged("For large teams"), teams) == ()


def test_match_rules_besides_keywords() -> None:
    def is_in(match: Match, lead: Article, *keywords: str) -> bool:
        return bool(topics_of(lead, Topic("t", "Some topic", keywords=keywords, match=match)))

    quake = unjudged("Quake in Chile", "Insurance pays at once.", lang="es-CL")
    assert is_in(Match(any=("quake",)), quake)
    assert is_in(Match(any=("quake",), all=("insurance",)), quake)
    assert not is_in(Match(any=("quake",), all=("insurance", "tsunami")), quake)
    assert not is_in(Match(any=("quake",), none=("insurance",)), quake)
    assert is_in(Match(any=("quake",), publishers=("e.com",)), quake)
    assert not is_in(Match(any=("quake",), publishers=("o.com",)), quake)
    assert is_in(Match(any=("quake",), languages=("es",)), quake)
    assert not is_in(Match(any=("quake",), languages=("en",)), quake)
    assert is_in(Match(languages=("es",)), quake), "a rule without words is enough"
    assert not is_in(Match(languages=("es",), any=("comet",)), quake), (
        "unless there are words, which must match too"
    )
    assert not is_in(Match(languages=("es",)), quake, "comet")
    assert is_in(Match(query="chile -tsunami"), quake)
    assert not is_in(Match(query="chile tsunami"), quake)


def test_a_name_of_one_plain_word_is_not_looked_for_in_texts() -> None:
    assert topics_of(unjudged("All over the world"), Topic("world", "World")) == ()
    assert topics_of(unjudged("Out of this Wide World"), Topic("ww", "Wide World")) == ("ww",)
    assert topics_of(unjudged("NASA lands"), Topic("nasa", "NASA")) == ("nasa",)


def test_parts_of_a_topic_in_title_and_excerpt() -> None:
    parts = [
        Topic(word, f"Kind {word[0]}", "top", keywords=(word,)) for word in ("oak", "elm", "ash")
    ]
    top = Topic("top", "All trees")
    assert topics_of(unjudged("Oak blooms", "Unlike an elm."), top, *parts) == ("oak", "top")
    assert topics_of(unjudged("Bloom", "An oak and an elm."), top, *parts) == ("elm", "oak", "top")
    assert topics_of(unjudged("Bloom", "An oak, an elm, an ash."), top, *parts) == ()


def test_at_least_two_articles_and_half_of_all_put_a_story_into_a_topic() -> None:
    sea = Topics.of([Topic("sea", "The deep sea", keywords=("ship",))])
    ship, unrelated = unjudged("A ship"), unjudged("Something")

    def is_in(lead: Article, *coverage: Article) -> bool:
        return bool(sea.classify([story(lead, *coverage)])[0].topics)

    assert is_in(ship, unrelated, unrelated)
    assert not is_in(unrelated, ship), "one article is not enough"
    assert is_in(unrelated, ship, ship)
    assert is_in(unrelated, ship, ship, unrelated)
    assert not is_in(unrelated, ship, ship, unrelated, unrelated)


def test_a_source_that_judges_its_stories_decides_about_the_topics_that_it_names() -> None:
    topics = Topics.of(
        [
            Topic("sea", "The sea", keywords=("ship",)),
            Topic("port", "Ports", keywords=("harbour",)),
            Topic("sky", "The sky", keywords=("cloud",)),
        ]
    )
    judged = unjudged(
        "A ship in a harbour under a cloud", verdict=Verdict.STORY, topics=("The sea",)
    )
    also = replace(
        judged,
        key=CleanText("https://e.com/b"),
        topics=tuple(map(CleanText, ("Ports",))),
        title=CleanText("A ship"),
    )
    named = topics.with_topics_named_by_sources([judged, also])
    assert [s.topics for s in named.classify([story(judged)])] == [("sea", "sky")]
    assert [s.topics for s in topics.classify([story(judged)])] == [("port", "sea", "sky")]


def slugs_with_feeds(stories: list[Story], current: Collection[str] = ()) -> set[str]:
    return {topic.slug for topic in Topics.of([]).with_feeds(TopicNames.of(stories), current)}


def test_stories_that_are_no_longer_counted_leave_no_name() -> None:
    lasting = story(article("e.com/a", topics=("Ports", "ports!"), source="s"))
    passing = story(article("e.com/b", topics=("Ports", "Sea"), source="t"))
    names = TopicNames.of([lasting, passing])
    assert names.counts["ports"].sources == {"s": 1, "t": 1}
    assert names.by_slug() == {"ports": "Ports", "sea": "Sea"}
    names.remove(passing)
    assert names == TopicNames.of([lasting])


def test_which_names_become_topics_if_none_is_configured() -> None:
    def named(number: int, *names: str, source: str = "s") -> list[Story]:
        return [
            story(article(f"{source}.com/{'-'.join(names)}/{n}", topics=names, source=source))
            for n in range(number)
        ]

    usual = [*named(5, "Usual"), *named(4, "Rare"), *named(100, "Index", "All")]
    assert slugs_with_feeds(usual) == {"usual"}, "five; no reserved"
    assert slugs_with_feeds(usual, {"rare"}) == {"usual", "rare"}
    few = [*named(1, "One"), *named(20, "Many")]
    assert slugs_with_feeds(few) == {"many"}, "a twentieth of all is two"
    of_two_sources = [*named(1, "Both"), *named(1, "Both", source="o"), *named(200, "Many")]
    assert slugs_with_feeds(of_two_sources) == {"both", "many"}
    many = [named_story for n in range(40) for named_story in named(5 + n, f"Topic {n}")]
    assert slugs_with_feeds(many) == {f"topic-{n}" for n in range(10, 40)}


@pytest.mark.parametrize("name", ["All", "INDEX", "index"])
def test_reserved_names_are_no_topics(name: str) -> None:
    assert Topics.of([]).classify([story(unjudged("T", topics=(name,)))])[0].topics == ()


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Ångström & Ñandú", "angstrom-nandu"),
        ("  A  b ", "a-b"),
        ("a/../b", "a-b"),
        ("ﬁne", "fine"),
    ],
)
def test_slugs_are_folded(name: str, slug: str) -> None:
    assert slug_of(name) == slug


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("comet lands", True),
        ("comet rocket", False),
        ("comet OR rocket", True),
        ("rocket OR comet lands", True),
        ("rocket OR comet rain", False),
        ("-comet", False),
        ("-rocket", True),
        ("comet -rocket", True),
        ('"a comet"', True),
        ('"comet a"', False),
        ('"comet lands"', True),
        ('-"comet lands"', False),
        ("publisher:example.org", True),
        ("publisher:news.example.org", True),
        ("publisher:org", True),
        ("publisher:other.org", False),
        ('publisher:"the paper"', True),
        ("-publisher:example.org", False),
        ("lang:pt", True),
        ("lang:es", False),
    ],
)
def test_what_a_query_means(query: str, fits: bool) -> None:
    paper = Publisher(CleanText("The Paper"), CleanText("news.example.org"))
    lead = unjudged("A comet lands", publisher=paper, lang="pt-BR")
    assert Query.parse(query).matches(lead) == fits


def test_selections_filter_sort_and_limit_stories() -> None:
    def ranked_story(
        name: str, quality: int, hours: float, coverage: int = 0, title: str = "T"
    ) -> Ranked:
        when = NOW - timedelta(hours=hours)
        lead = article(name, quality=quality, published=when, title=title)
        related = tuple(article(f"{name}/{n}", title="Other words") for n in range(coverage))
        return Ranked(replace(story(lead, *related), updated=NOW), 0.0, 0, ())

    ranked = [
        ranked_story("a", 80, 9, title="Comet"),
        ranked_story("b", 95, 3, 2),
        ranked_story("c", 90, 1, 1),
    ]

    def selected(**given: object) -> str:
        selection = Selection(**given)  # type: ignore[arg-type]
        query, by_id = Query.parse(selection.query), {r.story.id: r.story for r in ranked}
        rows = selection.select(ShownStory.of(story) for story in by_id.values())
        matching = (by_id[row.id] for row in rows if selection.matches(by_id[row.id], query))
        return "".join(story.lead.ref for story in islice(matching, selection.limit))

    assert selected() == "abc"
    assert selected(sort="newest") == "cba"
    assert selected(sort="quality") == "bca"
    assert selected(sort="coverage") == "bca"
    assert (selected(min_quality=90), selected(min_quality=91)) == ("bc", "b")
    assert selected(since=NOW - timedelta(hours=3)) == "bc", (
        "when the lead was published, not updated"
    )
    assert (selected(limit=2), selected(query="comet"), selected(query="other")) == (
        "ab",
        "a",
        "bc",
    )
    assert selected(query="-comet") == "bc", "the lead has nothing that is excluded"
    assert selected(query="-other") == "abc", "its coverage may have it"
    ranked.append(ranked_story("d", 10, 20, 1, title="Comet"))
    assert (selected(query="-comet"), selected(query="other -comet")) == ("bc", "bc")
