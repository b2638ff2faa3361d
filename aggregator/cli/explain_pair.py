"""``aggregator explain STORY OTHER``: why two articles are one story, or are not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import exp
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from aggregator.cli.session import current_queries, current_time, opened, say, unlimited
from aggregator.errors import UnknownStory
from aggregator.identify import canonical_url
from aggregator.merge import MergeOptions
from aggregator.model import Article, Story
from aggregator.pipeline import EVERYTHING, stored_epochs
from aggregator.queries import Selection

if TYPE_CHECKING:
    from aggregator.merge.similarity.compare import GroupJudgement, PairEvidence
    from aggregator.merge.similarity.index import TextIndex
    from aggregator.store import Store


class _Located(NamedTuple):
    """An article and the story that it belongs to."""

    article: Article
    story: Story


def explain_two(config: Path, names: tuple[str, str], now: datetime | None) -> None:
    """Print the evidence for and against two articles being about one event, and the same for their
    stories if they are in two. `names` are URLs of articles or ids of stories."""
    with opened(config) as (settings, store):
        time = current_time(now)
        queries = current_queries(settings, store, unlimited(settings), time)
        stories = [ranked.story for ranked in queries.stories(EVERYTHING, Selection())]
        first, second = (_find(stories, name) for name in names)
        for article in (first.article, second.article):
            say(f"{article.title} ({article.publisher.name}, {article.published:%Y-%m-%d %H:%M})")
        _print_declared(first, second)
        if not settings.merging.text:
            say("Merging by text is turned off (`merge.text: false`).")
        elif first.article.key != second.article.key:
            _print_texts(first, second, settings.merging, _index(store, stories, time))


def _print_declared(first: _Located, second: _Located) -> None:
    """Print whether the two are one story, and what their sources declare."""
    same = first.story.id == second.story.id
    say(f"\nOne story: {first.story.title}" if same else "\nTwo stories.")
    a, b = first.article, second.article
    if b.key in a.related or a.key in b.related:
        say("A source declares them as related.")
    if {(a.key, b.key), (b.key, a.key)} & set(first.story.copies):
        say("One is a copy of the other: the same text at another publisher.")


def print_cohesion(story: Story, options: MergeOptions, store: Store, now: datetime) -> None:
    """Print which article of a story is most similar to the others, and which least."""
    if not options.text or not story.coverage:
        return
    from aggregator.merge.similarity.compare import cohesion

    members = cohesion(story.articles, options, _index(store, [story], now))
    say("\nMean probability of being about one event with the other articles, by text:")
    say(f"  {members[0].probability:.2f}  highest: {_name(members[0].article)}")
    say(f"  {members[-1].probability:.2f}  lowest:  {_name(members[-1].article)}")


def _name(article: Article) -> str:
    return f"{article.title} ({article.publisher.name})"


def _index(store: Store, stories: Sequence[Story], now: datetime) -> TextIndex:
    articles = [article for story in stories for article in story.articles]
    return stored_epochs(store).index(articles, now)


def _find(stories: list[Story], name: str) -> _Located:
    """The article with this URL, or the lead of the story with this id. Raises UnknownStory."""
    key = canonical_url(name)
    for story in stories:
        if story.id in (name, f"urn:uuid:{name}"):
            return _Located(story.lead, story)
        for article in story.articles:
            if key and key in (article.key, *article.aliases):
                return _Located(article, story)
    raise UnknownStory(f"no story has the id {name!r} or an article with this URL")


def _print_texts(
    first: _Located, second: _Located, options: MergeOptions, index: TextIndex
) -> None:
    from aggregator.merge.similarity.compare import compare, compare_groups

    _print_evidence(compare(first.article, second.article, options, index))
    if first.story.id != second.story.id:
        say("\nTheir stories, over all pairs of articles:")
        _print_verdict(compare_groups(first.story.articles, second.story.articles, options, index))
        return
    say("\nIf each of the two were a story of its own:")
    alone = compare_groups([first.article], [second.article], options, index)
    _print_verdict(alone)
    if alone.odds < alone.threshold:
        say("  They are one story by a declaration, by other articles of it, or from before.")


def _print_evidence(evidence: PairEvidence) -> None:
    say("\nThe texts of the two articles:")
    if evidence.never_compared_because:
        say(f"  never merged by text: {evidence.never_compared_because}")
    shared = ", ".join(f"{word} {worth:.1f}" for word, worth in evidence.shared) or "none"
    say("  shared word stems, and how unlikely each is by chance, in nats (2.3: one in ten):")
    say(f"    {shared}")
    say("  strongest evidence for (+) and against (-), in log odds, relative to the average pair")
    say("  that shares rare words:")
    for reason in evidence.reasons:
        say(f"    {reason.adds:+6.2f}  {reason.meaning}: {reason.value:.2f}")
    say(f"  probability of one event: {evidence.probability:.2f}")


def _print_verdict(verdict: GroupJudgement) -> None:
    say(f"  mean probability        {verdict.probability:.2f}")
    if verdict.one_publisher:
        say("  all from one publisher, which repeats itself: the threshold is higher")
    say(f"  with size and publisher {_probability(verdict.odds):.2f}")
    result = "enough" if verdict.odds >= verdict.threshold else "not enough"
    say(f"  {result}: `merge.strictness` requires {_probability(verdict.threshold):.2f}")


def _probability(odds: float) -> float:
    return 1 / (1 + exp(-max(-50.0, min(50.0, odds))))
