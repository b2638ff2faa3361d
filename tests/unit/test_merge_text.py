"""Merging by text: what is one story, what is not, copies, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from aggregator.identify import unify
from aggregator.lexicon import load_lexicon
from aggregator.merge import Epochs, Merged, MergeOptions, merge
from aggregator.merge.copies import copies_of
from aggregator.model import Article, Publisher, Standing, StoryMemory
from tests.conftest import NOW, article

BACKGROUND = [
    "Central bank raises interest rates for the third time this year",
    "Volcano in Iceland erupts again after two quiet weeks",
    "Striker signs record contract with Madrid club",
    "Scientists find water ice below the surface of Mars",
    "Parliament votes down the pension reform bill",
    "New train line between Lyon and Turin opens in December",
    "Author of the dragon novels dies at eighty",
    "Court fines search company over advertising practices",
]


def told(name: str, title: str, hours: float = 1, **fields: object) -> Article:
    found = article(name, title=title, standing=Standing.UNJUDGED, quality=87)
    changed = {
        "publisher": Publisher(name),
        "published": NOW - timedelta(hours=hours),
        "lang": "en",
    }
    changed |= fields
    return replace(found, **changed)  # type: ignore[arg-type]


def merged(
    *articles: Article,
    before: tuple[StoryMemory, ...] = (),
    options: MergeOptions = MergeOptions(),  # noqa: B008 -- frozen
    changed: frozenset[str] = frozenset(),
) -> Merged:
    others = [told(f"other{n}", title) for n, title in enumerate(BACKGROUND)]
    every = unify([*articles, *others])
    return merge(every, before, NOW, options, epochs=Epochs(load_lexicon), changed=changed)


def together(found: Merged, *names: str) -> bool:
    stories = {story.id for story in found.stories for a in story.articles
               if a.key.removeprefix("https://") in names}  # fmt: skip
    return len(stories) == 1


QUAKE = told("a", "Strong earthquake shakes northern Chile, tsunami warning issued", 5)
QUAKE_TOO = told("b", "Tsunami warning after strong earthquake hits northern Chile", 3)


def test_articles_on_one_event_are_one_story_and_others_are_not() -> None:
    found = merged(QUAKE, QUAKE_TOO)
    assert together(found, "a", "b")
    assert len(found.stories) == 1 + len(BACKGROUND)


def test_text_can_be_turned_off() -> None:
    assert not together(merged(QUAKE, QUAKE_TOO, options=MergeOptions(text=False)), "a", "b")


def test_outside_the_window_the_same_words_are_another_event() -> None:
    old = replace(QUAKE, published=NOW - timedelta(days=30))
    assert not together(merged(old, QUAKE_TOO), "a", "b")
    assert together(merged(old, QUAKE_TOO, options=MergeOptions(window=None)), "a", "b")


def test_two_verdicts_of_a_source_are_never_joined() -> None:
    one, two = (replace(a, standing=Standing.STORY) for a in (QUAKE, QUAKE_TOO))
    assert not together(merged(one, two), "a", "b")


def test_other_languages_are_other_stories() -> None:
    same = replace(QUAKE, key="https://c", ref="c", lang="es")
    assert not together(merged(replace(QUAKE, lang="en"), same), "a", "c")


def test_the_next_of_a_series_is_another_story_and_an_update_is_not() -> None:
    title = "Weather forecast for the northern coast on November {}"
    one, two = told("a", title.format(8), 30), told("b", title.format(9), 2)
    assert not together(merged(one, two), "a", "b")
    title = "Strong earthquake in northern Chile kills {}"
    one, two = told("a", title.format(11), 5), told("b", title.format(14), 2)
    assert together(merged(one, two), "a", "b")


def test_what_ended_in_another_story_stays_there() -> None:
    """Its id is gone: it would come back as unread."""
    first = merged(QUAKE, options=MergeOptions(text=False))
    second = merged(QUAKE, QUAKE_TOO, before=first.memories, options=MergeOptions(text=False))
    assert not together(second, "a", "b")
    near = replace(QUAKE_TOO, title=QUAKE.title)
    third = merged(QUAKE, near, before=second.memories, changed=frozenset({near.key}))
    assert together(third, "a", "b")
    away = replace(QUAKE_TOO, title="Museum of modern art shows forgotten Polish painters")
    fourth = merged(QUAKE, away, before=third.memories, changed=frozenset({away.key}))
    assert together(fourth, "a", "b")


def test_a_late_article_joins_and_the_story_keeps_its_id() -> None:
    first = merged(QUAKE)
    second = merged(QUAKE, QUAKE_TOO, before=first.memories)
    (before,) = [s for s in first.stories if s.lead.key == QUAKE.key]
    (after,) = [s for s in second.stories if QUAKE_TOO.key in {a.key for a in s.articles}]
    assert after.id == before.id
    assert after.lead.key == QUAKE.key


def test_a_story_that_turns_out_to_be_two_is_split_and_the_old_id_stays_with_its_event() -> None:
    first = merged(QUAKE, QUAKE_TOO)
    (story,) = [s for s in first.stories if s.lead.key == QUAKE.key]
    corrected = replace(QUAKE_TOO, title="Museum of modern art shows forgotten Polish painters")
    second = merged(QUAKE, corrected, before=first.memories, changed=frozenset({corrected.key}))
    of = {a.key: s.id for s in second.stories for a in s.articles}
    assert of[QUAKE.key] == story.id
    assert of[corrected.key] not in {s.id for s in first.stories}


def test_a_copy_is_the_same_words_at_another_publisher() -> None:
    copy = replace(QUAKE, key="https://c", title=f"{QUAKE.title} - The Daily",
                   publisher=Publisher("The Daily"), published=NOW)  # fmt: skip
    assert copies_of([copy, QUAKE, QUAKE_TOO]) == {"https://c": QUAKE.key}
    assert copies_of([replace(copy, publisher=QUAKE.publisher), QUAKE]) == {}
    (story,) = [s for s in merged(QUAKE, copy).stories if s.copies]
    assert story.lead.key == QUAKE.key
    assert story.copies == (("https://c", QUAKE.key),)
