"""Merging by text as a user sees it: a file of articles, the stories, and the reasons."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from aggregator.evaluation import b_cubed
from aggregator.merge import Statistics
from aggregator.model import CleanText, Site, Source
from aggregator.pipeline import EVERYTHING, Output, Plan, PlanOptions, run
from aggregator.rank import RankingOptions
from aggregator.read import ReadOptions
from aggregator.store import open_store
from tests.conftest import config_writer, program

NOW = "2026-11-20T13:00:00Z"
ROWS = [
    ("a", "Strong earthquake shakes northern Chile, tsunami warning issued", "10:00"),
    ("b", "Tsunami warning after strong earthquake hits northern Chile", "11:00"),
    ("c", "Strong earthquake shakes northern Chile, tsunami warning issued - The Daily", "12:00"),
    ("d", "Author of the dragon novels dies at eighty", "12:30"),
]
GOLD_SETS = Path(__file__).parents[3] / "shared/data/clusters"


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A configuration over the rows, built once for all tests."""
    folder = tmp_path_factory.mktemp("rows")
    lines = [
        json.dumps(
            {
                "url": f"https://{name}.example/x",
                "title": title,
                "publisher": name,
                "published": f"2026-11-20T{time}:00Z",
            }
        )
        for name, title, time in ROWS
    ]
    (folder / "wire.jsonl").write_text("\n".join(lines))
    sources = [{"name": "wire", "type": "jsonl", "path": "wire.jsonl"}]
    path = str(config_writer(folder)(sources=sources, merge={"strictness": "normal"}))
    program("build", "-c", path, "--now", NOW)
    return path


def explain(config: str, first: str, second: str) -> str:
    """What `explain` prints about two articles."""
    urls = [f"https://{name}.example/x" for name in (first, second)]
    return program("explain", *urls, "-c", config, "--now", NOW).stdout


def test_articles_on_one_event_are_coverage_and_copies(config: str) -> None:
    listed = program("stories", "-c", config, "--now", NOW, "--json").stdout.splitlines()
    stories = [json.loads(line) for line in listed]
    roles = {a["url"][8]: a["role"] for story in stories for a in story["articles"]}
    assert len(stories) == 2
    assert roles == {"a": "lead", "b": "coverage", "c": "copy", "d": "lead"}
    assert "also at" in (Path(config).parent / "feeds" / "all.atom").read_text()


def test_explain_gives_the_words_and_reasons_of_one_story(config: str) -> None:
    printed = explain(config, "a", "b")
    assert "One story" in printed
    lines = printed.splitlines()
    (heading,) = (n for n, line in enumerate(lines) if "shared word stems" in line)
    words = dict(part.split() for part in lines[heading + 1].split(","))
    assert {"tsunam", "earthq", "chile"} <= words.keys()
    worths = [float(worth) for worth in words.values()]
    assert worths == sorted(worths, reverse=True)
    assert "similarity of the whole texts" in printed
    assert "probability of one event: 1.00" in printed
    assert "  enough: `merge.strictness` requires" in printed


def test_explain_names_copies_and_says_why_two_stories_are_not_one(config: str) -> None:
    assert "One is a copy of the other" in explain(config, "a", "c")
    printed = explain(config, "a", "d")
    assert "Two stories." in printed
    assert "Their stories, over all pairs of articles" in printed
    assert "not enough: `merge.strictness` requires" in printed


def test_explain_gives_the_same_whichever_article_comes_first(config: str) -> None:
    first, second = (explain(config, *pair).splitlines() for pair in ("ab", "ba"))
    assert first[2:] == second[2:]


# ------------------------------------------------------------ evaluate


def evaluated(tmp_path: Path, lines: Iterable[dict[str, object]]) -> dict[str, float]:
    """The figures of the program on a gold set."""
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    figures: dict[str, float] = json.loads(
        program("evaluate", str(path), "--json", "--now", NOW).stdout
    )
    return figures


def gold_rows() -> list[dict[str, object]]:
    """The rows, each with its event."""
    return [
        {
            "url": f"https://{name}.example/x",
            "title": title,
            "publisher": name,
            "lang": "en",
            "published": f"2026-11-20T{time}:00Z",
            "cluster": "novels" if name == "d" else "quake",
        }
        for name, title, time in ROWS
    ]


