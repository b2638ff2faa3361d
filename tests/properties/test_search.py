"""Searches by the index give the same as a scan of all stories."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import example, given, settings
from hypothesis import strategies as st

from aggregator.classify import Query
from aggregator.merge import MergeOptions
from aggregator.model import Article, CleanText, Publisher, Site, Verdict
from aggregator.pipeline import EVERYTHING, PlanOptions, plan
from aggregator.queries import SORTS, Selection, StoryQueries
from aggregator.rank import RankingOptions
from aggregator.store import StoredWindow, open_store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
OPTIONS = PlanOptions(
    Site(CleanText("Test"), "https://news.example.org/"),
    ranking=RankingOptions(window=None),
    merging=MergeOptions(text=False),
)
WORDS = [
    "AI",
    "ai",
    "Diablo",
    "IV",
    "4",
    "power",
    "Apps",
    "app",
    "PowerApps",
    "Zoë's",
    "café",
    "ΑΘΗΝΑ",
    "東京",
    "京",
    "ภาษา",
    "C3",
    "story",
    "stories",
    "x-ray",
    "\u00ad",
    "ﬁn",
    "ガ",
]
PUBLISHERS = [
    Publisher(CleanText("Pub"), CleanText("a.pub.example")),
    Publisher(CleanText("Ωmega"), CleanText("omega.example")),
    Publisher(CleanText("")),
]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
TERMS = st.one_of(
    st.sampled_from(WORDS),
    TEXTS.map(lambda text: f'"{text}"'),
    st.sampled_from(["OR", "publisher:pub", "publisher:pub.example", "lang:de", "-lang:en"]),
    st.sampled_from(WORDS).map(lambda word: f"-{word}"),
)


@st.composite
def articles(draw: st.DrawFn) -> list[Article]:
    """Up to eight articles of the words above."""
    return [
        Article(
            source="s",
            ref=CleanText(str(number)),
            key=CleanText(f"https://e.com/{number}"),
            url=CleanText(f"https://e.com/{number}"),
            title=CleanText(draw(TEXTS) or "-"),
            excerpt=CleanText(draw(TEXTS)),
            published=NOW,
            publisher=draw(st.sampled_from(PUBLISHERS)),
            verdict=Verdict.STORY,
            quality=draw(st.integers(44, 164)),
            lang=CleanText(draw(st.sampled_from(["", "de", "en-GB"]))),
        )
        for number in range(draw(st.integers(0, 8)))
    ]


ONE = Article(
    source="s",
    ref=CleanText("1"),
    key=CleanText("https://e.com/1"),
    url=CleanText("https://e.com/1"),
    title=CleanText("An app for ai"),
    published=NOW,
    publisher=PUBLISHERS[0],
    verdict=Verdict.STORY,
    quality=87,
)
SELECTIONS = st.builds(
    Selection,
    query=st.lists(TERMS, max_size=5).map(" ".join),
    min_quality=st.one_of(st.none(), st.integers(44, 164)),
    publisher=st.sampled_from(["", "", "pub", "PUB.example", "none"]),
    limit=st.one_of(st.none(), st.integers(0, 8)),
    sort=st.sampled_from(sorted(SORTS)),
)


@given(articles(), SELECTIONS)
@example([ONE], Selection("app \u00ad"))
@example([ONE], Selection('"\u00ad"'))
@example([ONE], Selection("#AI app"))
@example([replace(ONE, title=CleanText("京"))], Selection('"\u00ad 京"'))
@settings(max_examples=300, deadline=None)
def test_the_index_gives_the_same_as_a_scan_of_all_stories(
    read: list[Article], selection: Selection
) -> None:
    store = open_store("sqlite://")
    new_plan = plan(read, StoredWindow(), OPTIONS, NOW)
    store.save(
        changed_articles=new_plan.changes.articles, story_records=new_plan.changes.story_records
    )
    indexed = StoryQueries.of_plan(new_plan, OPTIONS, NOW, store)
    unindexed = StoryQueries.of_plan(new_plan, OPTIONS, NOW)
    assert indexed.stories(EVERYTHING, selection) == unindexed.stories(EVERYTHING, selection)
    matches = unindexed.stories(EVERYTHING, Selection(selection.query))
    if Query.parse(selection.query).groups:
        ids = {story.id for story in indexed.search(selection.query, 100)}
        assert ids == {ranked_story.story.id for ranked_story in matches}
    store.close()
