"""Merging by text, as a user sees it: a file of articles, the stories, and why."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.conftest import program

ROWS = [
    ("a", "Strong earthquake shakes northern Chile, tsunami warning issued", "10:00"),
    ("b", "Tsunami warning after strong earthquake hits northern Chile", "11:00"),
    ("c", "Strong earthquake shakes northern Chile, tsunami warning issued - The Daily", "12:00"),
    ("d", "Author of the dragon novels dies at eighty", "12:30"),
]


def test_coverage_copies_and_the_reason(tmp_path: Path, write_config: Callable[..., Path]) -> None:
    lines = [
        json.dumps({"url": f"https://{name}.example/x", "title": title, "publisher": name,
                    "published": f"2026-11-20T{time}:00Z"})
        for name, title, time in ROWS
    ]  # fmt: skip
    (tmp_path / "wire.jsonl").write_text("\n".join(lines))
    sources = [{"name": "wire", "type": "jsonl", "path": "wire.jsonl"}]
    config = str(write_config(sources=sources, merge={"strictness": "normal"}))
    now = "2026-11-20T13:00:00Z"
    program("build", "-c", config, "--now", now)
    listed = program("stories", "-c", config, "--now", now, "--json").stdout.splitlines()
    stories = [json.loads(line) for line in listed]
    roles = {a["url"][8]: a["role"] for story in stories for a in story["articles"]}
    assert len(stories) == 2
    assert roles == {"a": "lead", "b": "coverage", "c": "copy", "d": "lead"}
    entry = (tmp_path / "feeds" / "all.atom").read_text()
    assert "also at" in entry
    one, two, other = (f"https://{name}.example/x" for name in "abd")
    same = program("explain", one, two, "-c", config, "--now", now).stdout
    assert "One story" in same
    assert "tsunami" in same
    assert "probability that both tell one event: 1.00" in same
    apart = program("explain", one, other, "-c", config, "--now", now).stdout
    assert "Two stories." in apart
    assert "not enough" in apart
