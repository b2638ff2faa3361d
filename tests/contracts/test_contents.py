"""Full texts: in the store and in entries, but not in memory; and what moves `updated`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import text

from aggregator.model import CleanText, Feed, FullText, Reading, Site, Source, SourceState
from aggregator.pipeline import PlanOptions, begin_retention, prune, update_stories
from aggregator.pipeline.intake import options_digest
from aggregator.pipeline.live_stories import LiveStories
from aggregator.rank import RankingOptions
from aggregator.store import Store
from tests.conftest import NOW, article

OPTIONS = PlanOptions(
    Site(CleanText("Test"), "https://news.example.org/"), ranking=RankingOptions(window=None)
)
SOURCE = Source("s", "feed", "https://a.example/feed", full_text=True)
LATER = NOW + timedelta(hours=1)


def update(store: Store, html: str | None, now: datetime) -> Feed:
    """An update with one article; the feed of all stories after it."""
    content = None if html is None else FullText.of(html)
    read = article("a.example/1", excerpt="Short.", content=content)
    result = update_stories([Reading(SOURCE, SourceState("s"), (read,))], store, OPTIONS, now)
    assert content is None or not content.in_memory
    return next(feed for feed in result.plan.feed_set.feeds if feed.slug == "all")


def test_an_entry_has_the_full_text_instead_of_the_excerpt(store: Store) -> None:
    (entry,) = update(store, "<p>Long &amp; <b>whole</b></p>", NOW).entries
    assert '<div dir="auto"><p>Long &amp; <b>whole</b></p></div>' in entry.content
    assert "Short." not in entry.content
    assert entry.summary == "Short."


def test_a_full_text_leaves_memory_and_is_read_where_it_is_shown(store: Store) -> None:
    update(store, "<p>First</p>", NOW)
    (stored,) = store.window(None).articles
    assert stored.content == FullText.of("<p>First</p>")
    assert stored.content is not None
    assert not stored.content.in_memory
    assert stored.content.html == "<p>First</p>"
    again = update(store, "<p>First</p>", LATER)
    assert again.entries[0].content.count("First") == 1


def test_a_change_of_the_full_text_is_an_update_of_the_entry(store: Store) -> None:
    (first,) = update(store, "<p>First</p>", NOW).entries
    (same,) = update(store, "<p>First</p>", LATER).entries
    assert same.updated == first.updated
    (second,) = update(store, "<p>Second</p>", LATER).entries
    assert second.updated == LATER
    assert "Second" in second.content


def test_a_process_that_updates_often_keeps_no_full_text(store: Store) -> None:
    live = LiveStories(store, OPTIONS)
    for number, html in enumerate(("<p>First</p>", "<p>First</p>", "<p>Second</p>", None)):
        now = NOW + timedelta(hours=number)
        content = html and FullText.of(html)
        read = article("a.example/1", excerpt="Short.", content=content or None)
        feeds = live.update([Reading(SOURCE, SourceState("s"), (read,))], now, {}).feed_set
        held = [a for story in feeds.stories.values() for a in story.articles]
        assert not any(a.content and a.content.in_memory for a in held)
        (entry,) = next(feed for feed in feeds.feeds if feed.slug == "all").entries
        assert (html or "Short.") in entry.content


def test_without_full_texts_nothing_is_stored_of_them_and_entries_have_excerpts(
    store: Store,
) -> None:
    (entry,) = update(store, None, NOW).entries
    assert '<p dir="auto">Short.</p>' in entry.content
    with store.database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM contents")).scalar() == 0
    excerpts = replace(SOURCE, full_text=False)
    assert options_digest(SOURCE) != options_digest(excerpts), "a change reads everything again"


def test_full_texts_are_removed_with_their_articles(store: Store) -> None:
    update(store, "<p>First</p>", NOW)
    keep = timedelta(days=2)
    begin_retention(store, keep)
    prune(store, keep, (SOURCE,), None, NOW + timedelta(days=30))  # type: ignore[arg-type]
    with store.database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM articles")).scalar() == 0
        assert connection.execute(text("SELECT count(*) FROM contents")).scalar() == 0
    update(store, "<p>First</p>", NOW)
    store.delete_source("s")
    with store.database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM contents")).scalar() == 0
