"""Replayed histories, and backtests of ranking on them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.errors import BadDocument
from aggregator.evaluation.backtest import moments, ndcg
from aggregator.merge import MergeOptions, no_lexicon
from aggregator.model import CleanText, Site
from aggregator.pipeline import PlanOptions
from aggregator.rank import RankingOptions
from aggregator.read.replay import replayed
from tests.conftest import NOW, program

OPTIONS = PlanOptions(Site(CleanText("b"), "https://b.example/"), merging=MergeOptions(text=False))


def story(number: int, quality: int, related: int = 0) -> str:
    when = f"{NOW - timedelta(hours=20 + number):%Y-%m-%dT%H:%M:%SZ}"
    fields = {
        "category": "news",
        "title": f"Story {number}",
        "excerpt": "",
        "publishedDateTime": when,
        "originalUrl": f"https://e.com/{number}",
        "webUrl": f"https://e.com/{number}",
        "type": "article",
        "provider": {"name": "E", "domain": "e.com"},
        "topics": ["T"],
        "quality": quality,
        "heat": quality,
        "published": True,
        "related": [
            {
                "title": f"More {n}",
                "publishedDateTime": when,
                "type": "article",
                "quality": 40,
                "webUrl": f"https://o{n}.com/{number}",
                "provider": {"name": f"O{n}"},
            }
            for n in range(related)
        ],
    }
    return f"---\n{json.dumps(fields)}\n---\n"


def write(tmp_path: Path, *lines: dict[str, object]) -> Path:
    path = tmp_path / "replay.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def save(hours: float, number: int, quality: int, related: int = 0) -> dict[str, object]:
    time = (NOW + timedelta(hours=hours)).isoformat()
    text = story(number, quality, related)
    return {"time": time, "path": f"{number}.md", "action": "modify", "text": text}


@pytest.fixture
def replay(tmp_path: Path) -> Path:
    base = [save(0, n, 60 + n) | {"time": "base"} for n in range(13)]
    return write(tmp_path, *base, save(0, 0, 60), save(9, 3, 63, related=4))


def test_the_gain_of_a_story_is_the_coverage_that_came_later(replay: Path) -> None:
    (moment,) = moments(replayed(replay), OPTIONS, no_lexicon)
    assert moment.now == NOW + timedelta(hours=6)
    assert len(moment.stories) == 13
    assert sorted(moment.gains.values()) == [0] * 12 + [4]
    assert all(not story.coverage for story in moment.stories)


def test_the_best_order_has_an_ndcg_of_1(replay: Path) -> None:
    (moment,) = moments(replayed(replay), OPTIONS, no_lexicon)
    forever = timedelta(days=9_999)
    by_quality = ndcg(moment, RankingOptions(formula="heat", half_life=forever, spread=0))
    newest = ndcg(moment, RankingOptions(formula="newest", spread=0))
    assert 0 <= by_quality < newest < 1
    gains = {story.id: 0 if story.title != "Story 0" else 4 for story in moment.stories}
    assert (
        ndcg(type(moment)(moment.now, moment.stories, gains), RankingOptions(formula="newest")) == 1
    )


def test_the_command_prints_a_table(replay: Path) -> None:
    printed = program("backtest", str(replay), "--no-text").stdout
    assert "1 points" in printed
    assert "standard, as configured" in printed


def test_a_broken_history_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "replay.jsonl"
    path.write_text('{"time": "2026-11-22T12:00:00Z"}\n')
    with pytest.raises(BadDocument) as caught:
        list(replayed(path))
    assert caught.value.line == 1
    assert "line 1" in program("backtest", str(path), code=1).stderr
