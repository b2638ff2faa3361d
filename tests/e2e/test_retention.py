"""Retention as a user sees it: builds with the clock moved forward, and a daemon."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from aggregator.config import load_settings
from aggregator.pipeline import PlanOptions
from aggregator.queries import StoryQueries
from aggregator.store import open_store
from aggregator.store.sizes import sizes_of
from tests.conftest import NOW, StoryWriter, program, ticking

Config = Callable[..., Path]
WINDOW = {"ranking": {"window": "7d"}, "keep": "40d"}


def build(config: Path, days: int = 0) -> None:
    now = f"{NOW + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"
    program("build", "-c", str(config), "--now", now)


def sizes(config: Path, days: int = 0) -> dict[str, int]:
    now = f"{NOW + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"
    printed = program("store", "-c", str(config), "--json", "--now", now).stdout
    return json.loads(printed)["rows"]  # type: ignore[no-any-return]


def write_items(path: Path, *items: dict[str, str]) -> None:
    path.write_text("".join(f"{json.dumps(item)}\n" for item in items), "utf-8")


def test_a_store_is_bounded_and_nothing_comes_back(
    write_story: StoryWriter, write_config: Config, tmp_path: Path
) -> None:
    write_story("a.md", title="A comet")
    write_story("old.md", title="Long ago", publishedDateTime="2020-01-01T08:00:00Z")
    items = tmp_path / "wire.jsonl"
    undated = {"url": "https://wire.example/u", "title": "Without a date"}
    write_items(items, undated)
    config = write_config(
        sources=[
            {"name": "news", "type": "stories", "path": "news"},
            {"name": "wire", "type": "jsonl", "path": "wire.jsonl"},
        ],
        **WINDOW,
    )
    build(config)
    assert sizes(config)["articles"] == 2, "what is too old is not stored"
    feed = config.parent / "feeds/all.atom"
    assert "A comet" in feed.read_text()
    settings = load_settings(config)
    store = open_store(settings.store)
    ids = {record.id for record in store.window(None).stories}
    build(config, 20)
    assert sizes(config, 20)["articles"] == 2
    build(config, 41)
    after = sizes(config, 41)
    assert (after["articles"], after["stories"], after["removed_stories"]) == (0, 0, 2)
    write_story("a.md", title="A comet, edited", excerpt="More words.")
    write_items(
        items, {**undated, "title": "Edited"}, {"url": "https://wire.example/n", "title": "N"}
    )
    build(config, 42)
    assert {a.title for a in store.window(None).articles} == {"N"}
    assert "comet" not in feed.read_text()
    queries = StoryQueries.from_store(store, PlanOptions.of(settings), NOW + timedelta(days=42))
    assert all(queries.story(story_id) is None and queries.is_removed(story_id) for story_id in ids)
    assert not queries.is_removed("urn:uuid:00000000-0000-0000-0000-000000000000")
    write_story("a.md", title="A comet", publishedDateTime="2027-01-02T08:00:00Z")
    build(config, 43)
    (again,) = (r for r in store.window(None).stories if r.origin_key.endswith("a.md"))
    assert again.id in ids, "dated anew, it is the story that it was"
    store.close()


def write_rss(path: Path, now: datetime, *, dated: bool) -> None:
    """A feed of 200 items since 1999, 36 days apart, and one more per 10 days; all stay listed."""
    first = datetime(1999, 1, 1, tzinfo=UTC)
    dates = [first + timedelta(days=36 * number) for number in range(200)]
    dates += [NOW + timedelta(days=days) for days in range(1, (now - NOW).days + 1, 10)]
    items = "".join(
        f"<item><title>Item {number}</title><link>https://wire.example/{number}</link>"
        + (f"<pubDate>{format_datetime(date)}</pubDate>" if dated else "")
        + "</item>"
        for number, date in enumerate(dates)
    )
    path.write_text(f"<rss version='2.0'><channel><title>W</title>{items}</channel></rss>", "utf-8")


@pytest.mark.parametrize("dated", [True, False])
def test_a_feed_that_lists_everything_for_a_year_shows_no_removed_article_again(
    write_config: Config, tmp_path: Path, *, dated: bool
) -> None:
    wire = tmp_path / "wire.xml"
    write_rss(wire, NOW, dated=dated)
    sources = [{"name": "wire", "type": "feed", "path": "wire.xml"}]
    config = write_config(sources=sources, ranking={"window": "14d"}, keep="90d")
    settings = load_settings(config)
    store = open_store(settings.store)
    now = [NOW]
    stored: set[str] = set()
    removed: set[str] = set()
    published: dict[str, datetime] = {}
    with ticking(settings, store, lambda: now[0]) as tick:
        for _ in range(73):
            write_rss(wire, now[0], dated=dated)
            tick()
            tick()
            window = store.window(None)
            urls = {str(article.url) for article in window.articles}
            feed = (config.parent / "feeds/all.atom").read_text()
            assert not urls & removed
            assert not any(f'"{url}"' in feed for url in removed)
            for record in window.stories:
                assert published.setdefault(record.id, record.published) == record.published
            removed |= stored - urls
            stored = urls
            now[0] += timedelta(days=5)
    ids_kept = sizes_of(store.database, None).rows["removed_stories"]
    store.close()
    assert ids_kept == len(removed), "what is older than `keep` was never taken in"
    assert len(published) == len(removed) + len(stored), "each article had one id"
    assert len(removed) == (27 if dated else 227)


def test_the_daemon_prunes_a_little_per_tick(
    write_story: StoryWriter, write_config: Config
) -> None:
    write_story("a.md")
    settings = load_settings(write_config(**WINDOW))
    store = open_store(settings.store)
    now = [NOW]
    with ticking(settings, store, lambda: now[0]) as tick:
        tick()
        assert len(store.window(None).stories) == 1
        now[0] += timedelta(days=41)
        for _ in range(5):
            tick()
        assert store.window(None).stories == ()
        assert tick.health() == tick.degraded() == ""
    store.close()


def test_an_operator_sees_the_size(write_story: StoryWriter, write_config: Config) -> None:
    write_story("a.md")
    config = write_config(**WINDOW)
    build(config)
    printed = program(
        "store", "-c", str(config), "--compact", "--now", "2027-06-01T00:00:00Z"
    ).stdout
    assert "oldest article: 2026-11-20 08:00:00 UTC; stories are kept 40d" in printed
    assert "not updated for that long: 1 story" in printed
    assert "articles: 1 rows" in printed
    assert "shrinks" not in printed
