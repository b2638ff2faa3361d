"""Sources of files: missing and back, names that are not UTF-8, compressed files."""

from __future__ import annotations

import gzip
import os
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.model import DocumentState, Reading, Source, SourceState
from aggregator.read.single_source import read_local
from tests.conftest import NOW, rss

STORY = "---\ntitle: A story\ndate: 2026-01-15T10:00:00Z\nurl: https://e.com/1\n---\n"


class Readings:
    """A source that is read repeatedly, with the state of the previous reading."""

    def __init__(self, location: Path, kind: str = "stories") -> None:
        self.source = Source("s", kind, str(location))
        self.state = SourceState("s")
        self.documents: dict[str, DocumentState] = {}
        self.now = NOW

    def read(self) -> Reading:
        """Read it once more, a minute later."""
        self.now += timedelta(minutes=1)
        reading = read_local(self.source, self.state, self.documents, self.now)
        self.state = reading.state
        self.documents |= {document.ref: document for document in reading.documents}
        return reading


def test_a_source_that_was_missing_recovers_when_it_returns_unchanged(tmp_path: Path) -> None:
    folder, away = tmp_path / "stories", tmp_path / "away"
    folder.mkdir()
    (folder / "a.md").write_text(STORY)
    readings = Readings(folder)
    assert not readings.read().state.error
    folder.rename(away)
    assert "no such file" in readings.read().state.error
    away.rename(folder)
    back = readings.read()
    assert (back.state.error, back.state.failures, back.unchanged) == ("", 0, 1)


def test_a_file_that_stays_broken_is_reported_at_each_reading(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("no front matter")
    readings = Readings(tmp_path)
    assert readings.read().state.failures == 1
    assert readings.read().state.failures == 2
    (tmp_path / "a.md").write_text(STORY)
    assert readings.read().state.failures == 0


def test_a_file_name_that_is_no_text_is_read_and_its_ref_is_clean(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/Caf\xe9\x1b[31m.md"
    try:
        Path(os.fsdecode(name)).write_text(STORY)
    except OSError:
        pytest.skip("this file system takes no such name")
    readings = Readings(tmp_path)
    reading = readings.read()
    (article,), (document,) = reading.articles, reading.documents
    assert article.ref == document.ref
    assert document.ref.encode("utf-8").isascii()
    assert "\x1b" not in document.ref
    assert readings.read().unchanged == 1


@pytest.mark.parametrize("name", ["feed.xml.gz", "feed.xml"])
def test_a_compressed_file_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(rss("One", "Two")))
    assert len(Readings(tmp_path, "feed").read().articles) == 2
