"""``aggregator explain ONE OTHER``: why two articles are, or are not, one story."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import exp
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.cli.session import current_plan, current_time, opened, say, unlimited
from aggregator.errors import UnknownStory
from aggregator.identify import canonical_url
from aggregator.merge import MergeOptions
from aggregator.model import Article, Story
from aggregator.pipeline import EVERYTHING, stored_epochs

if TYPE_CHECKING:
    from aggregator.merge.similarity.compare import GroupJudgement, PairEvidence
    from aggregator.merge.similarity.index import TextIndex
    from aggregator.store import Store


def explain_two(config: Path, wanted: tuple[str, str], now: datetime | None) -> None:
    """Print the evidence on two articles, and on their stories where they are in two."""
    with opened(config) as (settings, store):
        time = current_time(now)
        plan = current_plan(settings, store, unlimited(settings), time)
        stories = [ranked.story for ranked in plan.ranked[EVERYTHING]]
        one, other = (_find(stories, text) for text in wanted)
        for article, _ in (one, other):
            say(f"{article.title} ({article.publisher.name}, {article.published:%Y-%m-%d %H:%M})")
        same = one[1].id == other[1].id
        say(f"\nOne story: {one[1].title}" if same else "\nTwo stories.")
        if other[0].key in one[0].related or one[0].key in other[0].related:
            say("A source declares them as related.")
        if (one[0].key, other[0].key) in one[1].copies or (other[0].key, one[0].key) in one[
            1
        ].copies:
            say("One is a copy of the other: the same words at another publisher.")
        if not settings.merging.text:
            say("Merging by text is turned off (`merge.text: false`).")
        elif one[0].key != other[0].key:
            index = _index(store, stories, time)
            _print_texts(one, other, settings.merging, index)


def print_cohesion(story: Story, options: MergeOptions, store: Store, now: datetime) -> None:
    """Print which article of a story holds it together, and which belongs to it least."""
    if not options.text or not story.coverage:
        return
    from aggregator.merge.similarity.compare import cohesion

    members = cohesion(story.articles, options, _index(store, [story], now))
    say("\nBy what they say, the mean probability of being one event with the others:")
    say(f"  {members[0].probability:.2f}  holds it together: {_name(members[0].article)}")
    say(f"  {members[-1].probability:.2f}  belongs least: {_name(members[-1].article)}")


def _name(article: Article) -> str:
    return f"{article.title} ({article.publisher.name})"


def _index(store: Store, stories: Sequence[Story], now: datetime) -> TextIndex:
    articles = [article for story in stories for article in story.articles]
    return stored_epochs(store).index(articles, now)


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


def _print_texts(
    one: tuple[Article, Story],
    other: tuple[Article, Story],
    options: MergeOptions,
    index: TextIndex,
) -> None:
    from aggregator.merge.similarity.compare import compare, judge

    _print_evidence(compare(one[0], other[0], options, index))
    if one[1].id != other[1].id:
        say("\nTheir stories, over all pairs of articles:")
        _print_verdict(judge(one[1].articles, other[1].articles, options, index))


def _print_evidence(evidence: PairEvidence) -> None:
    say("\nThe two articles, as they are compared:")
    if evidence.apart:
        say(f"  never joined by text: {evidence.apart}")
    shared = ", ".join(f"{word} {worth:.1f}" for word, worth in evidence.shared) or "none"
    say("  shared words (beginnings), and how unlikely by chance, in nats (2.3: one in ten):")
    say(f"    {shared}")
    say("  what counts most, for (+) and against (-), in log odds, against the usual pair that")
    say("  shares rare words:")
    for reason in evidence.reasons:
        say(f"    {reason.adds:+6.2f}  {reason.meaning}: {reason.value:.2f}")
    say(f"  probability that both tell one event: {evidence.probability:.2f}")


def _print_verdict(verdict: GroupJudgement) -> None:
    say(f"  mean probability        {verdict.probability:.2f}")
    if verdict.one_publisher:
        say("  all of one publisher, which repeats itself: more is asked")
    say(f"  with size and publisher {_probability(verdict.odds):.2f}")
    result = "enough" if verdict.odds >= verdict.threshold else "not enough"
    say(f"  {result}: `merge.strictness` asks for {_probability(verdict.threshold):.2f}")


def _probability(odds: float) -> float:
    return 1 / (1 + exp(-max(-50.0, min(50.0, odds))))
