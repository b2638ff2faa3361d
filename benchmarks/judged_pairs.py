"""Pairs of articles that people judged: are they one story here too?

    python benchmarks/judged_pairs.py FILE.jsonl...

One pair a line: ``a`` and ``b`` (``title``, ``text`` or ``excerpt``, ``url``, ``published``) and
``same_story`` (a bool) or ``same`` ("event" or something else). Each file is measured twice: all
articles in one store, and each pair alone in one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aggregator.identify import canonical_url, unify
from aggregator.lexicon import load_lexicon
from aggregator.merge import Epochs, MergeOptions, merge
from aggregator.model import Article, Item, Source, Text, TextKind
from aggregator.rank import Priors
from aggregator.read.item_articles import articles_of

NOW = datetime(2026, 11, 1, tzinfo=UTC)
Pair = tuple[bool, Article, Article]


def main() -> None:
    """Measure and print."""
    for name in sys.argv[1:]:
        lines = Path(name).read_text("utf-8").splitlines()
        pairs = [pair_of(json.loads(line), number) for number, line in enumerate(lines)]
        every = stories([a for _, *both in pairs for a in both])
        together = [(want, one_story(every, a, b)) for want, a, b in pairs]
        alone = [(want, one_story(stories([a, b]), a, b)) for want, a, b in pairs]
        print(
            f"{Path(name).name}: {len(pairs)} pairs; all in one store: {verdict(together)};"
            f" each alone: {verdict(alone)}"
        )
        for (want, a, b), (_, found) in zip(pairs, together, strict=True):
            if want != found:
                print(f"  {'missed' if want else 'WRONG '}  {a.title[:70]}  |  {b.title[:70]}")


def pair_of(line: Mapping[str, Any], number: int) -> Pair:
    """The verdict and the two articles of a line."""
    want = line["same_story"] if "same_story" in line else line["same"] == "event"
    return want, *(article_of(line[side], f"{number}{side}") for side in "ab")


def article_of(told: Mapping[str, Any], ref: str) -> Article:
    """One article, cleaned as the program does it."""
    when = told.get("published")
    item = Item(
        ref,
        told["url"] or f"https://none.invalid/{ref}",
        Text(told["title"]),
        summary=Text(told.get("text") or told.get("excerpt") or "", TextKind.UNSTATED),
        published=datetime.fromisoformat(when) if when else None,
        publisher=Text(told.get("publisher") or ""),
    )
    (article,) = articles_of(item, Source("judged", "jsonl", "/"), NOW)
    return article


def stories(articles: list[Article]) -> dict[str, str]:
    """The story of each address."""
    known = {key: Priors().estimate_quality(article) for key, article in unify(articles).items()}
    found = merge(known, (), NOW, MergeOptions(), epochs=Epochs(load_lexicon)).stories
    return {
        address: story.id
        for story in found
        for article in story.articles
        for address in (article.key, *article.aliases)
    }


def one_story(story_of: Mapping[str, str], one: Article, other: Article) -> bool:
    """Whether both are in one story."""
    return story_of[canonical_url(one.url)] == story_of[canonical_url(other.url)]


def verdict(results: list[tuple[bool, bool]]) -> str:
    """How many are right, and how many are merged that are not one."""
    right = sum(want == found for want, found in results)
    wrong = sum(found and not want for want, found in results)
    return f"{right} right, {wrong} merged wrongly"


if __name__ == "__main__":
    main()
