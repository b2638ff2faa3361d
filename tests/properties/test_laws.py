"""Laws: identity, merging, ordering, escaping."""

from __future__ import annotations

import html
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import fastfeedparser
import feedparser
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from aggregator.classify import slug_of
from aggregator.identify import canonical_url, unify
from aggregator.identify.canonical import _PLAIN, _by_rules
from aggregator.merge import Epochs, Merged, MergeOptions, Statistics, merge, no_lexicon
from aggregator.merge.similarity.index import TextIndex
from aggregator.model import (
    MAX_TITLE,
    Article,
    CleanText,
    Publisher,
    Site,
    Story,
    StoryRecord,
    Verdict,
    clean_text,
)
from aggregator.pipeline import PlanOptions, plan
from aggregator.publish import compose_feed, render
from aggregator.rank import RankingOptions, rank
from aggregator.store import StoredWindow
from tests.windows import window_after

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
OPTIONS = PlanOptions(
    Site(CleanText("Test"), "https://news.example.org/"), ranking=RankingOptions(window=None)
)
NAMES = [f"e.com/{letter}" for letter in "abcdefg"]

URLS = st.one_of(
    st.text(max_size=60).map(lambda text: f"https://e.com/{text}"),
    st.lists(
        st.sampled_from(
            [
                "amp",
                "/",
                ".amp.html",
                "?",
                "&",
                "utm_a=1",
                "amp=1",
                "%7E",
                "%2f",
                "..",
                "a",
                "c/s/",
                "www.",
                "cdn.ampproject.org",
                "é",
                "#x",
                ":443",
                "youtu.be/",
                "amp_",
            ]
        ),
        max_size=9,
    ).map(lambda parts: "https://" + "".join(parts)),
)


@given(URLS)
@settings(max_examples=400)
def test_the_canonical_url_is_idempotent(url: str) -> None:
    once = canonical_url(url)
    assert canonical_url(once) == once


@given(st.one_of(URLS, st.from_regex(_PLAIN, fullmatch=True)))
@settings(max_examples=400)
def test_the_shortcut_gives_the_canonical_url_of_the_rules(url: str) -> None:
    assert canonical_url(url) == _by_rules(url)


@st.composite
def readings(draw: st.DrawFn) -> list[Article]:
    """Up to nine readings of seven articles, with any verdicts and relations."""
    articles = []
    for number, name in enumerate(draw(st.lists(st.sampled_from(NAMES), max_size=9))):
        related = draw(st.lists(st.sampled_from(NAMES), max_size=4, unique=True))
        articles.append(
            Article(
                source="s",
                ref=CleanText(str(number)),
                key=CleanText(f"https://{name}"),
                url=CleanText(f"https://{name}"),
                title=CleanText(draw(st.sampled_from(["One", "Two", "Three"]))),
                published=NOW - timedelta(hours=draw(st.integers(0, 50))),
                publisher=Publisher(CleanText("p")),
                verdict=draw(st.sampled_from(Verdict)),
                quality=draw(st.sampled_from([None, 50, 87, 87, 120])),
                related=tuple(
                    CleanText(f"https://{target}") for target in related if target != name
                ),
            )
        )
    return articles


def ready(articles: list[Article]) -> dict[str, Article]:
    from aggregator.rank import Priors

    united = unify(articles).items()
    return {
        key: Priors().estimate_quality(article)
        for key, article in united
        if article.verdict is not Verdict.UNPUBLISHED
    }


@given(readings(), st.randoms())
def test_merging_does_not_depend_on_the_order_of_articles(
    articles: list[Article], random: object
) -> None:
    shuffled = list(articles)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert merge(ready(articles), (), NOW) == merge(ready(shuffled), (), NOW)


@given(readings())
def test_every_article_is_in_one_story_at_most_and_verdicts_lead(articles: list[Article]) -> None:
    merged = merge(ready(articles), (), NOW)
    keys = [article.key for story in merged.stories for article in story.articles]
    assert len(keys) == len(set(keys))
    assert len({story.id for story in merged.stories}) == len(merged.stories)
    placed = set(keys)
    assert all(
        a.key in placed for a in ready(articles).values() if a.verdict is not Verdict.RELATED_ONLY
    )


