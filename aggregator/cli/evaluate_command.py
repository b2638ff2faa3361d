"""``aggregator evaluate``: the quality of merging, measured on a gold set."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from aggregator.cli.session import current_time, errors_as_text, say, say_json
from aggregator.config import merge_options
from aggregator.errors import AggregatorError
from aggregator.evaluation import (
    adjusted_rand,
    b_cubed,
    merged_singletons,
    pairwise,
    pure_stories,
    whole_events,
)
from aggregator.merge import Epochs, MergeOptions
from aggregator.model import NO_WORDS, Article, Publisher, Site, Source, clean_text
from aggregator.pipeline import EVERYTHING, PlanOptions, lexicon, plan
from aggregator.rank import RankingOptions
from aggregator.read import ReadOptions, read_sources
from aggregator.store import StoredWindow

_SHOWN = 5  # stories or events of each list of errors, and titles of each


@dataclass(frozen=True, slots=True)
class _Gold:
    """A gold set: the event and the title of each article by its id, the ids of doubtful articles,
    and the ids of those without a publisher."""

    events: dict[str, str]
    titles: dict[str, str]
    doubtful: frozenset[str]
    anonymous: frozenset[str]

    @property
    def counted(self) -> dict[str, str]:
        """The events of the articles that are not doubtful."""
        return {
            article_id: e
            for article_id, e in self.events.items()
            if article_id not in self.doubtful
        }


def evaluate(
    file: Path, window: str, strictness: str, now: datetime | None, *, as_json: bool
) -> None:
    """Merge the articles of the file as a build would, and print how well that fits its events."""
    with errors_as_text():
        gold = read_gold(file)
        stories = _merged(file, gold, merge_options(window, strictness), current_time(now))
        figures = _figures(gold.counted, stories)
        if as_json:
            say_json(figures)
            return
        for name, value in figures.items():
            say(f"{name:24} {value:.4f}" if isinstance(value, float) else f"{name:24} {value}")
        titles = {article_id: gold.titles[article_id] for article_id in gold.counted}
        _print_worst(
            "Worst merges: stories with articles of several events", stories, gold.events, titles
        )
        _print_worst("Worst misses: events in several stories", gold.events, stories, titles)


def _merged(file: Path, gold: _Gold, merging: MergeOptions, now: datetime) -> dict[str, str]:
    """The id of the story of each article, by the id of the article."""
    options = PlanOptions(
        Site(clean_text("evaluate"), "http://localhost/"),
        ranking=RankingOptions(window=None, max_entries=None),
        merging=merging,
    )
    source = Source("gold", "jsonl", str(file.resolve()))
    (reading,) = read_sources([source], {}, lambda _source: {}, ReadOptions(), now)
    if reading.state.error:
        raise AggregatorError(f"{file}: {reading.state.error}")
    articles = [_with_publisher(article, gold) for article in reading.articles]
    result = plan(articles, StoredWindow(), options, now, Epochs(lexicon))
    key_of = {a.ref: a.key for a in articles if not a.row_key[2]}
    story_of = {a.key: r.story.id for r in result.ranked[EVERYTHING] for a in r.story.articles}
    return {ref: story_of[key] for ref, key in key_of.items() if key in story_of}


def _with_publisher(article: Article, gold: _Gold) -> Article:
    """The article, with an empty publisher if the gold set names none."""
    return (
        replace(article, publisher=Publisher(NO_WORDS))
        if article.ref in gold.anonymous
        else article
    )


def read_gold(file: Path) -> _Gold:
    """Read a gold set: one JSON object per line with `url`, `title` and `cluster`, and optionally
    `id`, `lang`, `publisher` and `doubt`. The event of an article is its cluster and language;
    articles with ``"doubt": true`` are merged but not counted. Raises AggregatorError."""
    gold = _Gold({}, {}, frozenset(), frozenset())
    doubtful, anonymous = set(), set()
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
            article_id = str(fields.get("id") or fields["url"])
            gold.events[article_id] = f"{fields['cluster']} {fields.get('lang') or ''}".strip()
            gold.titles[article_id] = str(fields["title"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise AggregatorError(
                f"{file}:{number}: must be an object with url, title and cluster ({error})"
            ) from None
        if fields.get("doubt"):
            doubtful.add(article_id)
        if not fields.get("publisher"):
            anonymous.add(article_id)
    return replace(gold, doubtful=frozenset(doubtful), anonymous=frozenset(anonymous))


def _figures(gold: Mapping[str, str], stories: Mapping[str, str]) -> dict[str, float | int]:
    cubed, nothing = b_cubed(gold, stories), b_cubed(gold, {})
    pairs = pairwise(gold, stories)
    pure, several = pure_stories(gold, stories)
    whole, events = whole_events(gold, stories)
    merged, alone = merged_singletons(gold, stories)
    return {
        "articles": len(gold),
        "stories in the gold": len(set(gold.values())),
        "stories found": len({stories.get(article_id, article_id) for article_id in gold}),
        "merged stories": several,
        "of one event (pure)": pure / several if several else 1.0,
        "events of two or more": events,
        "in one story (whole)": whole / events if events else 1.0,
        "articles alone in theirs": alone,
        "merged with others": merged / alone if alone else 0.0,
        "B-cubed precision": cubed.precision,
        "B-cubed recall": cubed.recall,
        "B-cubed F1": cubed.f1,
        "B-cubed F1, unmerged": nothing.f1,
        "pairwise precision": pairs.precision,
        "pairwise recall": pairs.recall,
        "pairwise F1": pairs.f1,
        "adjusted Rand index": adjusted_rand(gold, stories),
    }


def _print_worst(
    heading: str, wholes: Mapping[str, str], parts: Mapping[str, str], titles: Mapping[str, str]
) -> None:
    """Print the groups of `wholes` that contain most groups of `parts`, with a title of each part.
    Both map the id of an article to the id of its group."""
    parts_of: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for article_id, title in titles.items():
        parts_of[wholes.get(article_id, article_id)].setdefault(
            parts.get(article_id, article_id), title
        )
    most_parts = sorted(parts_of.items(), key=lambda pair: (-len(pair[1]), pair[0]))[:_SHOWN]
    worst = [pair for pair in most_parts if len(pair[1]) > 1]
    if worst:
        say(f"\n{heading}:")
    for _, examples in worst:
        say(f"  {len(examples)} of them:")
        for title in list(examples.values())[:_SHOWN]:
            say(f"    {title}")
