"""The outbox and the stories of a day, in every database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from aggregator.model import CleanText, Publisher, Story, StoryRecord
from aggregator.store import ShownChanges, ShownStory, Store, days, open_store
from aggregator.store.outbox import OutboxItem, OutboxState
from tests.conftest import NOW, article


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


def item(key: str, **changes: object) -> OutboxItem:
    values = {"target": "a@b.example", "payload": "Ä \0", "created": NOW, "due": NOW}
    return OutboxItem("email", key, **{**values, **changes})  # type: ignore[arg-type]


def test_an_item_is_added_once_whatever_became_of_it(store: Store) -> None:
    outbox = store.outbox
    assert outbox.add([item("a"), item("b"), item("a", target="x")]) == 2
    outbox.save(replace(item("a"), state=OutboxState.SENT, payload=""))
    assert outbox.add([item("a"), item("c", due=NOW + timedelta(hours=1))]) == 1
    assert [i.key for i in outbox.due(NOW, 9)] == ["b"]
    assert outbox.due(NOW, 9)[0].payload == "Ä \ufffd", "what a database cannot hold is replaced"
    assert [i.key for i in outbox.due(NOW + timedelta(hours=1), 9)] == ["b", "c"]
    assert outbox.has("email", "a")
    assert not outbox.has("webhook", "a")
    outbox.save(item("b", state=OutboxState.DEAD, tries=9, error="no"))
    outbox.save(item("c", tries=1, error="later"))
    assert [i.key for i in outbox.failing(9)] == ["b", "c"]
    assert outbox.counts() == {state: 1 for state in OutboxState if state != OutboxState.KNOWN}
    later = NOW + timedelta(days=3)
    assert outbox.revive(later) == 1
    (revived,) = (i for i in outbox.due(later, 9) if i.key == "b")
    assert (revived.tries, revived.created, revived.due) == (0, later, later)
    outbox.save(replace(revived, state=OutboxState.DEAD))
    assert outbox.discard() == 1
    assert outbox.counts()[OutboxState.KNOWN] == 1


def saved_story(store: Store, name: str, hours: float, *others: str, topic: str = "sea") -> str:
    """A story that began so many hours ago, with an article of each of the other publishers."""
    lead = replace(
        article(f"{name}.com", published=NOW - timedelta(hours=hours)),
        publisher=Publisher(CleanText(name)),
    )
    coverage = [
        replace(
            article(f"{other}.com/{name}", published=lead.published),
            publisher=Publisher(CleanText(other)),
        )
        for other in others
    ]
    keys = [a.key for a in (lead, *coverage)]
    record = StoryRecord(
        f"urn:{name}",
        lead.key,
        lead.key,
        CleanText(name),
        lead.published,
        NOW,
        "",
        frozenset(keys),
        frozenset(keys[:1]),
    )
    story = Story(record.id, record.title, lead.published, NOW, lead, tuple(coverage), (topic,))
    store.save(
        changed_articles=[lead, *coverage],
        story_records=[record],
        shown=ShownChanges(stories=(ShownStory.of(story),)),
    )
    return record.id


def test_the_stories_of_a_day_come_by_publishers(store: Store) -> None:
    small = saved_story(store, "small", 5, "x")
    big = saved_story(store, "big", 6, "x", "y", topic="sky")
    same = saved_story(store, "same", 4, "same", "same")
    saved_story(store, "old", 30)
    start, end = NOW - timedelta(hours=12), NOW
    assert days.ids_published(store.database, start, end, 9) == [big, small, same]
    assert days.ids_published(store.database, start, end, 1) == [big]
    assert days.ids_published(store.database, start, end, 9, "sky") == [big]
    periods = [(start - timedelta(hours=12 * n), end - timedelta(hours=12 * n)) for n in range(4)]
    assert days.have_stories(store.database, periods) == [True, False, True, False]
    around = days.neighbours(store.database, start, end, NOW)
    assert around == days.Neighbours(NOW - timedelta(hours=30), NOW - timedelta(hours=30), None)


def test_stories_that_are_not_in_the_outbox_are_found_by_their_coverage(store: Store) -> None:
    big = saved_story(store, "big", 6, "x", "y", topic="sky")
    new = saved_story(store, "new", 2, "x", "y", "z")
    saved_story(store, "small", 1, "x")

    def unsent(*topics: str, since: datetime | None = None) -> list[str]:
        return store.outbox.unsent_stories("webhook", "p/", 2, topics, 9, since)

    assert unsent() == [new, big]
    assert unsent("sky", "none") == [big]
    assert unsent(since=NOW - timedelta(hours=3)) == [new]
    store.outbox.add([replace(item(f"p/{new}"), kind="webhook"), item(f"p/{big}")])
    assert unsent() == [big]
    assert store.outbox.unsent_stories("webhook", "q/", 2, (), 9) == [new, big]