@given(readings(), readings())
@settings(max_examples=200)
def test_the_plan_of_a_plan_changes_nothing(first: list[Article], second: list[Article]) -> None:
    """Where nothing new was read after two saves, no article, no story and no feed changes."""
    first_plan = plan(first, StoredWindow(), OPTIONS, NOW)
    second_plan = plan(
        second, window_after(StoredWindow(), first_plan), OPTIONS, NOW + timedelta(hours=1)
    )
    remembered = window_after(window_after(StoredWindow(), first_plan), second_plan)
    third_plan = plan((), remembered, OPTIONS, NOW + timedelta(hours=1))
    assert third_plan.changes.articles == ()
    assert third_plan.changes.story_records == ()
    assert third_plan.feeds == second_plan.feeds


@given(readings(), readings())
@settings(max_examples=200)
def test_an_id_lives_on_or_ends_in_an_older_one(
    first: list[Article], second: list[Article]
) -> None:
    first_plan = plan(first, StoredWindow(), OPTIONS, NOW)
    first_records = {m.id: m for m in first_plan.changes.story_records}
    second_plan = plan(
        second, window_after(StoredWindow(), first_plan), OPTIONS, NOW + timedelta(hours=1)
    )
    remembered = {
        m.id: m for m in window_after(window_after(StoredWindow(), first_plan), second_plan).stories
    }
    for key, record in first_records.items():
        now = remembered[key]
        assert now.published == record.published
        if now.merged_into:
            older = remembered[now.merged_into]
            assert older.published <= now.published
            assert older.merged_into is None


def story(quality: int, hours: float, coverage: int) -> Story:
    when = NOW - timedelta(hours=hours)
    lead = Article(
        "s",
        CleanText("l"),
        CleanText("https://l"),
        CleanText("https://l"),
        CleanText("L"),
        when,
        Publisher(CleanText("p")),
        quality=quality,
    )
    others = tuple(
        Article(
            "s",
            CleanText(str(n)),
            CleanText(f"https://{n}"),
            CleanText("https://n"),
            CleanText("N"),
            when,
            Publisher(CleanText("p")),
            quality=50,
        )
        for n in range(coverage)
    )
    return Story("urn:x", CleanText("L"), when, when, lead, others)


@given(st.integers(40, 160), st.floats(0, 500), st.integers(0, 9))
def test_the_score_is_monotone(quality: int, hours: float, coverage: int) -> None:
    def score(candidate: Story) -> float:
        return rank([candidate], RankingOptions(window=None), NOW)[0].score

    base = score(story(quality, hours, coverage))
    assert score(story(quality + 1, hours, coverage)) >= base
    assert score(story(quality, hours, coverage + 1)) >= base
    assert score(story(quality, hours + 1, coverage)) <= base


TITLES = st.text(min_size=1, max_size=80).map(lambda t: clean_text(t, MAX_TITLE)).filter(bool)


@given(TITLES, TITLES)
@settings(max_examples=150, deadline=None)
def test_what_is_rendered_reads_back_the_same(title: str, words: str) -> None:
    excerpt = f"Excerpt: {words}"  # one that only repeats the title is left out
    when = datetime(2026, 11, 20, 8, tzinfo=UTC)
    lead = Article(
        "s",
        CleanText("l"),
        CleanText("https://e.com/l"),
        CleanText("https://e.com/l?a=1&b=2"),
        CleanText(title),
        when,
        Publisher(CleanText("P & <Q>"), CleanText("e.com")),
        excerpt=CleanText(excerpt),
        quality=87,
    )
    entry_story = Story(
        "urn:uuid:00000000-0000-5000-8000-000000000001", CleanText(title), when, when, lead, ()
    )
    feed = compose_feed("x", "X", OPTIONS.site, [entry_story], {})
    (item,) = json.loads(render(feed, "json"))["items"]
    assert (item["title"], item["summary"]) == (title, excerpt)
    entry = etree.fromstring(render(feed, "atom")).find("{*}entry")
    assert entry is not None
    texts = {name: entry.findtext(f"{{*}}{name}") for name in ("id", "title", "summary")}
    assert texts == {"id": entry_story.id, "title": title, "summary": excerpt}
    element = etree.fromstring(render(feed, "rss")).find("channel/item")
    assert element is not None
    assert element.findtext("title") == title
    assert html.unescape(element.findtext("description") or "") == html.unescape(
        html.escape(excerpt, quote=False)
    )
    for ext in ("atom", "rss"):
        assert not feedparser.parse(render(feed, ext)).bozo
        assert [e.id for e in fastfeedparser.parse(render(feed, ext)).entries] == [entry_story.id]


