"""Merging by text over time: joins, splits, ids and copies."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.identify import unify
from aggregator.lexicon import load_lexicon
from aggregator.merge import Epochs, Merged, MergeOptions, Statistics, merge, no_lexicon
from aggregator.merge.copies import copies_of
from aggregator.merge.similarity.index import TextIndex
from aggregator.merge.similarity.join import Candidate, join_by_text
from aggregator.merge.similarity.judge import Model
from aggregator.model import Article, CleanText, Publisher, Story, StoryRecord, Verdict
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
ELSEWHERE = "Museum of modern art shows forgotten Polish painters"


def piece(name: str, title: str, hours: float = 1, **fields: object) -> Article:
    """An article in English of a publisher of its own, published `hours` ago."""
    base = article(name, title=title, verdict=Verdict.NONE, quality=87)
    values = {
        "publisher": Publisher(CleanText(name)),
        "published": NOW - timedelta(hours=hours),
        "lang": "en",
    }
    return replace(base, **{**values, **fields})  # type: ignore[arg-type]


OTHERS = [piece(f"other{n}", title) for n, title in enumerate(BACKGROUND)]


def merged(
    *articles: Article,
    records: tuple[StoryRecord, ...] = (),
    options: MergeOptions = MergeOptions(),  # noqa: B008 -- frozen
    changed: frozenset[str] = frozenset(),
    epochs: Epochs | None = None,
) -> Merged:
    """The stories of these articles, among the background."""
    epochs = epochs or Epochs(load_lexicon)
    window = unify([*articles, *OTHERS])
    return merge(window, records, NOW, options, epochs=epochs, changed=changed)


def story_of(result: Merged, piece: Article) -> Story:
    """The story that an article is in."""
    (story,) = [s for s in result.stories if piece.key in {a.key for a in s.articles}]
    return story


def together(result: Merged, *pieces: Article) -> bool:
    """Whether all of them are in one story."""
    return len({story_of(result, piece).id for piece in pieces}) == 1


QUAKE = piece("a", "Strong earthquake shakes northern Chile, tsunami warning issued", 5)
QUAKE_TOO = piece("b", "Tsunami warning after strong earthquake hits northern Chile", 3)
BY_DECLARATION = MergeOptions(text=False)


# ------------------------------------------------------------ at one time


def test_articles_on_one_event_are_one_story_and_others_are_not() -> None:
    result = merged(QUAKE, QUAKE_TOO)
    assert together(result, QUAKE, QUAKE_TOO)
    assert len(result.stories) == 1 + len(BACKGROUND)


def test_merging_by_text_can_be_turned_off() -> None:
    assert not together(merged(QUAKE, QUAKE_TOO, options=BY_DECLARATION), QUAKE, QUAKE_TOO)


def test_outside_the_window_the_same_words_are_another_event() -> None:
    old = replace(QUAKE, published=NOW - timedelta(days=30))
    assert not together(merged(old, QUAKE_TOO), old, QUAKE_TOO)
    assert together(merged(old, QUAKE_TOO, options=MergeOptions(window=None)), old, QUAKE_TOO)


def test_two_verdicts_of_a_source_are_never_joined() -> None:
    judged = [replace(a, verdict=Verdict.STORY) for a in (QUAKE, QUAKE_TOO)]
    assert not together(merged(*judged), *judged)
    assert together(merged(judged[0], QUAKE_TOO), judged[0], QUAKE_TOO)


@pytest.mark.parametrize("language", ["es", "de", ""])
def test_two_languages_are_never_joined_and_an_unknown_one_joins_no_known_one(
    language: str,
) -> None:
    same = replace(
        QUAKE,
        key=CleanText("https://c"),
        ref=CleanText("c"),
        publisher=Publisher(CleanText("c")),
        lang=CleanText(language),
    )
    assert not together(merged(QUAKE, same), QUAKE, same)


def test_the_region_of_a_language_does_not_matter() -> None:
    british = replace(QUAKE_TOO, lang=CleanText("en-GB"))
    assert together(merged(QUAKE, british), QUAKE, british)


def test_two_articles_of_an_unknown_language_may_be_one_story() -> None:
    pieces = [replace(a, lang=CleanText("")) for a in (QUAKE, QUAKE_TOO)]
    assert together(merged(*pieces), *pieces)


def test_the_next_article_of_a_series_is_another_story_but_an_update_is_not() -> None:
    title = "Weather forecast for the northern coast on November {}"
    first, second = piece("a", title.format(8), 30), piece("b", title.format(9), 2)
    assert not together(merged(first, second), first, second)
    title = "Strong earthquake in northern Chile kills {}"
    first, second = piece("a", title.format(11), 5), piece("b", title.format(14), 2)
    assert together(merged(first, second), first, second)


def test_the_boilerplate_of_a_link_board_joins_nothing() -> None:
    notice = "submitted by /u/harbourmaster [link] [comments]"
    posts = [
        piece(f"board{n}", title, n, publisher=Publisher(CleanText("Board")), excerpt=notice)
        for n, title in enumerate(("A faster sort", "Why our ferry is late", "Salt and its uses"))
    ]
    assert len({story_of(merged(*posts), post).id for post in posts}) == 3


def test_a_stricter_threshold_joins_less() -> None:
    """The same pair with a rising threshold: once split, it stays split."""
    joined = [
        together(
            merged(QUAKE, QUAKE_TOO, options=MergeOptions(strictness=factor)), QUAKE, QUAKE_TOO
        )
        for factor in (0.01, 0.45, 1.0, 2.5, 1e7)
    ]
    assert joined == sorted(joined, reverse=True)
    assert joined[0]
    assert not joined[-1]


# ------------------------------------------------------------ over time


def test_a_late_article_joins_and_the_story_keeps_its_id() -> None:
    first = merged(QUAKE)
    second = merged(QUAKE, QUAKE_TOO, records=first.story_records)
    assert story_of(second, QUAKE_TOO).id == story_of(first, QUAKE).id
    assert story_of(second, QUAKE_TOO).lead.key == QUAKE.key


def test_a_story_without_similar_new_articles_stays_as_it_was() -> None:
    """Even if a stricter threshold would not join it now."""
    first = merged(QUAKE, QUAKE_TOO)
    strict = MergeOptions(strictness=1e7)
    statistics = Statistics.learned([QUAKE, QUAKE_TOO, *OTHERS], NOW, load_lexicon().simplified)
    epochs = Epochs(load_lexicon, lambda: statistics)
    new = piece("new", ELSEWHERE)
    second = merged(
        QUAKE, QUAKE_TOO, new, records=first.story_records, options=strict, epochs=epochs
    )
    assert together(second, QUAKE, QUAKE_TOO)
    first_stories = {story.id: story for story in first.stories}
    assert {s.id: s for s in second.stories if s.id in first_stories} == first_stories
    near = replace(
        QUAKE,
        key=CleanText("https://near"),
        ref=CleanText("near"),
        publisher=Publisher(CleanText("near")),
    )
    third = merged(
        QUAKE, QUAKE_TOO, near, records=first.story_records, options=strict, epochs=epochs
    )
    assert not together(third, QUAKE, QUAKE_TOO)


def test_when_the_window_has_grown_by_half_everything_is_compared_again() -> None:
    first = merged(QUAKE, QUAKE_TOO)
    strict = MergeOptions(strictness=1e7)
    second = merged(
        QUAKE, QUAKE_TOO, piece("new", ELSEWHERE), records=first.story_records, options=strict
    )
    assert not together(second, QUAKE, QUAKE_TOO)


def test_reused_epochs_give_the_same_as_new_ones_of_the_same_statistics() -> None:
    window = [QUAKE, QUAKE_TOO, *OTHERS]
    statistics = Statistics.learned(window, NOW, load_lexicon().simplified)
    cached = Epochs(load_lexicon, lambda: statistics)
    first = merged(QUAKE, epochs=cached)
    merged(QUAKE, piece("aside", ELSEWHERE), epochs=cached)
    fresh = Epochs(load_lexicon, lambda: statistics)
    expected = merged(QUAKE, QUAKE_TOO, records=first.story_records, epochs=fresh)
    assert merged(QUAKE, QUAKE_TOO, records=first.story_records, epochs=cached) == expected


def test_a_story_that_turns_out_to_be_two_is_split_and_the_old_id_stays_with_its_event() -> None:
    first = merged(QUAKE, QUAKE_TOO)
    corrected = replace(QUAKE_TOO, title=CleanText(ELSEWHERE))
    second = merged(
        QUAKE, corrected, records=first.story_records, changed=frozenset({corrected.key})
    )
    assert story_of(second, QUAKE).id == story_of(first, QUAKE).id
    assert story_of(second, corrected).id not in {story.id for story in first.stories}


def test_a_story_that_was_merged_into_another_stays_merged() -> None:
    """Under a new id, feed readers would show it as unread."""
    first = merged(QUAKE, options=BY_DECLARATION)
    second = merged(QUAKE, QUAKE_TOO, records=first.story_records, options=BY_DECLARATION)
    assert not together(second, QUAKE, QUAKE_TOO)
    near = replace(QUAKE_TOO, title=QUAKE.title)
    third = merged(QUAKE, near, records=second.story_records, changed=frozenset({near.key}))
    assert together(third, QUAKE, near)
    away = replace(QUAKE_TOO, title=CleanText(ELSEWHERE))
    fourth = merged(QUAKE, away, records=third.story_records, changed=frozenset({away.key}))
    assert together(fourth, QUAKE, away)


def test_a_large_story_accepts_one_more_article() -> None:
    """Above thirty articles it is added to as a whole."""
    many = [piece(f"p{n}", QUAKE.title, n / 10) for n in range(34)]
    first = merged(*many)
    assert together(first, *many)
    statistics = Statistics.learned([*many, *OTHERS], NOW, load_lexicon().simplified)
    epochs = Epochs(load_lexicon, lambda: statistics)
    second = merged(*many, QUAKE, records=first.story_records, epochs=epochs)
    assert together(second, *many, QUAKE)
    assert story_of(second, QUAKE).id == story_of(first, many[0]).id
    third = merged(*many, piece("new", ELSEWHERE), records=first.story_records, epochs=epochs)
    assert len(story_of(third, many[0]).articles) == 34


NAMED = (
    piece("p", "Alpaca bamboo cactus dahlia hermit", 5),
    piece("q", "Alpaca bamboo cactus", 4),
    piece("r", "Alpaca bamboo cactus engine", 3),
)


@pytest.mark.parametrize(
    ("title", "joins"), [("Dahlia hermit goblet", False), ("Alpaca bamboo cactus dahlia", True)]
)
def test_similarity_to_one_article_of_a_story_is_not_similarity_to_the_story(
    title: str, joins: bool
) -> None:
    """The story is compared as a whole, even if the new article is similar to one part of it."""
    new = piece("s", title)
    by_shared_words = Model(-4.0, {"rare_shared": (0.0, 1.0, 3.0)})  # two of them: 0.88
    index = TextIndex(Statistics(NOW), no_lexicon, by_shared_words)  # every word is rare
    candidates = [Candidate(a.key, (a,), "the story") for a in NAMED] + [Candidate(new.key, (new,))]
    pair = [Candidate(a.key, (a,)) for a in (NAMED[0], new)]
    assert len(set(join_by_text(pair, {new.key}, MergeOptions(), index).values())) == 1
    root_of = join_by_text(candidates, {new.key}, MergeOptions(), index)
    first = NAMED[0].key
    assert root_of == {**{a.key: first for a in NAMED}, new.key: first if joins else new.key}


# ------------------------------------------------------------ copies


def test_a_copy_has_the_same_words_at_another_publisher() -> None:
    copy = replace(
        QUAKE,
        key=CleanText("https://c"),
        title=CleanText(f"{QUAKE.title} - The Daily"),
        publisher=Publisher(CleanText("The Daily")),
        published=NOW,
    )
    assert copies_of([copy, QUAKE, QUAKE_TOO]) == {"https://c": QUAKE.key}
    assert copies_of([replace(copy, publisher=QUAKE.publisher), QUAKE]) == {}
    (story,) = [s for s in merged(QUAKE, copy).stories if s.copies]
    assert story.lead.key == QUAKE.key
    assert story.copies == (("https://c", QUAKE.key),)
