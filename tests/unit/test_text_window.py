"""The window of texts: what stays when articles come, change and leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.merge import MergeOptions, Statistics, no_lexicon
from aggregator.merge.similarity.index import TextIndex
from aggregator.merge.similarity.join import Candidate, join_by_text
from aggregator.merge.similarity.numbering import Numbering
from aggregator.merge.similarity.text_window import TextWindow
from aggregator.model import Article, CleanText, Publisher

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WINDOW = timedelta(hours=72)


def report(number: int, title: str, publisher: str = "", hours: float = 0) -> Article:
    url = CleanText(f"https://e.com/{number}")
    return Article(
        source="s",
        ref=CleanText(str(number)),
        key=url,
        url=url,
        title=CleanText(title),
        published=NOW - timedelta(hours=hours),
        publisher=Publisher(CleanText(publisher or f"publisher {number}")),
    )


def event(number: int, of: int) -> str:
    """A headline with five words of one event, and three of its own."""
    return " ".join([f"e{of}word{n}" for n in range(5)] + [f"r{number}word{n}" for n in range(3)])


def reports(count: int, events: int, start: int = 0) -> list[Article]:
    return [report(n, event(n, n % events)) for n in range(start, start + count)]


def window_of(articles: Sequence[Article], learned_from: Sequence[Article] = ()) -> TextWindow:
    window = TextWindow(TextIndex(Statistics.learned(learned_from, NOW, {}), no_lexicon))
    window.put(articles)
    return window


# ------------------------------------------------------------ numbers


@given(st.lists(st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-40, 40))))
def test_keys_are_numbered_in_the_order_in_which_they_are_first_seen(
    batches: list[list[int]],
) -> None:
    numbering, expected = Numbering(), dict[int, int]()
    for keys in batches:
        before = numbering.find(np.array(keys, np.int64)).tolist()
        assert before == [expected.get(key, -1) for key in keys]
        numbers = numbering.add(np.array(keys, np.int64)).tolist()
        assert numbers == [expected.setdefault(key, len(expected)) for key in keys]
    assert numbering.keys.tolist() == list(expected)


def test_numbers_stay_when_the_table_grows() -> None:
    keys = np.arange(0, 40_000_000, 4_000)
    numbering = Numbering()
    first = numbering.add(keys[:700])
    numbering.add(keys[::-1])
    assert numbering.find(keys[:700]).tolist() == first.tolist() == list(range(700))
    assert len(numbering) == len(keys)
    assert sorted(numbering.find(keys).tolist()) == list(range(len(keys)))


# ------------------------------------------------------------ the window


def test_an_article_is_near_those_of_its_event_until_they_leave() -> None:
    window = window_of(reports(40, events=10))
    new = report(100, event(100, 3))
    expected = {f"https://e.com/{n}" for n in (3, 13, 23, 33)}
    assert window.near([new], WINDOW) == expected
    window.remove(["https://e.com/13", "https://e.com/unknown"])
    assert window.near([new], WINDOW) == expected - {"https://e.com/13"}
    assert len(window) == 39
    assert window.near([report(4, event(4, 4))], WINDOW) == {
        f"https://e.com/{n}" for n in (4, 14, 24, 34)
    }


def test_an_article_of_another_text_replaces_the_earlier_one() -> None:
    first, second = report(1, event(1, 1)), report(1, event(1, 2))
    window = window_of([first, report(2, event(2, 1))])
    assert not window.is_new(first)
    assert window.is_new(second)
    window.put([second])
    assert not window.is_new(second)
    assert window.is_new(first)
    assert len(window) == 2
    assert window.near([report(3, event(3, 1))], WINDOW) == {"https://e.com/2"}
    window.put([first])
    assert not window.is_new(first)
    assert len(window) == 2


def test_a_merge_that_hides_articles_leaves_the_window_as_it_was() -> None:
    window = window_of(reports(8, events=2))
    new = report(100, event(100, 0))
    before = window.near([new], WINDOW)
    with window.without(before) as texts:
        rows = texts.corpus.add([new])
        times = texts.publication_times(rows, [new], WINDOW)
        assert not len(window.index.candidates(rows, times)[0])
    assert window.near([new], WINDOW) == before


def test_an_article_is_judged_again_when_its_time_changes() -> None:
    """The probabilities of pairs are kept, but not those of another time apart."""
    early = report(1, event(1, 1), publisher="P", hours=60)
    new = report(3, event(3, 1), publisher="P")

    def probability(window: TextWindow) -> float:
        with window.without([]) as texts:
            rows = texts.corpus.add([new])
            times = texts.publication_times(rows, [new], WINDOW)
            pairs = window.index.candidates(rows, times)
            return float(texts.probabilities(*pairs, times)[0])

    window = window_of([early])
    first = probability(window)
    assert first == probability(window)
    late = replace(early, published=NOW)
    window.put([late])
    assert probability(window) == probability(window_of([late])) != first


def test_what_left_the_window_is_forgotten_and_the_rest_is_compared_as_before() -> None:
    """A year of articles that come and leave needs the memory of the window."""
    size, most = 600, 0
    window = window_of(reports(size, events=50))
    for start in range(size, 12 * size, size // 2):
        window.put(reports(size // 2, 50, start))
        window.remove([f"https://e.com/{n}" for n in range(start - size, start - size // 2)])
        most = max(most, len(window.index.corpus))
        kept = reports(size, 50, start - size // 2)
        new = [report(10**6, event(10**6, start // 300)), report(10**6 + 1, event(1, 7))]
        assert window.near(new, WINDOW) == window_of(kept).near(new, WINDOW)
        assert not any(map(window.is_new, kept))
    assert most < 3 * size
    assert len(window) == size


def test_other_articles_that_get_the_rows_of_forgotten_ones_are_judged_themselves() -> None:
    alike = [report(1, event(1, 1)), report(2, event(2, 1))]
    others = [report(3, event(3, 3)), report(4, f"{event(3, 3)} and other words of the day")]
    fillers = reports(1_200, events=1_200, start=100)

    def probability(window: TextWindow, pair: list[Article]) -> float:
        with window.without([]) as texts:
            rows = texts.corpus.add(pair)
            times = texts.publication_times(rows, pair, WINDOW)
            return float(texts.probabilities(rows[:1], rows[1:], times)[0])

    window = window_of([*alike, *fillers, *others])
    forgotten = probability(window, alike)
    window.remove([article.key for article in (*alike, *fillers)])
    assert probability(window, others) == probability(window_of(others), others) != forgotten


def test_articles_are_joined_after_rows_were_forgotten_as_in_a_new_window() -> None:
    old, kept = reports(1_500, events=500), reports(300, events=50, start=1_500)
    window = window_of([*old, *kept])
    new = report(10**6, event(10**6, 7))
    window.near([new], WINDOW)
    window.remove([article.key for article in old])

    def joined(texts: TextWindow) -> dict[str, str]:
        near = texts.near([new], WINDOW)
        candidates = [Candidate(a.key, (a,)) for a in [*kept, new] if a.key in {*near, new.key}]
        with texts.without(near) as others:
            return join_by_text(candidates, {new.key}, MergeOptions(), others)

    assert len(window.index.corpus) < 400
    roots = joined(window)
    assert roots == joined(window_of(kept))
    assert len(roots) == 7


@given(st.sets(st.integers(0, 59), min_size=1), st.sets(st.integers(0, 59), min_size=1))
@settings(max_examples=40, deadline=None)
def test_candidates_among_a_few_are_those_of_a_window_of_these(
    looked_up: set[int], among: set[int]
) -> None:
    articles = reports(60, events=5)
    index = TextIndex(Statistics.learned((), NOW, {}), no_lexicon)
    rows = index.corpus.add(articles)
    times = index.publication_times(rows, articles, WINDOW)
    few = np.array(sorted(among))
    expected = index.publication_times(rows[few], [articles[n] for n in few], WINDOW)
    expected.seconds[:] = times.seconds
    queries = np.array(sorted(looked_up))
    left, right = index.candidates(rows[queries], times, rows[few])
    assert [left.tolist(), right.tolist()] == [
        side.tolist() for side in index.candidates(rows[queries], expected)
    ]


# ------------------------------------------------------------ the epoch

CHANGES = st.lists(
    st.tuples(st.booleans(), st.lists(st.tuples(st.integers(0, 9), st.sampled_from("ABCD ")))),
    max_size=12,
)


@given(CHANGES, st.integers(0, 30))
@settings(max_examples=150, deadline=None)
def test_the_window_knows_when_an_epoch_is_over_as_the_statistics_say(
    changes: list[tuple[bool, list[tuple[int, str]]]], hours: int
) -> None:
    learned = [report(n, "title", publisher) for n, publisher in enumerate("AAABBB")]
    window, articles = window_of([], learned), dict[str, Article]()
    for is_put, named in changes:
        pieces = [
            replace(report(n, f"title {name}"), publisher=Publisher(CleanText(name.strip())))
            for n, name in named
        ]
        if is_put:
            window.put(pieces)
            articles.update({piece.key: piece for piece in pieces})
        else:
            window.remove([piece.key for piece in pieces])
            for piece in pieces:
                articles.pop(piece.key, None)
        statistics, now = window.index.statistics, NOW + timedelta(hours=hours)
        assert window.is_outdated(now) == statistics.is_outdated(articles.values(), now)


def test_links_that_leave_the_compared_articles_are_told_and_not_followed() -> None:
    first, second, other = report(1, event(1, 7)), report(2, event(2, 7)), report(3, event(3, 8))
    window = window_of([first, second, other], learned_from=reports(40, 20, start=10))
    with window.without([first.key]) as texts:
        rows = texts.corpus.add([first])
        times = texts.publication_times(rows, [first], WINDOW)
        left, right = texts.candidates(rows, times)
        assert (len(left), len(right)) == (0, 0)
        assert texts.reached() == {second.key}
    with window.without([first.key, second.key]) as texts:
        rows = texts.corpus.add([first, second])
        times = texts.publication_times(rows, [first, second], WINDOW)
        assert len(texts.candidates(rows, times)[0]) == 1
        assert texts.reached() == set()
