"""The store, over a real SQLite file."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from aggregator.errors import StoreError
from aggregator.model import (
    DocumentState,
    Enclosure,
    Image,
    PollDay,
    SourceState,
    Standing,
    StoryMemory,
    Subscription,
)
from aggregator.store import Store, open_store
from tests.conftest import NOW, article


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(f"sqlite:///{tmp_path / 'deep' / 'store.db'}")


def memory(name: str, *members: str, **given: object) -> StoryMemory:
    values = {"id": f"urn:{name}", "founder": name, "lead": name, "title": "T",
              "published": NOW, "updated": NOW, "shown": "d",
              "members": frozenset(members), "roots": frozenset(members[:1])}  # fmt: skip
    return StoryMemory(**{**values, **given})  # type: ignore[arg-type]


def test_what_goes_in_comes_out(store: Store) -> None:
    full = article("a", image=Image("https://e.com/i.png", 3, None), topics=("A", "B"),
                   aliases=("https://x",), related=("https://y",), lang="de",
                   enclosure=Enclosure("https://e.com/a.mp3", "audio/mpeg", 7))  # fmt: skip
    story = memory("a", "https://a", "https://y")
    state = SourceState("s", etag='W/"x"', checked=NOW, due=NOW + timedelta(hours=1), failures=2)
    document = DocumentState("a.md", 10, 123456789012345678, "d", "bad", 7)
    store.save(articles_told=[full], story_memories=[story], source_states=[state],
               document_states={"s": [document]})  # fmt: skip
    found = store.remembered(None)
    assert found.articles == (full,)
    assert found.stories == (story,)
    assert store.sources() == {"s": state}
    assert store.documents("s") == {"a.md": document}


def test_a_place_holds_one_article_and_its_mentions_stay(store: Store) -> None:
    mention = article("b", ref="a", standing=Standing.MENTIONED)
    store.save(articles_told=[article("a"), mention])
    store.save(articles_told=[article("a2", ref="a")])
    found = {(a.key, a.standing.value) for a in store.remembered(None).articles}
    assert found == {("https://a2", "story"), ("https://b", "mentioned")}
    assert store.count_articles("s") == 1


def test_a_member_belongs_to_one_story(store: Store) -> None:
    store.save(story_memories=[memory("one", "k1", "k2"), memory("two", "k3")])
    store.save(story_memories=[memory("one", "k1"), memory("two", "k2", "k3")])
    members = {m.id: m.members for m in store.remembered(None).stories}
    assert members == {"urn:one": {"k1"}, "urn:two": {"k2", "k3"}}


def test_the_horizon_keeps_what_belongs_to_recent_articles(store: Store) -> None:
    old = NOW - timedelta(days=400)
    recent = article("new", related=("https://old-coverage",))
    coverage = article("old-coverage", ref="new", standing=Standing.MENTIONED, published=old)
    member = article("old-member", published=old)
    forgotten = article("forgotten", published=old)
    story = memory("s", "https://new", "https://old-member")
    store.save(articles_told=[recent, coverage, member, forgotten], story_memories=[story])
    found = store.remembered(NOW - timedelta(days=30))
    assert {a.key for a in found.articles} == {
        "https://new", "https://old-coverage", "https://old-member",
    }  # fmt: skip
    assert found.stories == (story,)
    places = {("s", "forgotten")}
    assert "https://forgotten" in {
        a.key for a in store.remembered(NOW - timedelta(days=30), places).articles
    }


def test_a_save_is_one_transaction(store: Store) -> None:
    broken = replace(article("b"), title=None)  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="cannot write"):
        store.save(articles_told=[article("a"), broken])
    assert store.remembered(None).articles == ()


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
    assert [a.title for a in store.remembered(None).articles] == ["Kept"]
    assert store.sources()["s"].etag == '"e"'
    assert store.find_best([[["kept"]]], 9) == ["https://k"]
    store.save(articles_told=[article("new")], source_states=[SourceState("t", gone=True)])
    assert open_store(f"sqlite:///{path}").sources()["t"].gone


def test_the_index_holds_what_an_article_says_now(store: Store) -> None:
    store.save(articles_told=[article("a", title="Old words"), article("b", title="Other words")])
    store.save(articles_told=[article("a", title="New words", excerpt="and more")])
    assert store.find([[["old"]]]) == []
    assert store.find([[["new", "words"]]]) == store.numbers()["https://a"]
    assert store.find([[["words", "new"]]]) == []
    found = store.find([[["other"], ["more"]], [["words"]]])
    assert sorted(found) == sorted(n for numbers in store.numbers().values() for n in numbers)
    assert len(store.find_best([[["words"]]], 1)) == 1


def test_what_is_counted_of_days_and_changes(store: Store) -> None:
    assert store.changes() == 0
    for _ in range(2):
        store.save(poll_days=[PollDay("s", 20_000, 1, 1, 3)])
    store.save(articles_told=[article("a")], poll_days=[PollDay("t", 20_050, 1)])
    assert store.changes() == 1
    assert store.poll_days() == [PollDay("s", 20_000, 2, 2, 6), PollDay("t", 20_050, 1)]
    store.save(poll_days=[PollDay("t", 20_061, 1)])
    assert [one.day for one in store.poll_days()] == [20_050, 20_061]
    assert store.counts() == {"s": 1}


def test_stories_by_id_and_by_article_however_old(store: Store) -> None:
    told = [article("a"), article("b"), article("c")]
    one = memory("one", "https://a", "https://b")
    ended = memory("two", ended_into="urn:one")
    store.save(articles_told=told, story_memories=[one, ended])
    found = store.stories_of(ids=["urn:two"])
    assert found.stories == (ended,)
    found = store.stories_of(keys=["https://b"])
    assert found.stories == (one,)
    assert {a.key for a in found.articles} == {"https://a", "https://b"}


def test_subscriptions_are_kept(store: Store) -> None:
    one = Subscription("s", "https://e.com/feed", "https://hub", "token", "secret", NOW)
    store.save_subscription(one)
    confirmed = replace(one, until=NOW + timedelta(days=10))
    store.save_subscription(confirmed)
    assert store.subscriptions() == {"s": confirmed}
