"""Stories by declared evidence, and ids that never change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from aggregator.identify import unify
from aggregator.merge import Merged, merge
from aggregator.model import Article, CleanText, StoryRecord, Verdict
from tests.conftest import NOW, article

LATER = NOW + timedelta(hours=2)


def merged(*articles: Article, records: tuple[StoryRecord, ...] = ()) -> Merged:
    return merge(unify(articles), records, NOW if not records else LATER)


def shape(result: Merged) -> set[tuple[str, ...]]:
    """Each story as its lead's ref and the refs of its coverage."""
    return {tuple(a.key.removeprefix("https://") for a in s.articles) for s in result.stories}


def mention(name: str, quality: int, by: str) -> Article:
    return article(name, ref=by, quality=quality, verdict=Verdict.RELATED_ONLY)


def test_a_story_and_its_declared_coverage() -> None:
    story = article("a", quality=100, related=("https://b", "https://c"))
    result = merged(story, mention("b", 70, "a"), mention("c", 90, "a"))
    assert shape(result) == {("a", "c", "b")}


def test_a_superseded_file_is_led_by_its_best_related() -> None:
    file = article("a", quality=51, verdict=Verdict.SUPERSEDED, related=("https://b", "https://c"))
    result = merged(file, mention("b", 91, "a"), mention("c", 74, "a"))
    assert shape(result) == {("b", "c", "a")}


def test_a_superseded_file_joins_the_story_that_its_best_related_leads() -> None:
    better = article("b", quality=90)
    file = article("a", quality=80, verdict=Verdict.SUPERSEDED, related=(CleanText("https://b"),))
    assert shape(merged(file, better)) == {("b", "a")}


def test_superseded_files_of_one_quality_do_not_go_in_circles() -> None:
    first = article("a", quality=80, verdict=Verdict.SUPERSEDED, related=(CleanText("https://b"),))
    second = article("b", quality=80, verdict=Verdict.SUPERSEDED, related=(CleanText("https://a"),))
    assert len(merged(first, second).stories) == 1


def test_two_stories_stay_two_though_they_are_declared_related() -> None:
    first, second = article("a", related=(CleanText("https://b"),)), article("b")
    assert shape(merged(first, second)) == {("a",), ("b",)}


def test_relations_are_not_followed_from_story_to_story() -> None:
    first = article("a", related=(CleanText("https://x"),))
    second = article("b", related=("https://x",), published=NOW)
    result = merged(first, second, mention("x", 50, "a"))
    assert shape(result) == {("a", "x"), ("b",)}


def test_a_change_of_lead_keeps_the_id_and_moves_updated() -> None:
    first = merged(article("a", quality=80))
    superseded = article(
        "a", quality=80, verdict=Verdict.SUPERSEDED, related=(CleanText("https://b"),)
    )
    second = merged(superseded, article("b", quality=95), records=first.story_records)
    assert shape(second) == {("b", "a")}
    assert second.stories[0].id == first.stories[0].id
    assert second.stories[0].published == first.stories[0].published
    assert second.stories[0].updated == LATER


def test_when_two_stories_turn_out_to_be_one_the_older_id_stays() -> None:
    old, young = article("a", quality=80), article("b", quality=95, published=NOW)
    first = merged(old, young)
    ids: dict[str, str] = {story.lead.ref: story.id for story in first.stories}
    superseded = replace(old, verdict=Verdict.SUPERSEDED, related=(CleanText("https://b"),))
    second = merged(superseded, young, records=first.story_records)
    assert [(s.id, s.lead.ref) for s in second.stories] == [(ids["a"], "b")]
    assert [(m.id, m.merged_into) for m in second.story_records if m.merged_into] == [
        (ids["b"], ids["a"])
    ]


def test_of_two_equally_old_stories_the_one_with_the_best_lead_continues() -> None:
    for best, worse in (("a", "b"), ("b", "a")):
        first = merged(article(best, quality=90), article(worse, quality=80))
        superseded = article(
            worse, quality=80, verdict=Verdict.SUPERSEDED, related=(f"https://{best}",)
        )
        second = merged(article(best, quality=90), superseded, records=first.story_records)
        expected = {m.id for m in first.story_records if m.lead == f"https://{best}"}
        assert {story.id for story in second.stories} == expected


def test_a_join_stays_when_the_verdict_is_taken_back() -> None:
    old, young = article("a", quality=80), article("b", quality=95, published=NOW)
    first = merged(old, young)
    superseded = replace(old, verdict=Verdict.SUPERSEDED, related=(CleanText("https://b"),))
    second = merged(superseded, young, records=first.story_records)
    third = merged(old, young, records=second.story_records)
    assert shape(third) == {("b", "a")}


def test_a_former_lead_follows_the_lead_of_its_story() -> None:
    """A file that once led an entry never leads another one of its own."""
    a, b, c = article("a", quality=80), article("b", quality=95), article("c", quality=99)
    first = merged(a, b, c)
    joined = replace(a, verdict=Verdict.SUPERSEDED, related=(CleanText("https://b"),))
    second = merged(joined, b, c, records=first.story_records)
    moved = replace(b, verdict=Verdict.SUPERSEDED, related=(CleanText("https://c"),))
    third = merged(a, moved, c, records=second.story_records)
    assert shape(third) == {("c", "b", "a")}


def test_coverage_that_is_no_longer_declared_stays_and_is_no_update() -> None:
    story = article("a", related=(CleanText("https://b"),))
    first = merged(story, mention("b", 70, "a"))
    second = merged(replace(story, related=()), mention("b", 70, "a"), records=first.story_records)
    assert shape(second) == {("a", "b")}
    assert second.stories[0].updated == first.stories[0].updated


def test_a_missing_verdict_ends_no_story() -> None:
    unjudged, related = (
        article("a", quality=80),
        article("b", quality=95, related=(CleanText("https://a"),)),
    )
    first = merged(unjudged, related)
    second = merged(replace(unjudged, verdict=Verdict.NONE), related, records=first.story_records)
    assert shape(second) == {("a",), ("b",)}


def test_a_title_changes_only_with_the_lead() -> None:
    first = merged(article("a", title="As it was"))
    second = merged(article("a", title="As it is"), records=first.story_records)
    assert second.stories[0].title == "As it was"
    assert second.stories[0].updated == first.stories[0].updated


def test_a_tie_does_not_change_the_lead() -> None:
    """The other one would lead at first sight, since it is earlier."""
    later = article("b", verdict=Verdict.NONE, related=(CleanText("https://a"),))
    earlier = article("a", verdict=Verdict.NONE, published=later.published - timedelta(hours=1))
    assert merged(later, earlier).stories[0].lead.key == "https://a"
    first = merged(later)
    second = merged(later, earlier, records=first.story_records)
    assert second.stories[0].lead.key == "https://b"


def test_quality_alone_is_no_update() -> None:
    first = merged(article("a", quality=80))
    second = merged(article("a", quality=90), records=first.story_records)
    assert second.stories[0].updated == first.stories[0].updated


def test_an_id_is_never_given_twice() -> None:
    first = merged(article("a"))
    gone = replace(
        first.story_records[0],
        members=frozenset(),
        anchors=frozenset(),
        lead="https://x",
        origin_key="https://x",
        merged_into="urn:uuid:other",
    )
    second = merged(article("a"), records=(gone,))
    assert second.stories[0].id != gone.id
