"""Laws of retention over histories that hypothesis makes up: what is removed was visible to nobody,
and does not come back."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aggregator.merge import MergeOptions
from aggregator.model import (
    Article,
    CleanText,
    Feed,
    Publisher,
    Reading,
    Site,
    Source,
    SourceState,
    Verdict,
)
from aggregator.pipeline import PlanOptions, UpdateResult, prune, update_stories
from aggregator.rank import RankingOptions
from aggregator.store import Store, open_store
from tests.conftest import NOW

KEEP = timedelta(days=40)
WINDOW = timedelta(days=10)
OPTIONS = PlanOptions(
    Site(CleanText("Test"), "https://news.example.org/"),
    ranking=RankingOptions(window=WINDOW, max_entries=None),
    merging=MergeOptions(text=False),
    keep=KEEP,
)
SOURCES = tuple(Source(name, "feed", f"https://{name}.example/") for name in ("one", "two"))
VERDICTS = [Verdict.NONE, Verdict.STORY, Verdict.UNPUBLISHED, Verdict.SUPERSEDED]
KEYS = [f"https://e.com/{number}" for number in range(8)]


@st.composite
def items(draw: st.DrawFn) -> tuple[Article, ...]:
    """What a source lists for all time: some items with dates, which never change, some without,
    some that mention others, as the files of a story folder do."""
    source = draw(st.sampled_from(["one", "two"]))
    key = draw(st.sampled_from(KEYS))
    addresses = draw(st.sets(st.sampled_from([*KEYS, "https://e.com/alias"]), max_size=1)) - {key}
    aliases = tuple(CleanText(alias) for alias in sorted(addresses))
    if draw(st.booleans()):
        aliases = ()
    own = Article(
        source=source,
        ref=CleanText(f"ref of {key}"),
        key=CleanText(key),
        url=CleanText(key),
        title=CleanText(f"Title of {key}"),
        published=NOW + timedelta(days=draw(st.integers(0, 60))),
        publisher=Publisher(CleanText(source)),
        verdict=draw(st.sampled_from(VERDICTS)),
        dated=draw(st.booleans()),
        quality=draw(st.sampled_from([80, 87, 94])),
        aliases=aliases,
    )
    related = draw(st.sets(st.sampled_from(KEYS), max_size=2)) - {key}
    mentions = [
        replace(
            own,
            key=CleanText(other),
            url=CleanText(other),
            title=CleanText(f"Title of {other}"),
            verdict=Verdict.RELATED_ONLY,
            dated=draw(st.sampled_from([True, True, False])),
            published=own.published - timedelta(days=draw(st.integers(0, 50))),
            aliases=(),
        )
        for other in sorted(related)
    ]
    return (replace(own, related=tuple(m.key for m in mentions)), *mentions)


documents = st.lists(items(), min_size=1, max_size=6, unique_by=lambda i: i[0].row_key[:2])


@contextmanager
def empty_store() -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/store.db")
        try:
            yield store
        finally:
            store.close()


def read(store: Store, listed: Sequence[tuple[Article, ...]], now: datetime) -> UpdateResult:
    """One poll of all that is published by now, as the reader gives it."""
    readings = []
    for source in SOURCES:
        seen = [
            article if article.dated else replace(article, published=now)
            for document in listed
            if document[0].source == source.name and document[0].published <= now
            for article in document
        ]
        state = SourceState(source.name, checked=now, changed=now)
        readings.append(Reading(source, state, tuple(seen)))
    return update_stories(readings, store, OPTIONS, now)


def addresses(articles: Iterable[Article]) -> set[str]:
    return {address for article in articles for address in (article.key, *article.aliases)}


def published(result: UpdateResult) -> list[Feed]:
    return [replace(feed, updated=NOW) for feed in result.plan.feeds if feed.entries]


def ids(result: UpdateResult) -> set[str]:
    return {entry.id for feed in result.plan.feeds for entry in feed.entries}


def document(source: str, day: int, verdict: Verdict) -> tuple[Article, ...]:
    """A document without a date that has the article at the first key."""
    key = CleanText(KEYS[0])
    return (
        Article(
            source=source, ref=key, key=key, url=key, title=CleanText("T"), verdict=verdict,
            published=NOW + timedelta(days=day), publisher=Publisher(CleanText(source)),
            dated=False, quality=87,
        ),
    )  # fmt: skip


@settings(max_examples=60)
@example(  # removing what one source withholds published what another one says of it
    [document("one", 0, Verdict.UNPUBLISHED), document("two", 28, Verdict.NONE)], [1, 1, 15, 25]
)
@given(documents, st.lists(st.integers(1, 25), min_size=2, max_size=7))
def test_what_is_removed_changes_nothing_and_never_comes_back(
    listed: list[tuple[Article, ...]], steps: list[int]
) -> None:
    """The same sources, polled at the same times, with and without pruning after each poll. Both
    publish the same, although the sources go on listing everything, until a new document has an
    article that was removed (see the next test)."""
    with empty_store() as pruned, empty_store() as whole:
        now: datetime = NOW
        gone: set[str] = set()
        for days in steps:
            stored = {article.row_key for article in pruned.window(None).articles}
            removed = [a for a in whole.window(None).articles if a.row_key not in stored]
            before, now = now, now + timedelta(days=days)
            new = [article for d in listed if before < d[0].published <= now for article in d]
            if addresses(removed) & addresses(new):
                break
            result, reference = read(pruned, listed, now), read(whole, listed, now)
            assert published(result) == published(reference)
            assert not ids(result) & gone, "an entry came back"
            prune(pruned, KEEP, SOURCES, Path("/nowhere"), now)
            again = read(pruned, listed, now)
            assert published(again) == published(result)
            assert not again.changes.articles
            stored_ids = {record.id for record in pruned.window(None).stories}
            gone |= {r.id for r in whole.window(None).stories} - stored_ids
        last = now + KEEP + 3 * WINDOW
        read(pruned, [], last)
        for _ in range(2):
            prune(pruned, KEEP, SOURCES, Path("/nowhere"), last)
        assert pruned.window(None).articles == ()
        assert pruned.window(None).stories == ()


@pytest.mark.parametrize(("mentioned", "continues"), [(10, True), (45, False)])
def test_a_new_article_that_mentions_a_removed_one(mentioned: int, *, continues: bool) -> None:
    """The removed article stays away, although its source lists it. If the mention has a date
    within `keep`, the story continues with the id and the published date that it had, as without
    pruning; else the new article is a story of its own."""

    def document(source: str, key: str, day: int) -> Article:
        return Article(
            source=source, ref=CleanText(key), key=CleanText(key), url=CleanText(key),
            title=CleanText("T"), published=NOW + timedelta(days=day),
            publisher=Publisher(CleanText(source)), quality=87,
        )  # fmt: skip

    old, new = document("one", KEYS[0], 0), document("two", KEYS[1], 50)
    new = replace(new, related=(old.key,))
    mention = replace(
        new,
        key=old.key,
        url=old.url,
        related=(),
        verdict=Verdict.RELATED_ONLY,
        published=new.published - timedelta(days=mentioned),
    )
    with empty_store() as store:
        plans = []
        for day in (1, 21, 44, 51):
            now = NOW + timedelta(days=day)
            plans.append(read(store, [(old,), (new, mention)], now).plan)
            prune(store, KEEP, SOURCES, Path("/nowhere"), now)
        (first,), (last,) = (
            {(e.id, e.published) for feed in plan.feeds for e in feed.entries}
            for plan in (plans[0], plans[-1])
        )
        assert (last == first) is continues
        assert (last[0] == first[0]) is continues
        assert old.row_key not in {article.row_key for article in store.window(None).articles}


@settings(max_examples=30)
@given(documents, st.integers(50, 400))
def test_a_story_that_comes_back_has_the_id_that_it_had(
    listed: list[tuple[Article, ...]], days: int
) -> None:
    """Where a publisher dates everything anew, the ids are those of before: none is minted again
    for another story."""
    with empty_store() as store:
        late = NOW + timedelta(days=61)
        read(store, listed, late)
        before = {r.origin_key: r.id for r in store.window(None).stories if not r.merged_into}
        prune(store, KEEP, SOURCES, Path("/nowhere"), late + timedelta(days=days))
        now = late + timedelta(days=days)
        anew = [
            tuple(replace(a, published=now, dated=True) for a in document) for document in listed
        ]
        read(store, anew, now)
        records = store.window(None).stories
        assert len({r.id for r in records}) == len(records)
        for record in records:
            if record.merged_into is None and record.origin_key in before:
                assert record.id == before[record.origin_key]
