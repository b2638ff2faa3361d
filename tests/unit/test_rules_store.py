"""Rules of the store, by values."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.errors import StoreError
from aggregator.model import FeedRecord, SourceState
from aggregator.store import Store, open_store
from aggregator.store.database import Database
from tests.conftest import NOW, article
from tests.contracts.test_store import OLD, record

WEEK = timedelta(days=7)


def test_a_save_that_fails_late_stores_nothing(store: Store) -> None:
    bad = replace(SourceState("s"), name=None)  # type: ignore[arg-type]
    with pytest.raises(StoreError):
        store.save(
            changed_articles=[article("a")],
            story_records=[record("a", "https://a")],
            source_states=[bad],
        )
    window = store.window(None)
    assert (window.articles, window.stories, store.changes()) == ((), (), 0)
    assert store.find_best_keys([[["title"]]], 9) == []


def test_each_commit_is_synced_to_disk(tmp_path: Path) -> None:
    """SQLite syncs its write-ahead log at each commit (2 is FULL)."""
    database = Database.at(f"sqlite:///{tmp_path / 'store.db'}")
    with database.writing() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    database.engine.dispose()


def test_a_migrated_source_has_no_redirect(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with sqlite3.connect(path) as old:
        old.executescript(OLD)
    old.close()
    migrated = open_store(f"sqlite:///{path}")
    (state,) = migrated.sources().values()
    assert (state.moved_to, state.redirect_candidate, state.redirect_count) == ("", "", 0)
    assert (state.gone, state.interval, state.not_before) == (False, 0, None)
    migrated.close()


def test_in_a_cycle_of_merged_stories_the_oldest_survives(store: Store) -> None:
    young = record("a", "https://a", merged_into="urn:b", published=NOW)
    old = record("b", merged_into="urn:a", published=NOW - WEEK)
    store.save(story_records=[young, old])
    into = {r.id: r.merged_into for r in store.window(None).stories}
    assert into == {"urn:a": "urn:b", "urn:b": None}


def test_the_first_dates_of_a_feed_and_of_a_story_never_change(store: Store) -> None:
    store.save(story_records=[record("a", "https://a")])
    store.save(story_records=[record("a", "https://a", published=NOW + WEEK, origin_key="x")])
    (kept,) = store.window(None).stories
    assert (kept.published, kept.origin_key) == (NOW, "a")
    store.save_outputs({}, (), [FeedRecord("f", NOW)])
    store.save_outputs({}, (), [FeedRecord("f", NOW + WEEK, NOW + WEEK)])
    assert store.feeds() == {"f": FeedRecord("f", NOW, NOW + WEEK)}
