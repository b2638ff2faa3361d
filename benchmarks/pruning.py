"""What a step of pruning costs in a large store.

    python benchmarks/pruning.py [--articles 440000] [--steps 200] [--store URL]

Fills a store with made articles that are spread evenly over `keep` (90 days) and four days more:
1.5 articles per story, a tenth of them with an alias, a fiftieth members of no story; one story of
a thousand has 200 articles. Titles have 8 words of 30,000, excerpts 30. Then it takes the steps of
the daemon as ``schedule.pruner`` does, and prints their CPU and wall time (median, 99th
percentile, longest), what was removed, and whether SQLite plans a scan of a table for any statement
(EXPLAIN QUERY PLAN); it exits with 1 where it does.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from aggregator.merge import ids_of_key
from aggregator.model import Article, CleanText, Publisher, StoryRecord
from aggregator.pipeline import prune_steps
from aggregator.store import Store, open_store

NOW = datetime(2026, 7, 1, tzinfo=UTC)
KEEP = timedelta(days=90)
SPAN = KEEP + timedelta(days=4)
BATCH = 5_000
SCAN_ALLOWED = ("sources", "retention", "outputs", "removed_stories")


def main() -> None:
    """Fill, prune, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=int, default=440_000)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--store", default="", help="a URL; else an SQLite file for the while")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(arguments.store or f"sqlite:///{folder}/store.db")
        start = time.perf_counter()
        _fill(store, arguments.articles)
        print(f"filled in {time.perf_counter() - start:.0f} s", flush=True)
        statements: dict[str, Any] = {}
        _record(store.database.engine, statements)
        _prune(store, arguments.steps)
        scans = list(_scans(store.database.engine, statements))
        print(f"{len(statements)} statements, scans: {scans or 'none'}")
        store.close()
    sys.exit(bool(scans))


def _fill(store: Store, count: int) -> None:
    generator = random.Random(1)
    words = ["".join(generator.choices("aeioulnrst", k=7)) for _ in range(30_000)]
    number = 0
    batch: list[Article] = []
    records: list[StoryRecord] = []
    while number < count:
        size = 200 if generator.random() < 0.001 else generator.choice([1, 1, 1, 1, 1, 2, 2, 3])
        published = NOW - SPAN * generator.random()
        members = []
        for _ in range(size):
            members.append(_article(number, published, words, generator))
            number += 1
        batch += members
        if generator.random() > 0.02:
            records.append(_record_of(members))
        if len(batch) >= BATCH or number >= count:
            ids = {record.id for record in records}
            store.save(changed_articles=batch, story_records=records, new_stories=ids)
            batch, records = [], []


def _article(
    number: int, published: datetime, words: list[str], generator: random.Random
) -> Article:
    key = CleanText(f"https://publisher-{number % 500}.example/2026/{number}/an-article-of-the-day")
    alias = (CleanText(f"{key}?amp"),) if number % 10 == 0 else ()
    return Article(
        source=f"source {number % 500}", ref=key, key=key, url=key,
        title=CleanText(" ".join(generator.choices(words, k=8))), published=published,
        publisher=Publisher(CleanText(f"Publisher {number % 500}")),
        excerpt=CleanText(" ".join(generator.choices(words, k=30))), aliases=alias,
        dated=number % 20 != 0,
    )  # fmt: skip


def _record_of(members: list[Article]) -> StoryRecord:
    first = members[0]
    keys = frozenset(member.key for member in members)
    return StoryRecord(
        id=next(ids_of_key(first.key)), origin_key=first.key, lead=first.key, title=first.title,
        published=first.published, updated=first.published, content_digest="d", members=keys,
        anchors=frozenset({first.key}),
    )  # fmt: skip


def _prune(store: Store, count: int) -> None:
    steps = prune_steps(store, KEEP, (), Path("/nowhere"), NOW)
    cpu: list[float] = []
    wall: list[float] = []
    rows = stories = 0
    for _ in range(count):
        start, began = time.process_time(), time.perf_counter()
        removed = next(steps, None)
        if removed is None:
            break
        cpu.append(1000 * (time.process_time() - start))
        wall.append(1000 * (time.perf_counter() - began))
        rows += len(removed.rows)
        stories += len(removed.stories)
    print(f"{len(cpu)} steps removed {rows} articles and {stories} stories")
    for name, values in (("CPU", cpu), ("wall", wall)):
        values.sort()
        middle, high = values[len(values) // 2], values[len(values) * 99 // 100]
        print(f"{name} per step: median {middle:.1f} ms, 99 % {high:.1f}, longest {values[-1]:.1f}")


def _record(engine: Engine, statements: dict[str, Any]) -> None:
    @event.listens_for(engine, "before_cursor_execute")
    def record(*arguments: Any) -> None:
        _connection, _cursor, statement, parameters, _context, many = arguments
        statements.setdefault(statement, parameters[0] if many else parameters)


def _scans(engine: Engine, statements: dict[str, Any]) -> Iterator[str]:
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        for statement, parameters in list(statements.items()):
            if not statement.startswith(("SELECT", "DELETE", "UPDATE", "INSERT INTO aliases")):
                continue
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters):
                detail = str(row[3])
                is_scan = detail.startswith("SCAN") and "VIRTUAL TABLE INDEX" not in detail
                if is_scan and detail.split()[1] not in SCAN_ALLOWED:
                    yield f"{detail}: {statement[:120]}"


if __name__ == "__main__":
    main()
