"""What retention removes and what it keeps, on a real SQLite file and a real PostgreSQL server."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from aggregator.errors import IdTaken
from aggregator.merge import ids_of_key
from aggregator.model import (
    Article,
    CleanText,
    DocumentState,
    PollDay,
    Promotion,
    Reading,
    Source,
    SourceState,
    StoryRecord,
    Verdict,
)
from aggregator.pipeline import prune
from aggregator.pipeline.retention import STORIES, begin_retention, prune_steps, within_retention
from aggregator.store import NOTHING_REMOVED, Removed, Store, open_store
from aggregator.store.migrations import NEWEST
from aggregator.store.pruning import remove_orphans, remove_stories
from aggregator.store.removed_stories import forget_removed, packed, unpacked
from aggregator.store.sizes import compact, free_pages, pages_to_free, sizes_of
from tests.conftest import NOW, article

KEEP = timedelta(days=90)
OLD = NOW - KEEP - timedelta(seconds=1)
VERSION_8 = frozenset(
    [
        "schema_version",
        "articles",
        "stories",
        "members",
        "promotions",
        "documents",
        "sources",
        "outputs",
        "feeds",
        "polls",
        "subscriptions",
        "texts",
        "changes",
        "epochs",
        "articles_by_key",
        "articles_by_time",
        "stories_by_founder",
        "members_by_story",
    ]
)
"""The tables and indexes of a store of version 8."""
FEED = Source("s", "feed", "https://e.com/feed")


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


def id_of(name: str) -> str:
    return next(ids_of_key(f"https://{name}"))


def story(name: str, *others: str, **given: Any) -> StoryRecord:
    keys = [f"https://{key}" for key in (name, *others)]
    values = {
        "id": id_of(name),
        "origin_key": keys[0],
        "lead": keys[0],
        "title": CleanText("T"),
        "published": OLD,
        "updated": OLD,
        "content_digest": "d",
        "members": frozenset(keys),
        "anchors": frozenset(keys[:1]),
    }
    return StoryRecord(**{**values, **given})


def old(name: str, **given: Any) -> Article:
    return article(name, **{"published": OLD, **given})


def pruned(store: Store, now: datetime = NOW, sources: tuple[Source, ...] = (FEED,)) -> Removed:
    return prune(store, KEEP, sources, Path("/nowhere/feeds"), now)


def left(store: Store) -> tuple[set[str], set[str]]:
    """The keys of the articles and the first keys of the stories that are stored."""
    window = store.window(None)
    return {a.key[8:] for a in window.articles}, {s.origin_key[8:] for s in window.stories}


def rows(store: Store, table: str) -> int:
    with store.database.reading() as connection:
        return connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() or 0


def reading(*articles: Article, source: Source = FEED) -> Reading:
    return Reading(source, SourceState(source.name), articles)


def taken(store: Store, *articles: Article, now: datetime = NOW) -> set[str]:
    (result,) = within_retention([reading(*articles)], store, KEEP, now)
    return {a.key[8:] for a in result.articles}


def test_a_story_goes_with_all_that_is_its(store: Store) -> None:
    copy = old("a", source="other", ref="x")
    store.save(
        changed_articles=[old("a"), copy, old("b"), article("new")],
        story_records=[story("a", "b"), story("new", updated=NOW)],
        story_promotions=[Promotion("t", id_of("a"), OLD), Promotion("t", id_of("new"), NOW)],
    )
    removed = pruned(store)
    assert set(removed.rows) == {old(name).row_key for name in "ab"} | {copy.row_key}
    assert removed.stories == (id_of("a"),)
    assert left(store) == ({"new"}, {"new"})
    assert [p.story for p in store.window(None).promotions] == [id_of("new")]
    assert store.find_best_keys([[["title"]]], 9) == ["https://new"]
    assert list(store.text_ids_by_key()) == ["https://new"]
    assert (rows(store, "article_words"), rows(store, "members")) == (1, 1)
    assert pruned(store) == NOTHING_REMOVED, "nothing is left to do"


@pytest.mark.parametrize(
    ("records", "articles"),
    [
        ([story("a", updated=NOW - KEEP)], [old("a")]),
        ([story("a")], [old("a", published=NOW - KEEP)]),
        ([story("a", "b")], [old("a"), article("b")]),
        # A window loads all articles of a document that has a recent one, and their stories.
        ([story("a")], [old("a"), article("b", ref="a", verdict=Verdict.RELATED_ONLY)]),
        (
            [story("a")],
            [old("a"), old("a", source="t", ref="x", verdict=Verdict.RELATED_ONLY),
             article("b", source="t", ref="x")],
        ),
        (
            [story("a", "m")],
            [old("a"), old("m"), old("m", source="t", ref="x", verdict=Verdict.RELATED_ONLY),
             article("b", source="t", ref="x")],
        ),
        # It also loads the stories that began with a recent article.
        ([story("a", members=frozenset())], [article("a")]),
        # Articles that share an address are one.
        ([story("a")], [old("a", aliases=("https://b",)), article("b")]),
        ([story("a")], [old("a"), article("b", aliases=("https://a",))]),
        (
            [story("a")],
            [old("a", aliases=("https://b",)), old("b", aliases=("https://c",)), article("c")],
        ),
        ([story("a"), story("b", updated=NOW)], [old("a"), old("b", aliases=("https://a",))]),
    ],
    ids=["updated", "published", "member", "document", "mentioned", "other mentioned", "origin",
         "alias", "alias of another", "alias of an alias", "story of an alias"],
)  # fmt: skip
def test_a_story_stays_while_a_window_could_load_it(
    store: Store, records: list[StoryRecord], articles: list[Article]
) -> None:
    store.save(changed_articles=articles, story_records=records)
    pruned(store)
    assert {r.id for r in store.window(None).stories} == {r.id for r in records}
    assert {a.row_key for a in store.window(None).articles} >= {
        a.row_key for a in articles if a.key in records[0].members
    }


def test_an_article_of_no_story_goes_when_its_document_is_old(store: Store) -> None:
    mention = old("mention", ref="new", verdict=Verdict.RELATED_ONLY)
    withheld = old("withheld", verdict=Verdict.UNPUBLISHED)
    store.save(
        changed_articles=[withheld, article("new"), mention, old("member")],
        story_records=[story("new", "member", updated=NOW)],
    )
    assert pruned(store) == Removed((withheld.row_key,))
    assert left(store)[0] == {"new", "mention", "member"}


def test_a_withheld_article_stays_while_another_source_has_it(store: Store) -> None:
    """Else retention would publish what a source withholds."""
    withheld = old("a", verdict=Verdict.UNPUBLISHED)
    store.save(changed_articles=[withheld, article("a", source="t", ref="x")])
    assert pruned(store) == NOTHING_REMOVED


def test_an_alias_goes_with_its_article(store: Store) -> None:
    store.save(
        changed_articles=[old("a", aliases=("https://b",)), old("b", source="t")],
        story_records=[story("a")],
    )
    assert {row[0] for row in pruned(store).rows} == {"s", "t"}
    assert rows(store, "aliases") == 0
    store.save(changed_articles=[article("c", aliases=("https://d",))])
    assert rows(store, "aliases") == 1
    store.delete_source("s")
    assert rows(store, "aliases") == 0


def test_a_story_that_ended_stays_for_as_long_as_its_successor(store: Store) -> None:
    """Its page leads there, and feeds have its tombstone."""
    ended = story("b", members=frozenset(), merged_into=id_of("a"))
    store.save(changed_articles=[old("a")], story_records=[story("a", updated=NOW), ended])
    assert pruned(store) == NOTHING_REMOVED
    assert set(pruned(store, NOW + 2 * KEEP).stories) == {id_of("a"), id_of("b")}


def test_no_step_reads_a_whole_table(tmp_path: Path) -> None:
    """SQLite plans a search by an index for each statement, but in tables of a few rows per source
    and where ids are forgotten in the order of their key."""
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    store.save(
        changed_articles=[old("a", aliases=("https://b",)), old("b"), old("o"), article("new")],
        story_records=[story("a", "m"), story("n", merged_into=id_of("a"), members=frozenset())],
    )
    statements: dict[str, Any] = {}

    def record(*arguments: Any) -> None:
        statements.setdefault(arguments[2], arguments[3][0] if arguments[5] else arguments[3])

    event.listen(store.database.engine, "before_cursor_execute", record)
    assert taken(store, old("a"), undated("u")) == {"u"}
    assert len(pruned(store).rows) == 3
    event.remove(store.database.engine, "before_cursor_execute", record)
    tables = {
        "articles",
        "stories",
        "members",
        "texts",
        "aliases",
        "promotions",
        "removed_articles",
    }
    scanned: set[str] = set()
    with store.database.reading() as connection:
        for statement, values in statements.items():
            if statement.startswith(("SELECT", "DELETE", "UPDATE")):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                scanned |= {row[3].split()[1] for row in plan if row[3].startswith("SCAN ")}
    assert not scanned & {*tables, "own", "every"}
    store.close()


def test_steps_are_small_and_lead_over_all_stories(store: Store) -> None:
    """Also where every story that is looked at first stays."""
    kept = [f"kept{n}" for n in range(5)]
    gone = [f"gone{n}" for n in range(7)]
    before = OLD - timedelta(days=1)
    store.save(
        changed_articles=[article(n) for n in kept] + [old(n) for n in gone],
        story_records=[story(n, updated=before) for n in kept] + [story(n) for n in gone],
    )
    cutoff, position = NOW - KEEP, None
    removed: list[int] = []
    while position is not None or not removed:
        step = remove_stories(store.database, cutoff, NOW, position, 2)
        removed.append(len(step.removed.stories))
        position = step.position
    assert sum(removed) == 7
    assert max(removed) == 2
    assert left(store) == (set(kept), set(kept))


def test_orphans_of_one_second_are_all_seen(store: Store) -> None:
    names = [f"o{n}" for n in range(9)]
    members = [f"m{n}" for n in range(4)]
    store.save(
        changed_articles=[old(n) for n in (*members, *names)],
        story_records=[story("m0", *members[1:], updated=NOW)],
    )
    position, removed = None, 0
    for _ in range(9):
        step = remove_orphans(store.database, NOW - KEEP, NOW, position, 2)
        removed, position = removed + len(step.removed.rows), step.position
        if position is None:
            break
    assert removed == 9
    assert left(store)[0] == set(members)


def test_the_id_of_a_removed_story_stays_with_what_it_was_merged_into(store: Store) -> None:
    ended = story("b", members=frozenset(), merged_into=id_of("a"))
    store.save(changed_articles=[old("a")], story_records=[story("a"), ended])
    assert set(pruned(store).stories) == {id_of("a"), id_of("b")}
    found = {r.id: r for r in store.stories_of(ids=[id_of("a"), id_of("b"), id_of("c")]).stories}
    assert found.keys() == {id_of("a"), id_of("b")}
    assert found[id_of("b")].merged_into == id_of("a")
    removed = found[id_of("a")]
    assert (removed.origin_key, removed.merged_into, removed.published) == ("", None, OLD)


def test_ids_are_forgotten_after_two_years(store: Store) -> None:
    store.save(changed_articles=[old("a")], story_records=[story("a")])
    pruned(store)
    pruned(store, OLD + timedelta(days=730))
    assert rows(store, "removed_stories") == 1
    pruned(store, OLD + timedelta(days=730, seconds=1))
    assert rows(store, "removed_stories") == 0


def test_forgetting_ids_goes_over_all_in_steps(store: Store) -> None:
    names = [f"a{n}" for n in range(7)]
    store.save(story_records=[story(n) for n in names])
    pruned(store)
    position: bytes | None = b""
    steps = 0
    while position is not None:
        position = forget_removed(store.database, NOW, position, 3)
        steps += 1
    assert (steps, rows(store, "removed_stories")) == (3, 0)


@pytest.mark.parametrize("name", [id_of("a"), "urn:one", "urn:exactly16byt", "x" * 40])
def test_packed_ids_come_back(name: str) -> None:
    assert unpacked(packed(name)) == name
    assert (len(packed(name)) == 16) == name.startswith("urn:uuid:")


def test_a_removed_id_is_refused_and_its_story_is_in_view_again(store: Store) -> None:
    first, second = (i for i, _ in zip(ids_of_key("https://a"), range(2), strict=False))
    other = story("b", members=frozenset(), id=second, merged_into=first)
    store.save(changed_articles=[old("a")], story_records=[story("a"), other])
    assert len(pruned(store).stories) == 2
    new = story("a", updated=NOW)
    with pytest.raises(IdTaken) as caught:
        store.save(changed_articles=[article("a")], story_records=[new], new_stories={new.id})
    assert caught.value.ids == {first}
    found = {r.id: r for r in store.stories_of(ids=[first, second]).stories}
    assert (found[first].origin_key, found[first].published) == ("https://a", OLD)
    assert found[second].merged_into == first
    assert rows(store, "removed_stories") == 0
    assert left(store)[0] == set(), "nothing of that save was kept"
    store.save(changed_articles=[article("a")], story_records=[replace(new, title=CleanText("B"))])
    assert [r.title for r in store.stories_of(ids=[first]).stories] == ["B"]


# ------------------------------------------------------------ what is taken in


def test_an_old_article_is_taken_in_only_where_it_is_stored(store: Store) -> None:
    story_of_known = story("known", updated=NOW)
    store.save(changed_articles=[old("known")], story_records=[story_of_known])
    assert taken(store, old("known"), old("unknown"), article("new")) == {"known", "new"}
    assert taken(store, old("edge", published=NOW - KEEP)) == {"edge"}
    stored_elsewhere = old("known", source="other")
    assert taken(store, stored_elsewhere, old("known", ref="other")) == set()


def test_a_new_article_holds_the_stored_one_at_its_address(store: Store) -> None:
    """It makes the old story one that is in view again, so that is not left out."""
    store.save(changed_articles=[old("a"), old("b")], story_records=[story("a"), story("b")])
    anew = article("x", aliases=("https://a",))
    assert taken(store, old("a"), old("b"), anew) == {"a", "x"}
    assert taken(store, article("a"), old("b")) == {"a"}, "dated anew"


def test_nothing_is_left_out_without_a_limit(store: Store) -> None:
    (result,) = within_retention([reading(old("a"))], store, None, NOW)
    assert len(result.articles) == 1
    store.save(changed_articles=[old("a")], story_records=[story("a")])
    assert prune(store, None, (), Path("/nowhere"), NOW + 99 * KEEP) == NOTHING_REMOVED


def undated(name: str, **given: Any) -> Article:
    return article(name, dated=False, published=NOW, **given)


def test_an_article_without_a_date_is_recognised(store: Store) -> None:
    first = old("a", dated=False)
    store.save(changed_articles=[first], story_records=[story("a")])
    assert taken(store, undated("a"), undated("b")) == {"b"}, "stored still, and retired"
    pruned(store)
    assert taken(store, undated("a"), undated("b")) == {"b"}
    assert taken(store, undated("x", ref="a")) == set(), "its file has another address now"
    assert taken(store, undated("a", ref="y")) == set(), "its address has another id now"
    assert taken(store, undated("a", source="t")) == {"a"}


def test_the_memory_of_articles_lasts_while_they_are_listed(store: Store) -> None:
    def poll(days: int, *listed: Article) -> set[str]:
        """A document that was parsed so many days later."""
        now = NOW + timedelta(days=days)
        state = SourceState("s", changed=now, checked=now)
        store.save(source_states=[state])
        names = taken(store, *listed, now=now)
        pruned(store, now)
        return names

    store.save(
        changed_articles=[old("a", dated=False), old("b", dated=False)],
        story_records=[story("a"), story("b")],
    )
    pruned(store)
    for days in range(0, 400, 20):
        assert poll(days, undated("a")) == set()
    assert rows(store, "removed_articles") == 2, "b is not listed any more"
    assert poll(400, undated("b")) == {"b"}


def test_a_document_that_does_not_change_still_lists_what_it_listed(store: Store) -> None:
    store.save(
        changed_articles=[old("a", dated=False)],
        story_records=[story("a")],
        source_states=[SourceState("s", changed=OLD, checked=NOW)],
    )
    for days in range(0, 800, 50):
        pruned(store, NOW + timedelta(days=days))
    assert taken(store, undated("a"), now=NOW + timedelta(days=800)) == set()


def test_files_are_remembered_for_as_long_as_their_source(store: Store) -> None:
    """The files of a folder that have not changed are not parsed: nobody knows what they list."""
    folder = Source("s", "stories", "/news")
    store.save(
        changed_articles=[old("a", dated=False)],
        story_records=[story("a")],
        source_states=[SourceState("s", changed=NOW + 9 * KEEP, checked=NOW + 9 * KEEP)],
    )
    pruned(store, NOW, (folder,))
    pruned(store, NOW + 9 * KEEP, (folder,))
    assert taken(store, undated("a"), now=NOW + 9 * KEEP) == set()


# ------------------------------------------------------------ sources, outputs, documents


def test_a_source_loses_its_state_when_it_was_not_configured_for_that_long(store: Store) -> None:
    def save(name: str, checked: datetime | None) -> None:
        store.save(
            source_states=[SourceState(name, etag=CleanText("e"), checked=checked)],
            document_states={name: [DocumentState(CleanText("a.md"), 1, 1, "d")]},
            poll_days=[PollDay(name, 20_000, 1)],
        )

    save("gone", OLD)
    save("out for a day", NOW - timedelta(days=1))
    save("s", OLD)
    pruned(store)
    assert store.sources().keys() == {"out for a day", "s"}
    assert store.documents("gone") == {}
    assert {p.source for p in store.poll_days()} == {"out for a day", "s"}
    assert store.documents("out for a day").keys() == {"a.md"}


def test_output_files_of_other_folders_are_forgotten_when_they_are_gone(
    store: Store, tmp_path: Path
) -> None:
    there = tmp_path / "there.rss"
    there.write_text("x")
    digests = ("v", "c")
    own = "/nowhere/feeds/all.rss"
    paths = [str(there), "/nowhere/once/all.rss", own]
    store.save_outputs(dict.fromkeys(paths, digests))
    pruned(store)
    assert store.outputs().keys() == {str(there), own}


def test_a_file_that_is_gone_is_forgotten(store: Store) -> None:
    states = [DocumentState(CleanText(name), 1, 1, "d") for name in ("a.md", "b.md")]
    store.save(document_states={"s": states, "t": states[:1]})
    store.save(document_states={"s": [DocumentState.gone(CleanText("a.md"))]})
    assert store.documents("s").keys() == {"b.md"}
    assert store.documents("t").keys() == {"a.md"}


def test_a_longer_keep_reads_the_documents_again(store: Store) -> None:
    def read() -> bool:
        """Whether the documents count as read."""
        return bool(store.documents("s")) and bool(store.sources()["s"].etag)

    def save() -> None:
        store.save(
            source_states=[SourceState("s", etag=CleanText("e"), digest="d", checked=NOW)],
            document_states={"s": [DocumentState(CleanText("a.md"), 1, 1, "d")]},
        )

    save()
    steps: list[tuple[timedelta | None, bool]] = [
        (KEEP, True), (KEEP, True), (KEEP / 2, True), (KEEP, False), (None, False), (KEEP, True),
    ]  # fmt: skip
    for keep, stays in steps:
        begin_retention(store, keep)
        assert read() is stays, keep
        save()
    assert store.sources()["s"].checked == NOW, "due times stay"


# ------------------------------------------------------------ space


def test_space_is_given_back(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    names = [f"a{n}" for n in range(2_000)]
    store.save(
        changed_articles=[old(n, excerpt=CleanText("word " * 200)) for n in names],
        story_records=[story(n) for n in names],
    )
    before = sizes_of(store.database, NOW - KEEP)
    assert (before.shrinks, before.waiting_stories, before.rows["articles"]) == (True, 2000, 2000)
    assert before.oldest_article == OLD
    removed = list(prune_steps(store, KEEP, (), Path("/nowhere"), NOW))
    numbers = [len(step.stories) for step in removed]
    assert sum(numbers) == 2_000
    assert max(numbers) <= STORIES
    after = sizes_of(store.database, NOW - KEEP)
    assert (after.waiting_stories, after.oldest_article) == (0, None)
    assert after.pages is not None
    assert before.pages is not None
    assert after.pages < before.pages / 5
    store.close()


def test_the_words_of_removed_articles_leave_the_index(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    names = [f"a{n}" for n in range(400)]
    for name in names:
        words = CleanText(" ".join(f"word{name}x{n}" for n in range(40)))
        store.save(changed_articles=[old(name, excerpt=words)], story_records=[story(name)])
    store.save(changed_articles=[article("new")], story_records=[story("new", updated=NOW)])
    pruned(store)
    with store.database.reading() as connection:
        size = connection.execute(text("SELECT sum(length(block)) FROM article_words_data"))
        assert (size.scalar() or 0) < 2_000
    assert store.find_best_keys([[["title"]]], 9) == ["https://new"]
    store.close()


@pytest.mark.parametrize(
    ("pages", "free", "number"), [(800, 100, 0), (800, 101, 51), (800, 800, 750), (0, 0, 0)]
)
def test_some_pages_stay_free_for_what_comes_next(pages: int, free: int, number: int) -> None:
    assert pages_to_free(pages, free) == number


def test_an_older_file_shrinks_once_it_is_compacted(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA auto_vacuum=NONE")
        connection.execute("CREATE TABLE x (y)")
    connection.close()
    store = open_store(f"sqlite:///{path}")
    assert sizes_of(store.database, None).shrinks is False
    assert free_pages(store.database, 10, begun=True) is False
    compact(store.database)
    assert sizes_of(store.database, None).shrinks is True
    store.save(changed_articles=[article("a")])
    store.close()


def test_sizes_count_every_table(store: Store) -> None:
    store.save(changed_articles=[article("a")], story_records=[story("a")])
    sizes = sizes_of(store.database, NOW - KEEP)
    assert sizes.file_bytes > 1000
    assert (sizes.rows["articles"], sizes.rows["stories"], sizes.waiting_stories) == (1, 1, 1)
    assert sizes_of(store.database, None).waiting_stories == 0
    compact(store.database)


def test_a_store_of_version_8_gets_what_retention_needs(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    store = open_store(url)
    store.save(changed_articles=[old("a")], story_records=[story("a")])
    with store.database.writing() as connection:
        present = connection.execute(text("SELECT type, name FROM sqlite_master"))
        for kind, name in [tuple(row) for row in present]:
            is_old = name in VERSION_8 or name.startswith(("article_words", "sqlite_"))
            if not is_old and kind in ("table", "index"):
                connection.execute(text(f"DROP {kind} IF EXISTS {name}"))
        connection.execute(text("ALTER TABLE articles DROP COLUMN content"))
        connection.execute(text("UPDATE schema_version SET version = 8"))
    store.close()
    store = open_store(url)
    begin_retention(store, KEEP)
    assert len(pruned(store).stories) == 1
    with store.database.reading() as connection:
        assert connection.execute(text("SELECT version FROM schema_version")).scalar() == NEWEST
        plan = connection.execute(
            text("EXPLAIN QUERY PLAN SELECT id FROM stories WHERE updated < 1 ORDER BY updated, id")
        ).fetchall()
        assert "stories_by_update" in str(plan)
        made = connection.execute(
            text("SELECT sql FROM sqlite_master WHERE name LIKE 'removed%' ORDER BY name")
        )
        assert all("WITHOUT ROWID" in sql for sql in made.scalars())
    store.close()
