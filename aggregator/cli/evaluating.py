"""``aggregator evaluate``: how well articles are merged, on a gold set."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aggregator.cli.session import current_time, errors_as_text, say
from aggregator.config import merge_options
from aggregator.errors import AggregatorError
from aggregator.merge import MergeOptions, adjusted_rand, b_cubed, pairwise
from aggregator.model import Site, Source
from aggregator.pipeline import EVERYTHING, PlanOptions, ingest
from aggregator.rank import RankingOptions
from aggregator.read import ReadOptions
from aggregator.store import open_store

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class _Result:
    """The gold and the found story of each article by its id, and its title."""

    gold: dict[str, str]
    found: dict[str, str]
    titles: dict[str, str]


def evaluate(
    file: Path, window: str, strictness: str, now: datetime | None, *, as_json: bool
) -> None:
    """Merge the articles of the file as the program would, compare, print."""
    with errors_as_text():
        result = _merged(file, merge_options(window, strictness), current_time(now))
        figures = _figures(result)
        if as_json:
            sys.stdout.write(json.dumps(figures) + "\n")
            return
        for name, value in figures.items():
            say(f"{name:22} {value:.4f}" if isinstance(value, float) else f"{name:22} {value}")
        _tell(
            "Worst merges: one story here, several in the gold", result.found, result.gold, result
        )
        _tell(
            "Worst misses: one story in the gold, several here", result.gold, result.found, result
        )


def _merged(file: Path, merging: MergeOptions, now: datetime) -> _Result:
    gold, titles = read_gold(file)
    store = open_store("sqlite://")
    options = PlanOptions(
        Site("evaluate", "http://localhost/"),
        ranking=RankingOptions(window=None, max_entries=None),
        merging=merging,
    )
    source = Source("gold", "jsonl", str(file.resolve()))
    updated = ingest([source], ReadOptions(), store, options, now)
    readings, made = updated.readings, updated.plan
    store.close()
    if readings[0].state.error:
        raise AggregatorError(f"{file}: {readings[0].state.error}")
    key_of = {a.ref: a.key for a in readings[0].articles if not a.place[2]}
    story_of = {a.key: r.story.id for r in made.ranked[EVERYTHING] for a in r.story.articles}
    found = {ref: story_of[key] for ref, key in key_of.items() if key in story_of}
    return _Result(gold, found, titles)


def read_gold(file: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The story of each article by its id: `cluster`, within its language where it has one."""
    gold, titles = {}, {}
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
            ident = str(fields.get("id") or fields["url"])
            gold[ident] = f"{fields['cluster']} {fields.get('lang') or ''}".strip()
            titles[ident] = str(fields["title"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise AggregatorError(
                f"{file}:{number}: an object with url, title and cluster is wanted ({error})"
            ) from None
    return gold, titles


def _figures(result: _Result) -> dict[str, float | int]:
    cubed = b_cubed(result.gold, result.found)
    pairs = pairwise(result.gold, result.found)
    return {
        "articles": len(result.gold),
        "stories in the gold": len(set(result.gold.values())),
        "stories found": len({result.found.get(ident, ident) for ident in result.gold}),
        "B-cubed precision": cubed.precision,
        "B-cubed recall": cubed.recall,
        "B-cubed F1": cubed.f1,
        "pairwise precision": pairs.precision,
        "pairwise recall": pairs.recall,
        "pairwise F1": pairs.f1,
        "adjusted Rand index": adjusted_rand(result.gold, result.found),
    }


def _tell(what: str, wholes: dict[str, str], parts: dict[str, str], result: _Result) -> None:
    """The wholes that fall into most parts, with a title of each part."""
    inside: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for ident in result.gold:
        whole, part = wholes.get(ident, ident), parts.get(ident, ident)
        inside[whole].setdefault(part, result.titles[ident])
    worst = sorted(inside.items(), key=lambda pair: (-len(pair[1]), pair[0]))[:_SHOWN]
    worst = [(whole, found) for whole, found in worst if len(found) > 1]
    if worst:
        say(f"\n{what}:")
    for _, found in worst:
        say(f"  {len(found)} of them:")
        for title in list(found.values())[:_SHOWN]:
            say(f"    {title}")
