"""Pairs of articles that people judged, compared with our stories.

    python benchmarks/judged_pairs.py FILE.jsonl...

One pair per line: ``a`` and ``b`` (``title``, ``text`` or ``excerpt``, ``url``, ``published``) and
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
        in_one_store = stories([a for _, *both in pairs for a in both])
        together = [(is_one, one_story(in_one_store, a, b)) for is_one, a, b in pairs]
        alone = [(is_one, one_story(stories([a, b]), a, b)) for is_one, a, b in pairs]
        print(
            f"{Path(name).name}: {len(pairs)} pairs; all in one store: {verdict(together)};"
            f" each alone: {verdict(alone)}"
        )
        for (is_one, a, b), (_, merged) in zip(pairs, together, strict=True):
            if is_one != merged:
                print(f"  {'missed' if is_one else 'WRONG '}  {a.title[:70]}  |  {b.title[:70]}")


def pair_of(line: Mapping[str, Any], number: int) -> Pair:
    """The verdict and the two articles of a line."""
    is_one = line["same_story"] if "same_story" in line else line["same"] == "event"
    return is_one, *(article_of(line[side], f"{number}{side}") for side in "ab")


def article_of(row: Mapping[str, Any], ref: str) -> Article:
    """One article, cleaned as the program does it."""
    when = row.get("published")
    item = Item(
        ref,
        row["url"] or f"https://none.invalid/{ref}",
        Text(row["title"]),
        summary=Text(row.get("text") or row.get("excerpt") or "", TextKind.UNSTATED),
        published=datetime.fromisoformat(when) if when else None,
        publisher=Text(row.get("publisher") or ""),
    )
    (article,) = articles_of(item, Source("judged", "jsonl", "/"), NOW)
    return article


def stories(articles: list[Article]) -> dict[str, str]:
    """The story of each address."""
    estimated = {
        key: Priors().estimate_quality(article) for key, article in unify(articles).items()
    }
    merged_stories = merge(estimated, (), NOW, MergeOptions(), epochs=Epochs(load_lexicon)).stories
    return {
        address: story.id
        for story in merged_stories
        for article in story.articles
        for address in (article.key, *article.aliases)
    }


def one_story(story_of: Mapping[str, str], first: Article, second: Article) -> bool:
    """Whether both are in one story."""
    return story_of[canonical_url(first.url)] == story_of[canonical_url(second.url)]


def verdict(results: list[tuple[bool, bool]]) -> str:
    """How many pairs are right, and how many are merged wrongly."""
    right = sum(is_one == merged for is_one, merged in results)
    wrong = sum(merged and not is_one for is_one, merged in results)
    return f"{right} right, {wrong} merged wrongly"


if __name__ == "__main__":
    main()