@given(st.text(max_size=80))
def test_a_slug_is_a_safe_file_name(name: str) -> None:
    slug = slug_of(name)
    assert slug_of(slug) == slug
    assert not set(slug) & set('/\\.\0 \n:*?"<>|')
    assert not slug.startswith("-")


EVENTS = [
    ["earthquake", "strong", "northern", "chile", "tsunami", "warning", "coast", "evacuated"],
    ["central", "bank", "raises", "interest", "rates", "inflation", "third", "quarter"],
    ["volcano", "iceland", "erupts", "lava", "town", "grindavik", "evacuated"],
    ["striker", "signs", "record", "contract", "madrid", "club", "transfer"],
]


def headline(key: str, title: str, published: datetime, publisher: Publisher) -> Article:
    """An article that says nothing but its title."""
    address = CleanText(key)
    return Article(
        "s", address, address, address, CleanText(title), published, publisher, quality=87
    )


@st.composite
def headlines(draw: st.DrawFn) -> dict[str, Article]:
    """Up to a dozen articles, each with a headline of the words of one event or of two."""
    articles = {}
    for number in range(draw(st.integers(0, 12))):
        words = draw(st.sampled_from(EVENTS)) + draw(st.sampled_from(EVENTS))[:2]
        title = " ".join(draw(st.lists(st.sampled_from(words), min_size=3, max_size=8)))
        key = f"https://e.com/{number}"
        published = NOW - timedelta(hours=draw(st.integers(0, 90)))
        publisher = Publisher(CleanText(draw(st.sampled_from("pq"))))
        articles[key] = headline(key, title, published, publisher)
    return articles


def groups(merged: Merged) -> set[frozenset[str]]:
    """The keys of the articles of each story."""
    return {frozenset(a.key for a in story.articles) for story in merged.stories}


@given(headlines(), st.randoms())
@settings(max_examples=60, deadline=None)
def test_merging_by_text_does_not_depend_on_order_and_is_idempotent(
    articles: dict[str, Article], random: Random
) -> None:
    shuffled = list(articles.items())
    random.shuffle(shuffled)
    merged = merge(articles, (), NOW, MergeOptions())
    assert merge(dict(shuffled), (), NOW, MergeOptions()) == merged
    again = merge(articles, merged.story_records, NOW, MergeOptions())
    assert groups(again) == groups(merged)
    assert set(again.story_records) == set(merged.story_records)


@given(headlines(), st.floats(0.3, 3), st.floats(0.3, 3))
@settings(max_examples=60, deadline=None)
def test_stricter_merging_only_splits_stories(
    articles: dict[str, Article], first: float, second: float
) -> None:
    strict, loose = (
        groups(merge(articles, (), NOW, MergeOptions(strictness=factor)))
        for factor in sorted((first, second), reverse=True)
    )
    assert all(any(small <= large for large in loose) for small in strict)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 10), st.permutations(range(7)))),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_articles_added_one_by_one_give_the_stories_of_all_at_once(
    arrivals: list[tuple[int, int, list[int]]], several_publishers: bool
) -> None:
    """Of events that share no words. Near the threshold the result may depend on the order of
    arrival, because of the hysteresis."""
    articles: dict[str, Article] = {}
    event_of: dict[str, int] = {}
    story_records: tuple[StoryRecord, ...] = ()
    merged = merge({}, (), NOW, MergeOptions())
    for number, (event, hours, order) in enumerate(arrivals):
        key = f"https://e.com/{number}"
        title = " ".join(EVENTS[event][place] for place in order)
        published = NOW - timedelta(hours=hours)
        publisher = Publisher(CleanText(f"p{number}" if several_publishers else "p"))
        articles[key] = headline(key, title, published, publisher)
        event_of[key] = event
        merged = merge(articles, story_records, NOW, MergeOptions())
        story_records = merged.story_records
    assert groups(merged) == groups(merge(articles, (), NOW, MergeOptions()))
    assert groups(merged) == {
        frozenset(key for key in articles if event_of[key] == event)
        for event in set(event_of.values())
    }


