"""``advance`` over the touched part of a window gives what a step over all of it gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from aggregator.merge import KnownTexts, MergeOptions, Statistics, no_lexicon
from aggregator.merge.similarity.index import TextIndex
from aggregator.model import Article, CleanText, Publisher, Site, Story, StoryRecord, Verdict
from aggregator.pipeline.advance import Memory, advance
from aggregator.pipeline.options import PlanOptions
from aggregator.pipeline.story_step import Baselines, stories_after
from aggregator.rank import RankingOptions
from aggregator.store import StoredWindow

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
OPTIONS = PlanOptions(
    Site(CleanText("Test"), "https://news.example.org/"),
    ranking=RankingOptions(window=None),
    merging=MergeOptions(strictness=0.3),
)
EVENTS = (
    "Harbour of Rotterdam closed after tanker collision",
    "Tanker collision closes the harbour of Rotterdam",
    "Collision of a tanker in Rotterdam: harbour closed",
    "Parliament of Estonia adopts budget for defence",
    "Estonia adopts a budget for defence in parliament",
    "Volcano Etna erupts, airport of Catania closed",
    "Etna erupts: Catania closes its airport, volcano awake",
    "Weekly newsletter",
)
ADDRESSES = [f"https://e.com/{letter}" for letter in "abcdefghij"]
TEXTS = st.sampled_from(EVENTS)


@st.composite
def articles(draw: st.DrawFn) -> Article:
    address = draw(st.sampled_from(ADDRESSES))
    verdict = draw(st.sampled_from([Verdict.NONE] * 4 + list(Verdict)))
    return Article(
        source=draw(st.sampled_from("xyz")),
        ref=CleanText(draw(st.sampled_from("123456"))),
        key=CleanText(address),
        url=CleanText(address),
        title=CleanText(draw(TEXTS)),
        published=START - timedelta(hours=draw(st.integers(0, 100))),
        publisher=Publisher(CleanText(draw(st.sampled_from(["P", "Q", "R"])))),
        verdict=verdict,
        dated=draw(st.sampled_from([True, True, True, False])),
        excerpt=CleanText(draw(st.sampled_from(["", *EVENTS]))),
        quality=draw(st.sampled_from([None, None, 60, 87, 120])),
        topics=tuple(map(CleanText, draw(few(st.sampled_from(["Sea", "Etna"]))))),
        aliases=tuple(map(CleanText, draw(few(st.sampled_from(ADDRESSES))))),
        related=tuple(
            CleanText(other) for other in draw(few(st.sampled_from(ADDRESSES))) if other != address
        ),
    )


def few(values: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    """Mostly none of the values, sometimes one or two."""
    return st.one_of(st.just([]), st.just([]), st.lists(values, max_size=2, unique=True))


class Advancing(RuleBasedStateMachine):
    """Articles arrive, change, move and are judged anew; the clock goes on; the process restarts.

    Beside the memory stands what a store would hold, from which everything is made again."""

    @initialize(known=st.lists(articles(), max_size=6))
    def begin(self, known: list[Article]) -> None:
        self.now = START
        self.rows: dict[tuple[str, str, str], Article] = {}
        self.records: dict[str, StoryRecord] = {}
        self.expected: dict[str, Story] = {}
        self.baselines = Baselines.learned(known, OPTIONS)
        statistics = Statistics.learned(known, START, {})
        self.whole = TextIndex(statistics, no_lexicon)
        self.index = TextIndex(statistics, no_lexicon)
        self.restart()

    @rule()
    def restart(self) -> None:
        stored = StoredWindow(tuple(self.rows.values()), tuple(self.records.values()))
        self.memory = Memory.of(stored, OPTIONS, self.now, self.index, self.baselines)

    @rule(hours=st.integers(1, 50))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @precondition(lambda self: self.rows)
    @rule(data=st.data(), address=st.sampled_from(ADDRESSES))
    def read_again_under_another_ref(self, data: st.DataObject, address: str) -> None:
        """As news searches do: another id and URL for the same article at each poll."""
        row_key = data.draw(st.sampled_from(sorted(self.rows)))
        url, ref = CleanText(address), CleanText(f"search/{len(self.rows)}")
        self.read([replace(self.rows[row_key], ref=ref, key=url, url=url)])

    @rule(read=st.lists(articles(), min_size=1, max_size=4))
    def read(self, read: list[Article]) -> None:
        step = stories_after(
            read, self.rows.values(), self.records.values(), OPTIONS, self.now,
            KnownTexts(self.whole), self.baselines,
        )  # fmt: skip
        advanced = advance(self.memory, read, OPTIONS, self.now)
        assert {a.row_key: a for a in advanced.step.changed} == {a.row_key: a for a in step.changed}
        assert set(advanced.step.new_articles) == set(step.new_articles)
        changed = {r.id: r for r in step.records if self.records.get(r.id) != r}
        assert {record.id: record for record in advanced.changed_records} == changed
        self.memory.apply(advanced)
        self.rows.update({article.row_key: article for article in step.changed})
        self.records.update(changed)
        self.expected = {story.id: story for story in step.stories}

    @invariant()
    def the_stories_are_those_of_the_whole(self) -> None:
        assert self.memory.window.stories == self.expected


TestAdvancing = Advancing.TestCase
TestAdvancing.settings = settings(max_examples=100, stateful_step_count=12, deadline=None)


def report(ref: str, letter: str, *aliases: str) -> Article:
    url = CleanText(f"https://e.com/{letter}")
    return Article(
        source="s",
        ref=CleanText(ref),
        key=url,
        url=url,
        title=CleanText(EVENTS[0]),
        published=START,
        publisher=Publisher(CleanText("P")),
        aliases=tuple(CleanText(f"https://e.com/{alias}") for alias in aliases),
    )


def test_a_story_follows_its_file_to_the_alias_of_another_article_at_once() -> None:
    other, before, moved = report("1", "b"), report("2", "d"), report("2", "c", "b")
    first = stories_after([other, before], (), (), OPTIONS, START)
    second = stories_after([moved], [other, before], first.records, OPTIONS, START)
    again = stories_after((), [other, moved], second.records, OPTIONS, START)
    assert {record.id: record for record in again.records} == {r.id: r for r in second.records}


def test_an_article_at_another_url_is_recognised_among_those_of_the_window() -> None:
    memory = Memory.of(StoredWindow((report("1", "a"),)), OPTIONS, START, None)
    (changed,) = advance(memory, [report("search/7", "b")], OPTIONS, START).step.changed
    assert (changed.ref, changed.key) == ("1", "https://e.com/b")


def test_an_article_that_a_stored_one_declares_joins_its_story() -> None:
    declaring = replace(report("1", "a"), related=(CleanText("https://e.com/b"),))
    memory = Memory.of(StoredWindow((declaring,)), OPTIONS, START, None)
    read = replace(report("2", "b"), title=CleanText(EVENTS[1]))
    (story,) = advance(memory, [read], OPTIONS, START).step.stories
    assert {a.key for a in story.articles} == {"https://e.com/a", "https://e.com/b"}


def test_two_articles_that_take_one_address_settle_their_stories_at_once() -> None:
    """The lead of a story leaves it with its address, and the story that has the rest continues."""
    lead = replace(report("1", "a"), quality=90, published=START - timedelta(hours=1))
    rest = replace(report("2", "b"), quality=60, published=START - timedelta(hours=2))
    title = CleanText(EVENTS[3])
    other = replace(report("3", "c"), title=title, quality=99, published=START - timedelta(hours=3))
    rows = {
        article.row_key: replace(article, publisher=Publisher(article.ref))
        for article in (lead, rest, other)
    }
    step = stories_after(rows.values(), (), (), OPTIONS, START)
    for ref in ("1", "3"):
        (moved,) = (a for a in rows.values() if a.ref == ref)
        moved = replace(moved, key=CleanText("https://e.com/z"))
        step = stories_after([moved], rows.values(), step.records, OPTIONS, START)
        rows[moved.row_key] = moved
    again = stories_after((), rows.values(), step.records, OPTIONS, START)
    assert {record.id: record for record in again.records} == {r.id: r for r in step.records}


def test_what_is_merged_for_a_new_article_does_not_depend_on_the_size_of_the_window() -> None:
    """The same stories are near it among 1,000 and among 20,000 articles, all of its topic: only
    their groups are candidates, and exactly these stories are merged anew."""
    near = [told(n, f"event{n % 3}") for n in range(18)]
    others = [told(n, f"other{n}") for n in range(100, 20_100)]
    statistics = Statistics.learned([*near, *others[:1_000]], START, {})
    indexes = [TextIndex(statistics, no_lexicon) for _ in range(3)]
    step = stories_after(near, (), (), OPTIONS, START, KnownTexts(indexes[0]))
    as_stored = replace(OPTIONS, merging=MergeOptions(text=False))
    parts = []
    for number, index in zip((1_000, 20_000), indexes[1:], strict=True):
        stored = StoredWindow((*near, *others[:number]), step.records)
        memory = Memory.of(stored, as_stored, START, index, step.baselines)
        assert len(memory.window.stories) == number + len(step.stories)
        parts.append(advance(memory, [told(99, "event0")], OPTIONS, START).part)
    small, large = parts
    assert large == small
    assert {a.title for a in large.rows} == {a.title for a in near if "event0a" in a.title}
    assert len(large.stories) < len(large.rows)


def told(number: int, event: str) -> Article:
    """A report of an event with words of its own, of the event, and of the topic of all."""
    words = [f"own{number}a", f"own{number}b", *(f"{event}{letter}" for letter in "abcde")]
    return replace(
        report(f"{event}-{number}", f"{event}-{number}"),
        title=CleanText(" ".join([*words, "topica", "topicb", "topicc"])),
        publisher=Publisher(CleanText(f"publisher {number % 50}")),
    )
