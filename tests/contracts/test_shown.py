"""The rows of shown stories, in every database: saved with the articles, and read again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, inspect, text

from aggregator.classify import Query
from aggregator.model import Article, CleanText, Publisher, Story, Verdict
from aggregator.rank import Priors
from aggregator.rank.signals import Signals
from aggregator.store import (
    ShownChanges,
    ShownScope,
    ShownStory,
    Store,
    StoredBaselines,
    open_store,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store of each kind."""
    opened = open_store(store_url)
    yield opened
    opened.close()


def article(name: str, hours: int = 1, **fields: object) -> Article:
    values = {
        "source": "s",
        "ref": CleanText(name),
        "key": CleanText(f"https://e.com/{name}"),
        "url": CleanText(f"https://e.com/{name}"),
        "title": CleanText(name),
        "published": NOW - timedelta(hours=hours),
        "publisher": Publisher(CleanText(name), CleanText(f"{name}.example")),
        "verdict": Verdict.NONE,
        "quality": 90,
    }
    return Article(**{**values, **fields})  # type: ignore[arg-type]


def story(name: str, *coverage: Article, topics: tuple[str, ...] = (), position: int = 0) -> Story:
    lead = article(name, position=position)
    return Story(f"urn:{name}", lead.title, lead.published, NOW, lead, coverage, topics)


LEAD_ONLY = story("a")
WITH_COVERAGE = story(
    "b",
    article("c", 3, aliases=("https://x.example/c",), topics=(CleanText("Moon"),)),
    article("d", 2, source="t", topics=(CleanText("moon"), CleanText("Sun"))),
    topics=("moon", "space"),
    position=4,
)
WITH_COVERAGE = replace(WITH_COVERAGE, copies=(("https://e.com/d", "https://e.com/c"),))


def save(store: Store, *stories: Story, hidden: tuple[str, ...] = ()) -> None:
    store.save(shown=ShownChanges(tuple(map(ShownStory.of, stories)), frozenset(hidden)))


def test_a_shown_story_is_read_as_it_was_saved(store: Store) -> None:
    save(store, LEAD_ONLY, WITH_COVERAGE)
    stored = store.shown.stories(["urn:a", "urn:b", "urn:none"])
    assert stored == {s.id: ShownStory.of(s) for s in (LEAD_ONLY, WITH_COVERAGE)}
    assert stored["urn:b"].signals == Signals.of(WITH_COVERAGE)
    assert stored["urn:b"].coverage == 2
    assert stored["urn:b"].aliases == ("https://x.example/c",)
    assert stored["urn:b"].copies == (("https://e.com/d", "https://e.com/c"),)
    assert stored["urn:b"].topics == (("moon", "Moon\nmoon", "s\nt"), ("space", "", ""))


def test_a_story_that_is_hidden_has_no_row(store: Store) -> None:
    save(store, LEAD_ONLY, WITH_COVERAGE)
    save(store, hidden=("urn:b", "urn:never-shown"))
    assert store.shown.stories(["urn:a", "urn:b"]).keys() == {"urn:a"}
    save(store, replace(WITH_COVERAGE, topics=("moon",)))
    assert store.shown.stories(["urn:b"])["urn:b"].topics == (("moon", "Moon\nmoon", "s\nt"),)


