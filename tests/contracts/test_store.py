"""The contract of the store, on a real SQLite file and on a real PostgreSQL server."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event, text

from aggregator.classify import Query
from aggregator.errors import IdTaken, StoreError, StoreLocked
from aggregator.model import (
    CleanText,
    DocumentState,
    Enclosure,
    FeedRecord,
    Image,
    PollDay,
    SourceState,
    StoryRecord,
    Subscription,
    Verdict,
)
from aggregator.store import Store, open_store
from aggregator.store.database import Database
from aggregator.store.window import load_window
from tests.conftest import NOW, article


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


def record(name: str, *members: str, **changes: object) -> StoryRecord:
    values = {
        "id": f"urn:{name}",
        "origin_key": name,
        "lead": name,
        "title": "T",
        "published": NOW,
        "updated": NOW,
        "content_digest": "d",
        "members": frozenset(members),
        "anchors": frozenset(members[:1]),
    }
    return StoryRecord(**{**values, **changes})  # type: ignore[arg-type]


def test_everything_saved_is_loaded_unchanged(store: Store) -> None:
    full = article(
        "a",
        image=Image(CleanText("https://e.com/i.png"), 3, None),
        topics=("A", "B"),
        aliases=("https://x",),
        related=("https://y",),
        lang="de",
        enclosure=Enclosure(CleanText("https://e.com/a.mp3"), CleanText("audio/mpeg"), 7),
    )
    story = record("a", "https://a", "https://y")
    state = SourceState(
        "s", etag=CleanText('W/"x"'), checked=NOW, due=NOW + timedelta(hours=1), failures=2
    )
    document = DocumentState(CleanText("a.md"), 10, 123456789012345678, "d", CleanText("bad"), 7)
    store.save(
        changed_articles=[full],
        story_records=[story],
        source_states=[state],
        document_states={"s": [document]},
    )
    window = store.window(None)
    assert window.articles == (full,)
    assert window.stories == (story,)
    assert store.sources() == {"s": state}
    assert store.documents("s") == {"a.md": document}


def test_a_new_article_replaces_that_of_its_row_but_not_its_mentions(store: Store) -> None:
    mention = article("b", ref="a", verdict=Verdict.RELATED_ONLY)
    store.save(changed_articles=[article("a"), mention])
    store.save(changed_articles=[article("a2", ref="a")])
    stored = {(a.key, a.verdict.value) for a in store.window(None).articles}
    assert stored == {("https://a2", "story"), ("https://b", "mentioned")}
    assert store.count_articles("s") == 1


def test_a_member_belongs_to_one_story(store: Store) -> None:
    store.save(story_records=[record("one", "k1", "k2"), record("two", "k3")])
    store.save(story_records=[record("one", "k1"), record("two", "k2", "k3")])
    members = {m.id: m.members for m in store.window(None).stories}
    assert members == {"urn:one": {"k1"}, "urn:two": {"k2", "k3"}}


def test_the_horizon_keeps_what_belongs_to_recent_articles(store: Store) -> None:
    old = NOW - timedelta(days=400)
    recent = article("new", related=("https://old-coverage",))
    coverage = article("old-coverage", ref="new", verdict=Verdict.RELATED_ONLY, published=old)
    member = article("old-member", published=old)
    forgotten = article("forgotten", published=old)
    story = record("s", "https://new", "https://old-member")
    store.save(changed_articles=[recent, coverage, member, forgotten], story_records=[story])
    window = store.window(NOW - timedelta(days=30))
    assert {a.key for a in window.articles} == {
        "https://new",
        "https://old-coverage",
        "https://old-member",
    }
    assert window.stories == (story,)
    places = {("s", "forgotten")}
    assert "https://forgotten" in {
        a.key for a in store.window(NOW - timedelta(days=30), places).articles
    }


def test_a_save_is_one_transaction(store: Store) -> None:
    broken = replace(article("b"), title=None)  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="cannot write"):
        store.save(changed_articles=[article("a"), broken])
    assert store.window(None).articles == ()


def test_a_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    open_store(url).close()
    with create_engine(url).begin() as connection:
        connection.execute(text("UPDATE schema_version SET version = 999"))
    with pytest.raises(StoreError, match="version 999"):
        open_store(url)


@pytest.mark.parametrize("url", ["nonsense", "nosuchdb://x", "sqlite:////proc/no/store.db"])
def test_a_store_that_cannot_be_opened_says_so(url: str) -> None:
    with pytest.raises(StoreError):
        open_store(url)


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"not a database at all, but long enough to look at" * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_store(f"sqlite:///{path}")


OLD = """
CREATE TABLE schema_version (version INTEGER PRIMARY KEY);
INSERT INTO schema_version VALUES (1);
CREATE TABLE articles (source TEXT NOT NULL, ref TEXT NOT NULL, slot TEXT NOT NULL,
 key TEXT NOT NULL, url TEXT NOT NULL, title TEXT NOT NULL, published BIGINT NOT NULL,
 publisher TEXT NOT NULL, domain TEXT NOT NULL, standing TEXT NOT NULL, excerpt TEXT NOT NULL,
 dated BOOLEAN NOT NULL, author TEXT NOT NULL, lang TEXT NOT NULL, video BOOLEAN NOT NULL,
 image TEXT NOT NULL, quality INTEGER, topics TEXT NOT NULL, aliases TEXT NOT NULL,
 related TEXT NOT NULL, PRIMARY KEY (source, ref, slot));
