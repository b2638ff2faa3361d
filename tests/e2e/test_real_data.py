"""Real documents; skipped unless they are next to the checkout."""

from __future__ import annotations

import json
from pathlib import Path

import feedparser
import pytest

from tests.conftest import Answer, Config, Server, program
from tests.contracts.check_feeds import CHECKS

DATA = Path(__file__).parents[3] / "shared/data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the real data is not at hand")


@needs_data
@pytest.mark.parametrize("name", ["diablo4", "power-apps", "artificial-intelligence"])
def test_feeds_of_real_story_files_follow_their_specifications(
    name: str, write_config: Config
) -> None:
    config = write_config(
        sources=[{"name": "s", "type": "stories", "path": str(DATA / f"stories/{name}/_news")}],
        topic_files=[str(DATA / f"stories/{name}/_data/topics/*.yaml")],
        ranking={"window": "all", "max_entries": None},
    )
    program("build", "-c", str(config), "--now", "2022-08-01T00:00:00Z", "-q")
    folder = config.parent / "feeds"
    paths = sorted(folder.glob("*.atom"))
    assert paths
    for path in paths:
        rows = [check(path.with_suffix(f".{ext}").read_bytes()) for ext, check in CHECKS.items()]
        assert rows[0] == rows[1] == rows[2]
        for ext in ("atom", "rss"):
            parsed = feedparser.parse(path.with_suffix(f".{ext}").read_bytes())
            assert [entry.id for entry in parsed.entries] == [row[0] for row in rows[0]]


@needs_data
def test_every_real_feed_is_read_or_refused_with_a_reason(
    server: Server, write_config: Config
) -> None:
    index = [json.loads(line) for line in (DATA / "feeds/index.jsonl").read_text().splitlines()]
    for row in index:
        server.answers[f"/{row['file']}"] = Answer((DATA / "feeds/real" / row["file"]).read_bytes())
    config = write_config(
        sources=[
            {"name": row["file"], "type": "feed", "url": f"{server.url}/{row['file']}"}
            for row in index
        ],
        fetch={"allow_networks": ["127.0.0.1/32"]},
    )
    program("build", "-c", str(config), "--now", "2026-11-22T00:00:00Z", "-q", code=None)
    printed = program("sources", "-c", str(config), "--json").stdout
    states = {state["name"]: state for state in map(json.loads, printed.splitlines())}
    for row in index:
        if row["what"] != "handmade":
            assert not states[row["file"]]["error"], row["file"]
