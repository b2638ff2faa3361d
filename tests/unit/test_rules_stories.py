"""Rules of stories over time, by values: leads, ids, dates and updates."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from aggregator.identify import unify
from aggregator.merge import Merged, merge
from aggregator.model import Article, CleanText, Publisher, Story, StoryRecord, Verdict
from tests.conftest import NOW, article

MORNING = datetime(2026, 11, 20, 6, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)


def merged(
    *articles: Article, records: tuple[StoryRecord, ...] = (), now: datetime = NOW
) -> Merged:
    return merge(unify(articles), records, now)


def mention(name: str, by: str, **changes: object) -> Article:
    return article(name, **{"ref": by, "verdict": Verdict.RELATED_ONLY, **changes})


def memory(*steps: Merged) -> tuple[StoryRecord, ...]:
    """The records that a store has after these steps."""
    return tuple({r.id: r for step in steps for r in step.story_records}.values())


def only(result: Merged) -> Story:
    (story,) = result.stories
    return story


def id_of(name: str) -> str:
    return uuid5(NAMESPACE_URL, f"https://{name}").urn


def test_a_better_article_takes_the_lead_and_the_entry_keeps_its_id_and_date() -> None:
    first = merged(article("a", quality=80))
    lead = article("a", quality=80, related=("https://b",))
    second = merged(lead, mention("b", "a", quality=81), records=first.story_records, now=LATER)
    assert [a.key for a in only(second).articles] == ["https://b", "https://a"]
    assert only(second).title == "Title of b"
    assert only(second).id == only(first).id
    assert only(second).published == only(first).published
    assert only(second).updated == LATER


def test_of_equal_articles_the_current_lead_stays_and_in_a_new_story_the_earlier_one_leads() -> (
    None
):
    later = article("b", verdict=Verdict.NONE, related=("https://a",))
    earlier = article("a", verdict=Verdict.NONE, published=MORNING)
    first = merged(later)
    second = merged(later, earlier, records=first.story_records, now=LATER)
    assert only(second).lead.key == "https://b"
    assert only(merged(later, earlier)).lead.key == "https://a"


def test_a_lead_that_its_source_supersedes_gives_way_to_an_equal_one() -> None:
    first = merged(article("a", quality=90))
    file = article("a", quality=90, verdict=Verdict.SUPERSEDED, related=("https://b",))
    equal = mention("b", "a", quality=90, published=MORNING)
    second = merged(file, equal, records=first.story_records, now=LATER)
    assert only(second).lead.key == "https://b"


def test_quality_counts_before_the_verdict_of_the_source() -> None:
    story = article("a", quality=80, related=("https://b",))
    assert only(merged(story, mention("b", "a", quality=81))).lead.key == "https://b"
    assert only(merged(story, mention("b", "a", quality=80))).lead.key == "https://a"


def test_the_id_and_date_come_from_the_first_article() -> None:
    story = article("a", quality=99, related=("https://b",))
    covered = only(merged(story, mention("b", "a", quality=50, published=MORNING)))
    assert covered.lead.key == "https://a"
    assert covered.id == id_of("b") == "urn:uuid:" + str(uuid5(NAMESPACE_URL, "https://b"))
    assert covered.published == MORNING
    assert covered.updated == story.published


def test_a_new_story_is_not_dated_in_the_future() -> None:
    future = only(merged(article("a", published=LATER)))
    assert (future.published, future.updated) == (NOW, NOW)


def test_a_merged_story_names_the_story_that_continues_it_now() -> None:
    a, b, c = article("a", quality=80), article("b", quality=95), article("c", quality=99)
    first = merged(a, b, c)
    into_b = replace(a, verdict=Verdict.SUPERSEDED, related=tuple(map(CleanText, ("https://b",))))
    second = merged(into_b, b, c, records=memory(first))
    into_c = replace(b, verdict=Verdict.SUPERSEDED, related=tuple(map(CleanText, ("https://c",))))
    third = merged(into_b, into_c, c, records=memory(first, second))
    ended = {record.id: record.merged_into for record in memory(first, second, third)}
    assert ended == {id_of("a"): id_of("c"), id_of("b"): id_of("c"), id_of("c"): None}


def test_a_story_continues_with_its_lead_and_not_with_its_first_article() -> None:
    lead = article("a", quality=80, related=("https://b",))
    first = merged(lead, mention("b", "a", quality=50, published=MORNING))
    assert (only(first).id, only(first).lead.key) == (id_of("b"), "https://a")
    split_article = article("b", source="o", quality=95, published=MORNING)
    second = merged(replace(lead, related=()), split_article, records=first.story_records)
    ids: dict[str, str] = {story.lead.key: story.id for story in second.stories}
    assert ids["https://a"] == id_of("b")
    assert ids["https://b"] not in (id_of("a"), id_of("b")), "an id is given once"


def test_only_visible_changes_are_updates() -> None:
    papers = {"title": "The other one", "publisher": Publisher(CleanText("Other"))}
    lead = article("a", excerpt="As it was", related=("https://b",))
    first = merged(lead, mention("b", "a", quality=50, **papers))

    def updated(*articles: Article, now: datetime = LATER) -> datetime:
        result = merged(*articles, records=first.story_records, now=now)
        return only(result).updated

    first_updated = only(first).updated
    moved = mention("c", "a", quality=50, **papers)
    assert (
        updated(replace(lead, related=tuple(map(CleanText, ("https://c",)))), moved)
        == first_updated
    ), "an address"
    assert (
        updated(replace(lead, quality=95), mention("b", "a", quality=50, **papers)) == first_updated
    )
    again = mention("b", "a", quality=50, **papers)
    assert updated(replace(lead, excerpt=CleanText("As it is")), again) == LATER
    assert updated(lead, replace(again, title=CleanText("The other one, corrected"))) == LATER
    assert updated(lead, replace(again, publisher=Publisher(CleanText("Another")))) == LATER
    set_back = NOW - timedelta(days=9)
    assert (
        updated(replace(lead, excerpt=CleanText("As it is")), again, now=set_back) == first_updated
    )


def test_an_article_that_was_missing_for_a_while_returns_to_its_story() -> None:
    lead = article("a", related=("https://b",))
    first = merged(lead, mention("b", "a", quality=50))
    second = merged(replace(lead, related=()), records=first.story_records)
    assert [a.key for a in only(second).articles] == ["https://a"]
    assert memory(first, second)[0].members == {"https://a", "https://b"}
    third = merged(
        replace(lead, related=()), mention("b", "x", quality=50), records=memory(first, second)
    )
    assert [a.key for a in only(third).articles] == ["https://a", "https://b"]


def test_coverage_stays_in_its_story_even_if_another_one_is_nearer_in_time() -> None:
    a, b = article("a", related=("https://x",)), article("b", published=NOW)
    shown = mention("x", "a", quality=50, published=NOW)
    first = merged(a, b, shown)
    second = merged(
        a,
        replace(b, related=tuple(map(CleanText, ("https://x",)))),
        shown,
        records=first.story_records,
    )
    assert {s.lead.key: len(s.coverage) for s in second.stories} == {"https://a": 1, "https://b": 0}
    new = merged(a, replace(b, related=tuple(map(CleanText, ("https://x",)))), shown)
    assert {s.lead.key: len(s.coverage) for s in new.stories} == {"https://a": 0, "https://b": 1}


def test_a_former_lead_keeps_its_story_when_its_verdict_is_missing() -> None:
    a, b = article("a", quality=80), article("b", quality=95)
    first = merged(a, b)
    unjudged = replace(a, verdict=Verdict.NONE, related=tuple(map(CleanText, ("https://b",))))
    second = merged(unjudged, b, records=first.story_records)
    assert {story.id for story in second.stories} == {id_of("a"), id_of("b")}
    assert len(merged(unjudged, b).stories) == 1, "in a new story it is coverage"


def test_coverage_is_declared_with_a_root_and_not_by_way_of_other_coverage() -> None:
    """An article that is related only to the mention is no part of the story that mentions it."""
    story = article("a", related=("https://b",))
    mention_article = article("b", source="o", verdict=Verdict.NONE, quality=60)
    third = article("c", source="p", verdict=Verdict.NONE, quality=50, related=("https://b",))
    result = merged(story, mention_article, third)
    assert {s.lead.key: [c.key for c in s.coverage] for s in result.stories} == {
        "https://a": ["https://b"],
        "https://c": [],
    }


def test_unified_reports_keep_all_topics_and_the_text_of_the_best() -> None:
    poor = article("e.com/a", source="a", quality=60, title="Poor", topics=("AI", "Space"))
    good = article("e.com/a", source="b", quality=90, title="Good", topics=("Space", "Sea"))
    for order in ((poor, good), (good, poor)):
        (united,) = unify(order).values()
        assert (united.title, united.quality) == ("Good", 90)
        assert united.topics == ("Space", "Sea", "AI")
    unsure = replace(good, quality=None)
    (united,) = unify([unsure, replace(poor, verdict=Verdict.RELATED_ONLY)]).values()
    assert (united.title, united.quality) == ("Good", 60)