INSERT INTO articles VALUES ('s', 'r', '', 'https://k', 'https://k', 'Kept', 1700000000, 'P', '',
 'story', '', 1, '', '', 0, '', 90, '', '', '');
CREATE TABLE stories (id TEXT PRIMARY KEY, founder TEXT NOT NULL, lead TEXT NOT NULL,
 title TEXT NOT NULL, published BIGINT NOT NULL, updated BIGINT NOT NULL, shown TEXT NOT NULL,
 ended_into TEXT);
CREATE TABLE members (key TEXT PRIMARY KEY, story TEXT NOT NULL, root BOOLEAN NOT NULL);
CREATE TABLE documents (source TEXT NOT NULL, ref TEXT NOT NULL, size BIGINT NOT NULL,
 modified BIGINT NOT NULL, digest TEXT NOT NULL, problem TEXT NOT NULL, line INTEGER NOT NULL,
 PRIMARY KEY (source, ref));
CREATE TABLE sources (name TEXT PRIMARY KEY, title TEXT NOT NULL, etag TEXT NOT NULL,
 last_modified TEXT NOT NULL, digest TEXT NOT NULL, checked BIGINT, succeeded BIGINT,
 changed BIGINT, due BIGINT, failures INTEGER NOT NULL, error TEXT NOT NULL);
