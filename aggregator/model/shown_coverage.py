"""What an entry shows of the coverage of a story.

``publish`` lists it, and ``merge`` derives from it whether a story was updated: an article that is
not shown must not mark the entry as changed. So both use `shown_coverage`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from aggregator.model.articles import Article
from aggregator.model.stories import Story

MAX_LISTED = 10
"""Articles of the coverage that an entry lists, which bounds its size whatever the story has."""
MAX_COPIES = 3
"""Copies that an entry names beside the lead, and beside each listed article."""


@dataclass(frozen=True, slots=True)
class ListedArticle:
    """An article of the coverage that is listed, and its copies that are named beside it."""

    article: Article
    copies: tuple[Article, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownCoverage:
    """The coverage that is `listed`, the copies of the lead that are named beside it, and the
    `rest`, of which only the number is shown. Each is in order, best first."""

    listed: tuple[ListedArticle, ...] = ()
    lead_copies: tuple[Article, ...] = ()
    rest: tuple[Article, ...] = ()

    @property
    def articles(self) -> Iterator[Article]:
        """All articles that are shown, listed or named as a copy."""
        yield from self.lead_copies
        for listed in self.listed:
            yield listed.article
            yield from listed.copies


def shown_coverage(
    story: Story, max_listed: int | None = MAX_LISTED, max_copies: int | None = MAX_COPIES
) -> ShownCoverage:
    """The coverage that an entry shows (None: without a limit).

    The best article of each publisher comes first, then the second best of each, and so on. Among
    these the order is by quality, then the newest, then the key. The lead counts as the best
    article of its publisher. Copies are not listed but named beside the lead or their original.
    """
    if not story.coverage:
        return ShownCoverage()
    same_text = _by_original(story)
    lead_copies = same_text.pop(dict(story.copies).get(story.lead.key, story.lead.key), [])
    copies_of = {}
    for key, articles in same_text.items():
        original = next((article for article in articles if article.key == key), articles[0])
        copies_of[original] = [article for article in articles if article is not original]
    listed = tuple(
        ListedArticle(article, tuple(_in_order(copies_of[article], story)[:max_copies]))
        for article in _in_order(copies_of, story)[:max_listed]
    )
    shown = ShownCoverage(listed, tuple(_in_order(lead_copies, story)[:max_copies]))
    keys = {article.key for article in shown.articles}
    rest = (article for article in _in_order(story.coverage, story) if article.key not in keys)
    return replace(shown, rest=tuple(rest))


def _by_original(story: Story) -> dict[str, list[Article]]:
    """The coverage by the key of the original: articles with the same text, the lead left out."""
    original_of = dict(story.copies)
    same_text: dict[str, list[Article]] = {}
    for article in story.coverage:
        same_text.setdefault(original_of.get(article.key, article.key), []).append(article)
    return same_text


def _in_order(articles: Iterable[Article], story: Story) -> list[Article]:
    """The articles, one of each publisher before the second of any."""
    best_first = sorted(
        articles, key=lambda a: (-(a.quality or 0), -a.published.timestamp(), a.key)
    )
    counts = Counter([story.lead.publisher.name])
    turns = {}
    for article in best_first:
        turns[article.key] = counts[article.publisher.name]
        counts[article.publisher.name] += 1
    return sorted(best_first, key=lambda article: turns[article.key])