def test_evaluate_counts_pure_stories_whole_events_and_articles_alone(tmp_path: Path) -> None:
    figures = evaluated(tmp_path, gold_rows())
    assert (figures["merged stories"], figures["of one event (pure)"]) == (1, 1.0)
    assert (figures["events of two or more"], figures["in one story (whole)"]) == (1, 1.0)
    assert (figures["articles alone in theirs"], figures["merged with others"]) == (1, 0.0)
    wrong = [row | {"cluster": f"{row['cluster']} {row['url']}"} for row in gold_rows()]
    figures = evaluated(tmp_path, wrong)
    assert (figures["merged stories"], figures["of one event (pure)"]) == (1, 0.0)
    assert (figures["articles alone in theirs"], figures["merged with others"]) == (4, 0.75)
    printed = program("evaluate", str(tmp_path / "gold.jsonl"), "--now", NOW).stdout
    assert "of one event (pure)      0.0000" in printed
    assert "in one story (whole)     1.0000" in printed  # there is no event of two or more


def test_evaluate_merges_doubtful_articles_and_does_not_count_them(tmp_path: Path) -> None:
    doubtful = [
        row | {"doubt": True, "cluster": "else"} if row["publisher"] == "b" else row
        for row in gold_rows()
    ]
    figures = evaluated(tmp_path, doubtful)
    assert figures["articles"] == 3
    assert figures["stories in the gold"] == 2
    assert figures["B-cubed precision"] == figures["of one event (pure)"] == 1.0
    sure = [{name: value for name, value in row.items() if name != "doubt"} for row in doubtful]
    assert evaluated(tmp_path, sure)["of one event (pure)"] == 0.0


# ------------------------------------------------------------ step by step

_EVENTS = {
    "Strong earthquake shakes northern Chile": (
        "tsunami warning issued",
        "hundreds evacuated",
        "copper mines closed",
    ),
    "Acme Motors recalls vans over brake hoses": (
        "regulator says",
        "200,000 are affected",
        "shares fall",
    ),
    "Novelist Marta Lindqvist wins winter prize": (
        "for a book on salt",
        "jury says",
        "after three nominations",
    ),
    "Volcano near Grindavik erupts again": (
        "town is evacuated",
        "lava reaches road",
        "airport stays open",
    ),
    "Glacier above Zermatt loses record ice": (
        "researchers warn",
        "after dry winter",
        "study finds",
    ),
    "Kraken raises 800 million from Citadel": (
        "at 20 billion valuation",
        "before listing",
        "crypto exchange says",
    ),
}
_SINGLES = (
    "Parliament passes the housing bill",
    "Mayor resigns over stadium contract",
    "Bridge at Saltby closed after cracks appear",
    "Airline orders thirty small jets",
    "Museum returns bronze statues",
    "Rail unions call off the Friday strike",
    "Wheat harvest falls short",
    "Tennis champion withdraws injured",
    "Hikers rescued from a cave",
    "Theatre reopens with a comedy on bees",
    "Researchers grow cartilage in a dish",
    "Teachers test a week of four days",
    "Court orders retailer to repay fees",
    "Ferry line to the islands stops",
    "Central bank leaves rates unchanged",
    "Choir of Oakmoor turns three hundred",
    "Customs find rare orchids in luggage",
    "Schools get warm lunches from May",
)


def stream() -> list[tuple[dict[str, str], str]]:
    """Articles in the order of their publication, each with its event."""
    rows = [
        (f"{event}, {ending}", event) for event, endings in _EVENTS.items() for ending in endings
    ] + [(title, title) for title in _SINGLES]
    start = datetime(2026, 11, 20, tzinfo=UTC)
    mixed = sorted(enumerate(rows), key=lambda row: (row[0] * 7) % len(rows))
    return [
        (
            {
                "url": f"https://p{number}.example/x",
                "title": title,
                "publisher": f"P{number}",
                "lang": "en",
                "published": (start + timedelta(minutes=20 * place)).isoformat(),
            },
            event,
        )
        for place, (number, (title, event)) in enumerate(mixed)
    ]