INSERT INTO sources VALUES ('s', '', '"e"', '', '', 1700000000, NULL, NULL, NULL, 0, '');
CREATE TABLE outputs (path TEXT PRIMARY KEY, value TEXT NOT NULL, bytes TEXT NOT NULL);
"""


def test_a_store_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with sqlite3.connect(path) as old:
        old.executescript(OLD)
    old.close()
    store = open_store(f"sqlite:///{path}")
    assert [a.title for a in store.window(None).articles] == ["Kept"]
    assert store.sources()["s"].etag == '"e"'
    assert store.find_best_keys([[["kept"]]], 9) == ["https://k"]
    assert store.outbox.counts() == {}
    store.save(changed_articles=[article("new")], source_states=[SourceState("t", gone=True)])
    assert open_store(f"sqlite:///{path}").sources()["t"].gone


def test_the_index_holds_what_an_article_says_now(store: Store) -> None:
    store.save(
        changed_articles=[article("a", title="Old words"), article("b", title="Other words")]
    )
    store.save(changed_articles=[article("a", title="New words", excerpt="and more")])
    assert store.find_text_ids([[["old"]]]) == []
    assert store.find_text_ids([[["new", "words"]]]) == store.text_ids_by_key()["https://a"]
    assert store.find_text_ids([[["words", "new"]]]) == []
    ids = store.find_text_ids([[["other"], ["more"]], [["words"]]])
    assert sorted(ids) == sorted(n for numbers in store.text_ids_by_key().values() for n in numbers)
    assert len(store.find_best_keys([[["words"]]], 1)) == 1


def test_poll_days_and_changes_are_counted(store: Store) -> None:
    assert store.changes() == 0
    for _ in range(2):
        store.save(poll_days=[PollDay("s", 20_000, 1, 1, 3)])
    store.save(changed_articles=[article("a")], poll_days=[PollDay("t", 20_050, 1)])
    assert store.changes() == 1
    assert store.poll_days() == [PollDay("s", 20_000, 2, 2, 6), PollDay("t", 20_050, 1)]
    store.save(poll_days=[PollDay("t", 20_061, 1)])
    assert [poll_day.day for poll_day in store.poll_days()] == [20_050, 20_061]
    assert store.article_counts() == {"s": 1}


def test_stories_by_id_and_by_article_however_old(store: Store) -> None:
    articles = [article("a"), article("b"), article("c")]
    story = record("one", "https://a", "https://b")
    ended = record("two", merged_into="urn:one")
    store.save(changed_articles=articles, story_records=[story, ended])
    window = store.stories_of(ids=["urn:two"])
    assert window.stories == (ended,)
    window = store.stories_of(keys=["https://b"])
    assert window.stories == (story,)
    assert {a.key for a in window.articles} == {"https://a", "https://b"}


def test_subscriptions_are_kept(store: Store) -> None:
    requested = Subscription(
        "s", CleanText("https://e.com/feed"), CleanText("https://hub"), "token", "secret", NOW
    )
    store.save_subscription(requested)
    confirmed = replace(requested, until=NOW + timedelta(days=10))
    store.save_subscription(confirmed)
    assert store.subscriptions() == {"s": confirmed}


def test_a_new_story_never_takes_the_place_of_another(store: Store) -> None:
    old = record("x", "https://x")
    store.save(story_records=[old], new_stories={old.id})
    thief = replace(old, origin_key="https://y", title=CleanText("Another story"))
    with pytest.raises(IdTaken) as caught:
        store.save(changed_articles=[article("y")], story_records=[thief], new_stories={thief.id})
    assert caught.value.ids == {old.id}
    window = store.window(None)
    assert window.stories == (old,)
    assert window.articles == (), "nothing of that save was stored"


def test_the_origin_and_the_first_publication_of_a_story_never_change(store: Store) -> None:
    old = record("x", "https://x")
    store.save(story_records=[old], new_stories={old.id})
    later = replace(
        old, origin_key="elsewhere", published=NOW + timedelta(days=1), title=CleanText("New")
    )
    store.save(story_records=[later])
    (stored,) = store.window(None).stories
    assert (stored.origin_key, stored.published, stored.title) == (
        old.origin_key,
        old.published,
        "New",
    )


@pytest.mark.parametrize(
    "odd",
    [
        "\ud800",
        "a\0b",
        "\ufffe",
        "x" * 1_000_000,
        "\u202eabc",
        "'; DROP TABLE articles; --",
        "$" + "{HOME}",
        "\x1b[31m",
        "w" * 3_000 + " " + "ä" * 3_000,
    ],
    ids=lambda text: repr(text)[:12],
)
def test_any_text_can_be_saved(store: Store, odd: str) -> None:
    title = odd[:500]
    odd_article = article(
        "a",
        title=title,
        excerpt=odd,
        author=odd,
        topics=(odd,),
        quality=10**30,
        image=Image(CleanText(f"https://e.com/{odd[:100]} x"), 1, 2),
    )
    state = SourceState(
        "s", title=CleanText(odd), error=CleanText(odd), failures=10**20, etag=CleanText(odd)
    )
    story = record("s", "https://a", title=odd)
    document = DocumentState(CleanText("r"), 1, 2, odd, CleanText(odd), 10**30)
    store.save(
        changed_articles=[odd_article, article("b", title="Other words")],
        story_records=[story],
        source_states=[state],
        document_states={"s": [document]},
    )
    assert {a.key for a in store.window(None).articles} == {"https://a", "https://b"}
    assert store.find_best_keys([[["other"]]], 9) == ["https://b"]
    assert store.sources()["s"].failures > 0
    if needs := Query.parse(odd).full_text_query():
        store.find_text_ids(needs)


def test_a_window_is_loaded_from_one_snapshot(store: Store, store_url: str) -> None:
    store.save(changed_articles=[article("a")], story_records=[record("s", "https://a")])
    database = Database.at(store_url)
    with database.reading() as connection:
        first_window = load_window(connection, None, ())
        store.save(changed_articles=[article("b")], story_records=[record("t", "https://b")])
        assert load_window(connection, None, ()) == first_window
    with database.reading() as connection:
        assert len(load_window(connection, None, ()).stories) == 2
    database.engine.dispose()


def test_one_process_writes_a_store(store: Store, store_url: str) -> None:
    second = open_store(store_url)
    assert store.lock_owner() == ""
    with store.exclusive():
        assert str(os.getpid()) in second.lock_owner()
        with pytest.raises(StoreLocked, match=str(os.getpid())), second.exclusive():
            pass
    with second.exclusive():
        second.save(changed_articles=[article("a")])
    second.close()


def test_a_lock_that_the_server_ended_is_taken_again_or_nothing_is_written(store_url: str) -> None:
    if store_url.startswith("sqlite"):
        pytest.skip("the lock of a file ends with the process alone")
    store, second = open_store(store_url), open_store(store_url)
    with store.exclusive():
        _end_sessions(store_url)
        store.save(changed_articles=[article("a")])
        assert str(os.getpid()) in second.lock_owner()
        _end_sessions(store_url)
        with second.exclusive(), pytest.raises(StoreLocked):
            store.save(changed_articles=[article("b")])
    assert [a.key for a in second.window(None).articles] == ["https://a"]
    store.close()
    second.close()


def _end_sessions(store_url: str) -> None:
    """What a restart of the server does to those who hold a lock."""
    engine = create_engine(store_url, isolation_level="AUTOCOMMIT")
    query = text(
        "SELECT pg_terminate_backend(a.pid, 5000) FROM pg_stat_activity a"
        " JOIN pg_locks l ON l.pid = a.pid"
        " WHERE l.locktype = 'advisory' AND a.application_name LIKE :name"
    )
    with engine.connect() as connection:
        connection.execute(query, {"name": f"aggregator %:{os.getpid()}"})
    engine.dispose()


def test_a_cycle_of_merged_stories_is_broken(store: Store) -> None:
    first = record("a", "https://a", merged_into="urn:b")
    second = record("b", "https://b", merged_into="urn:c", published=NOW + timedelta(1))
    third = record("c", merged_into="urn:a", published=NOW + timedelta(2))
    aside = record("d", merged_into="urn:b")
    store.save(story_records=[first, second, third, aside])
    merged_into = {m.id: m.merged_into for m in store.window(None).stories}
    assert merged_into == {"urn:a": None, "urn:b": "urn:c", "urn:c": "urn:a", "urn:d": "urn:b"}


def test_a_source_can_be_forgotten(store: Store) -> None:
    gone = article("a", source="gone", title="Gone words")
    story = record("s", gone.key)
    store.save(
        changed_articles=[gone, article("b", title="Other words")],
        story_records=[story],
        source_states=[SourceState("gone"), SourceState("s")],
        document_states={"gone": [DocumentState(CleanText("a"), 1, 2, "d")]},
        poll_days=[PollDay("gone", 1, 1)],
    )
    changes = store.changes()
    assert store.delete_source("gone") == 1
    assert [a.key for a in store.window(None).articles] == ["https://b"]
    assert store.window(None).stories == (story,), "its id is never given again"
    assert store.find_text_ids([[["gone"]]]) == []
    assert (set(store.sources()), store.documents("gone"), store.poll_days()) == ({"s"}, {}, [])
    assert store.changes() > changes


def test_feeds_are_stored_with_their_first_day(store: Store) -> None:
    store.save_outputs({"/o/a.rss": ("v", "b")}, (), [FeedRecord("a", NOW)])
    store.save_outputs({}, ("/o/a.rss",), [FeedRecord("a", NOW + timedelta(1), NOW + timedelta(2))])
    assert store.feeds() == {"a": FeedRecord("a", NOW, NOW + timedelta(2))}
    assert store.outputs() == {}


def test_what_articles_touch_is_read_by_indexes(tmp_path: Path) -> None:
    """SQLite reads no whole table for one new article among hundreds of thousands."""
    opened = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    statements: dict[str, Any] = {}

    def note(*arguments: Any) -> None:
        statements[arguments[2]] = arguments[3]

    event.listen(opened.database.engine, "before_cursor_execute", note)
    opened.save(changed_articles=[article("a")], story_records=[record("a", "https://a")])
    assert len(opened.touched({("s", "a"), ("s", "b")}, ["https://a", "https://c"]).stories) == 1
    event.remove(opened.database.engine, "before_cursor_execute", note)
    with opened.database.reading() as connection:
        plans = [
            row[3]
            for statement, values in statements.items()
            if statement.startswith("SELECT")
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    assert plans
    assert [step for step in plans if step.startswith("SCAN ")] == []
    opened.close()
