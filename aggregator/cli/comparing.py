"""``aggregator explain ONE OTHER``: why two articles are, or are not, one story."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from aggregator.cli.session import current_plan, current_time, opened, say, unlimited
from aggregator.errors import UnknownStory
from aggregator.identify import canonical_url
from aggregator.merge import MergeOptions
from aggregator.merge.compare import Comparison, compare
from aggregator.model import Article, Story
from aggregator.pipeline import EVERYTHING, word_vectors


def explain_two(config: Path, wanted: tuple[str, str], now: datetime | None) -> None:
    """Print the evidence on two articles, and on their stories where they are in two."""
    with opened(config) as (settings, store):
        found = current_plan(settings, store, unlimited(settings), current_time(now))
        stories = [ranked.story for ranked in found.ranked[EVERYTHING]]
        one, other = (_find(stories, text) for text in wanted)
        for article, _ in (one, other):
            say(f"{article.title} ({article.publisher.name}, {article.published:%Y-%m-%d %H:%M})")
        same = one[1].id == other[1].id
        say(f"\nOne story: {one[1].title}" if same else "\nTwo stories.")
        if other[0].key in one[0].related or one[0].key in other[0].related:
            say("A source declares them as related.")
        if one[0].key != other[0].key:
            background = [article for story in stories for article in story.articles]

            def judge(first: list[Article], second: list[Article]) -> Comparison:
                return compare(first, second, background, settings.merging, word_vectors)

            _tell(judge, one, other, settings.merging)


def _find(stories: list[Story], wanted: str) -> tuple[Article, Story]:
    """The article with that URL, or the lead of the story with that id, and its story."""
    key = canonical_url(wanted)
    for story in stories:
        if story.id in (wanted, f"urn:uuid:{wanted}"):
            return story.lead, story
        for article in story.articles:
            if key and key in (article.key, *article.aliases):
                return article, story
    raise UnknownStory(f"no story has the id or holds the URL {wanted!r}")


def _tell(
    judge: Callable[[list[Article], list[Article]], Comparison],
    one: tuple[Article, Story],
    other: tuple[Article, Story],
    options: MergeOptions,
) -> None:
    if not options.text:
        say("Merging by text is turned off (`merge.text: false`).")
        return
    _print("The two articles", judge([one[0]], [other[0]]), options)
    same = one[1].id == other[1].id
    if (one[0].key, other[0].key) in one[1].copies or (other[0].key, one[0].key) in one[1].copies:
        say("  a copy: the same words at another publisher")
    if not same and (one[1].coverage or other[1].coverage):
        found = judge(list(one[1].articles), list(other[1].articles))
        _print("Their whole stories", found, options)
        say("\nIt is whole stories that are joined.")
    elif same and len(one[1].articles) > 2:
        say(f"\nThe story has {len(one[1].articles)} articles; it is held together by what all of"
            " them have in common.")  # fmt: skip


def _print(what: str, found: Comparison, options: MergeOptions) -> None:
    say(f"\n{what}, as they are compared:")
    shared = ", ".join(f"{word} {weight:.1f}" for word, weight in found.shared) or "none"
    say(f"  words in common, by rarity     {shared}")
    say(f"  similarity of words            {found.words:.2f}")
    say(f"  of spelling (titles)           {found.grams:.2f}")
    if found.sense is not None:
        say(f"  of meaning (word vectors)      {found.sense:.2f}")
    if found.strangers:
        say("  never joined: two verdicts of their source, or two languages")
        return
    window = "no limit" if options.window is None else f"window {options.window}"
    say(f"  together, faded by time        {found.alike:.2f} ({window})")
    one, other = found.cohesion
    if one or other:
        say(f"  what holds each together       {one:.2f} and {other:.2f}")
    verdict = "enough" if found.score >= found.threshold else "not enough"
    say(f"  against what is usual          {found.score:.2f}, {verdict}:"
        f" the threshold is {found.threshold:.2f}")  # fmt: skip