@given(headlines(), headlines(), st.randoms())
@settings(max_examples=60, deadline=None)
def test_the_probability_of_a_pair_does_not_depend_on_what_else_is_in_the_index(
    articles: dict[str, Article], others: dict[str, Article], random: Random
) -> None:
    """With the same statistics, whatever articles were added earlier and later."""
    statistics = Statistics.learned(articles.values(), NOW, {})
    beside = [replace(a, key=CleanText(f"{key}#other")) for key, a in others.items()]
    pieces = list(articles.values())
    alone = probabilities(pieces, pieces, TextIndex(statistics, no_lexicon))
    mixed = [*pieces, *beside]
    random.shuffle(mixed)
    index = TextIndex(statistics, no_lexicon)
    assert probabilities(pieces, mixed, index) == pytest.approx(alone, abs=1e-5)
    probabilities(pieces, beside, index)
    assert probabilities(pieces, pieces, index) == pytest.approx(alone, abs=1e-5)


def probabilities(
    pieces: list[Article], added: list[Article], index: TextIndex
) -> dict[tuple[str, str], float]:
    """The probability of each pair of `pieces`, in an index to which `added` are added first."""
    index.corpus.add(added)
    rows = index.corpus.add(pieces)
    times = index.publication_times(rows, pieces, timedelta(hours=72))
    first, second = np.triu_indices(len(pieces), 1)
    values = index.probabilities(rows[first], rows[second], times).tolist()
    keys = [(pieces[low].key, pieces[high].key) for low, high in zip(first, second, strict=True)]
    return dict(zip(keys, values, strict=True))


@given(headlines(), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_links_do_not_depend_on_the_size_of_batches(
    articles: dict[str, Article], size: int
) -> None:
    statistics = Statistics.learned(articles.values(), NOW, {})
    pieces = list(articles.values())
    growing = TextIndex(statistics, no_lexicon)
    in_parts: dict[tuple[str, str], float] = {}
    for start in range(0, len(pieces), size):
        in_parts |= links(growing, pieces[: start + size], start)
    at_once = links(TextIndex(statistics, no_lexicon), pieces, 0)
    assert in_parts == pytest.approx(at_once, abs=1e-5)


def links(index: TextIndex, window: list[Article], start: int) -> dict[tuple[str, str], float]:
    """The probability of each pair of candidates: the articles from `start` on with all others."""
    rows = index.corpus.add(window)
    times = index.publication_times(rows, window, timedelta(hours=72))
    key_of = dict(zip(rows.tolist(), (a.key for a in window), strict=True))
    first, second, values = index.links(rows[start:], times)
    return {
        (min(pair), max(pair)): value
        for pair, value in zip(
            ((key_of[low], key_of[high]) for low, high in zip(first, second, strict=True)),
            values.tolist(),
            strict=True,
        )
    }


@given(headlines(), st.integers(0, 12))
@settings(max_examples=40, deadline=None)
def test_reused_epochs_are_only_a_cache(articles: dict[str, Article], size: int) -> None:
    """A merge with an index that was used before gives the same as with a new one of the same
    statistics."""
    statistics = Statistics.learned(articles.values(), NOW, {})
    pieces = list(articles.items())
    cached = Epochs(no_lexicon, lambda: statistics)
    merge(dict(pieces[size:]), (), NOW, MergeOptions(), epochs=cached)
    earlier = merge(dict(pieces[:size]), (), NOW, MergeOptions(), epochs=cached)
    again = merge(articles, earlier.story_records, NOW, MergeOptions(), epochs=cached)
    fresh = Epochs(no_lexicon, lambda: statistics)
    assert merge(articles, earlier.story_records, NOW, MergeOptions(), epochs=fresh) == again