def test_only_rows_that_differ_are_written_and_count_as_a_change(store: Store) -> None:
    save(store, LEAD_ONLY, WITH_COVERAGE)
    number, statements = store.changes(), list[str]()

    def record(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.lstrip().startswith(("SELECT", "BEGIN")):
            statements.append(statement)

    engine = store._database.engine
    event.listen(engine, "before_cursor_execute", record)
    save(store, LEAD_ONLY, WITH_COVERAGE, hidden=("urn:none",))
    assert statements == []
    assert store.changes() == number
    save(store, replace(LEAD_ONLY, lead=article("a", quality=91)), WITH_COVERAGE)
    assert store.changes() == number + 1
    assert store.shown.stories(["urn:a"])["urn:a"].signals.quality == 91
    save(store, hidden=("urn:a",))
    assert store.changes() == number + 2


def test_the_topics_of_a_story_follow_it(store: Store) -> None:
    save(store, WITH_COVERAGE)
    number = store.changes()
    moved = replace(WITH_COVERAGE, topics=("moon", "sun"))
    save(store, moved)
    assert store.shown.stories(["urn:b"])["urn:b"] == ShownStory.of(moved)
    assert store.changes() == number + 1


def test_baselines_and_scope_are_read_as_they_were_saved(store: Store) -> None:
    assert store.shown.baselines() is None
    assert store.shown.scope() is None
    priors = Priors(86.5, {"é": (90.25, 3), "b": (44.0, 1)})
    baselines = StoredBaselines(NOW, 12, "digest", priors, frozenset({"moon"}))
    scope = ShownScope("options", NOW - timedelta(days=44))
    store.save(shown=ShownChanges(scope=scope, baselines=baselines))
    assert store.shown.baselines() == baselines
    assert store.shown.scope() == scope
    store.save(shown=ShownChanges(scope=ShownScope("other", None)))
    assert store.shown.scope() == ShownScope("other", None)
    assert store.shown.baselines() == baselines


def test_without_a_source_its_stories_are_not_shown_and_the_rows_are_incomplete(
    store: Store,
) -> None:
    store.save(changed_articles=[article("a"), article("z", source="t")])
    save(store, LEAD_ONLY, WITH_COVERAGE)
    store.save(shown=ShownChanges(scope=ShownScope("options", None)))
    members = "INSERT INTO members (key, story, root) VALUES ('https://e.com/a', 'urn:a', true)"
    with store._database.writing() as connection:
        connection.execute(text(members))
    store.delete_source("s")
    assert store.shown.stories(["urn:a", "urn:b"]).keys() == {"urn:b"}
    assert store.shown.scope() is None


NEW_TABLES = (
    "shown_stories",
    "story_aliases",
    "story_copies",
    "story_topics",
    "shown_scope",
    "baselines",
    "outbox",
    "contents",
)


def test_a_migrated_store_has_the_tables_of_a_new_one(store_url: str, tmp_path: Path) -> None:
    if not store_url.startswith("sqlite"):
        pytest.skip("the statements of both databases are the same")
    open_store(store_url).close()
    old = tmp_path / "old.db"
    source = store_url.removeprefix("sqlite:///")
    with sqlite3.connect(source) as new, sqlite3.connect(old) as copy:
        new.backup(copy)
        for table in NEW_TABLES:
            copy.execute(f"DROP TABLE {table}")
        copy.execute("DROP INDEX stories_by_target")
        copy.execute("DROP INDEX IF EXISTS stories_by_publication")
        copy.execute("ALTER TABLE articles DROP COLUMN content")
        copy.execute("UPDATE schema_version SET version = 9")
    open_store(f"sqlite:///{old}").close()
    shapes = []
    for path in (source, old):
        inspected = inspect(create_engine(f"sqlite:///{path}"))
        shapes.append(
            {
                table: (
                    [(c["name"], str(c["type"]), c["nullable"]) for c in columns],
                    inspected.get_pk_constraint(table)["constrained_columns"],
                    sorted(
                        (i["name"], tuple(i["column_names"])) for i in inspected.get_indexes(table)
                    ),
                )
                for table in ("stories", "articles", *NEW_TABLES)
                if (columns := inspected.get_columns(table))
            }
        )
    assert shapes[0] == shapes[1]


def test_words_of_an_article_at_another_address_of_a_story_lead_to_it(store: Store) -> None:
    alias = CleanText("https://x.example/c")
    titled = article("elsewhere", key=alias, title=CleanText("A zeppelin lands"))
    store.save(changed_articles=[titled, article("far", title=CleanText("A zeppelin starts"))])
    save(store, WITH_COVERAGE)
    assert store.shown.ids_with_text(Query.parse("zeppelin").full_text_query()) == {"urn:b"}
    assert store.shown.ids_of_sources([(titled.publisher, "")]) == {"urn:b"}