def story_of(folder: Path, rows: list[dict[str, str]], steps: int) -> list[dict[str, str]]:
    """The story of each address after each step, as the program builds it over a store on disk;
    each step is a process of its own as far as the store can tell."""
    results: list[dict[str, str]] = []
    for step in range(1, steps + 1):
        plan, _ = build(folder, rows[: len(rows) * step // steps])
        results.append(
            {
                article.url: ranked.story.id
                for ranked in plan.ranked[EVERYTHING]
                for article in ranked.story.articles
            }
        )
    return results


def build(folder: Path, rows: list[dict[str, str]]) -> tuple[Plan, Statistics | None]:
    """The plan of a build over the store of the folder, a minute after the last row, and the
    statistics that are stored then."""
    folder.mkdir(exist_ok=True)
    path = folder / "wire.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    now = datetime.fromisoformat(rows[-1]["published"]) + timedelta(minutes=1)
    options = PlanOptions(
        Site(CleanText("Test"), "https://news.example.org/"),
        ranking=RankingOptions(window=None, max_entries=None),
    )
    store = open_store(f"sqlite:///{folder / 'store.db'}")
    report = run(
        [Source("wire", "jsonl", str(path))],
        ReadOptions(),
        store,
        options,
        Output(folder / "feeds", ("atom",)),
        now,
    )
    statistics = store.statistics()
    store.close()
    assert not report.problems
    return report.plan, statistics


def test_the_statistics_of_an_epoch_are_kept_in_the_store_until_it_ends(tmp_path: Path) -> None:
    rows = [row for row, _ in stream()]
    _, first = build(tmp_path / "kept", rows[:20])
    _, later = build(tmp_path / "kept", rows[:24])
    assert first is not None
    assert first.articles == 20
    assert later == first
    _, grown = build(tmp_path / "kept", rows)
    assert grown is not None
    assert grown.articles == len(rows)
    late = {
        "url": "https://new.example/x",
        "title": "A quiet day",
        "publisher": "P0",
        "lang": "en",
        "published": "2026-11-21T23:00:00Z",
    }
    _, renewed = build(tmp_path / "kept", [*rows, late])
    assert renewed is not None
    assert renewed.articles == len(rows) + 1


def test_twelve_steps_give_nearly_the_stories_of_all_at_once(tmp_path: Path) -> None:
    rows = [row for row, _ in stream()]
    event_of = {row["url"]: event for row, event in stream()}
    (at_once,) = story_of(tmp_path / "once", rows, 1)
    steps = story_of(tmp_path / "steps", rows, 12)
    assert at_once.keys() == steps[-1].keys() == event_of.keys()
    assert b_cubed(at_once, steps[-1]).f1 > 0.95
    assert b_cubed(event_of, steps[-1]).f1 > 0.9
    assert b_cubed(event_of, {}).f1 < 0.85  # without merging
    merged = [b_cubed(event_of, step).precision for step in steps]
    assert min(merged) > 0.95


def test_an_entry_keeps_its_id_while_articles_are_added(tmp_path: Path) -> None:
    steps = story_of(tmp_path / "steps", [row for row, _ in stream()], 12)
    moved = sum(
        later[url] != story for earlier, later in pairwise(steps) for url, story in earlier.items()
    )
    assert moved <= 2  # of 36 articles in 12 steps


@pytest.mark.skipif(not GOLD_SETS.is_dir(), reason="the gold sets are not beside the checkout")
@pytest.mark.parametrize(
    ("name", "pure", "whole", "gain"),
    [("mixed/mixed-feeds-a.jsonl", 0.7, 0.1, 0.0), ("ecbplus.jsonl", 0.5, 0.35, 0.5)],
)
def test_real_streams_are_merged_better_than_not_at_all(
    name: str, pure: float, whole: float, gain: float
) -> None:
    """Floors well below the figures of docs/decisions/0004."""
    printed = program("evaluate", str(GOLD_SETS / name), "--json", "--now", NOW).stdout
    figures = json.loads(printed)
    assert figures["of one event (pure)"] >= pure
    assert figures["in one story (whole)"] >= whole
    assert figures["B-cubed F1"] > figures["B-cubed F1, unmerged"] + gain


@pytest.mark.skipif(not GOLD_SETS.is_dir(), reason="the gold sets are not beside the checkout")
def test_a_real_stream_in_twelve_steps_is_nearly_that_of_all_at_once(tmp_path: Path) -> None:
    lines = (GOLD_SETS / "mixed/mixed-feeds-a.jsonl").read_text("utf-8").splitlines()
    rows = sorted(map(json.loads, lines), key=lambda row: (row["published"], row["url"]))
    (at_once,) = story_of(tmp_path / "once", rows, 1)
    steps = story_of(tmp_path / "steps", rows, 12)
    assert b_cubed(at_once, steps[-1]).f1 > 0.95
