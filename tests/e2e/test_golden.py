"""The stories that are built from the samples, compared with the expected ones.

When a change is intended, write the new expectation with
``aggregator stories -c config/aggregator.yaml --now 2026-11-22T12:00:00Z --json`` on a new store.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import program

ROOT = Path(__file__).parents[2]
EXPECTED = ROOT / "tests/golden/samples/stories.jsonl"


def test_the_samples(tmp_path: Path) -> None:
    config = tmp_path / "aggregator.yaml"
    config.write_text(
        json.dumps(
            {
                "store": "sqlite:///store.db",
                "sources": [
                    {"name": "s", "type": "stories", "path": str(ROOT / "config/stories/_news")}
                ],
                "ranking": {"window": "all"},
            }
        )
    )
    words = ("stories", "-c", str(config), "--now", "2026-11-22T12:00:00Z", "--json")
    assert program(*words).stdout == EXPECTED.read_text("utf-8")
