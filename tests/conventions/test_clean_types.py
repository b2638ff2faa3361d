"""No unclean ``str`` reaches the store, the files, the log or the terminal: mypy refuses it, and
only a few modules turn text into ``CleanText``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mypy import api

ROOT = Path(__file__).parents[2]

START = """
from datetime import datetime

from aggregator.model import (
    Article, CleanText, DocumentState, Enclosure, Entry, Image, Link, Problem, Publisher, Reading,
    Site, Source, SourceState, Story, Subscription, clean_text,
)
from aggregator.schedule.step_errors import StepErrors
from aggregator.store import Store

WHEN = datetime(2026, 11, 22)
BAD: str = "\\x1b[31m"
GOOD = clean_text(BAD)
SOURCE = Source("s", "feed", "https://e.com/")
"""
STATEMENTS = [
    'Article("s", TEXT, GOOD, GOOD, GOOD, WHEN, Publisher(GOOD))',
    'Article("s", GOOD, TEXT, GOOD, GOOD, WHEN, Publisher(GOOD))',
    'Article("s", GOOD, GOOD, TEXT, GOOD, WHEN, Publisher(GOOD))',
    'Article("s", GOOD, GOOD, GOOD, TEXT, WHEN, Publisher(GOOD))',
    'Article("s", GOOD, GOOD, GOOD, GOOD, WHEN, Publisher(GOOD), excerpt=TEXT)',
    'Article("s", GOOD, GOOD, GOOD, GOOD, WHEN, Publisher(GOOD), author=TEXT)',
    'Article("s", GOOD, GOOD, GOOD, GOOD, WHEN, Publisher(GOOD), lang=TEXT)',
    'Article("s", GOOD, GOOD, GOOD, GOOD, WHEN, Publisher(GOOD), topics=(TEXT,))',
    'Article("s", GOOD, GOOD, GOOD, GOOD, WHEN, Publisher(GOOD), aliases=(TEXT,))',
    'Article("s", GOOD, GOOD, GOOD, GOOD, WHEN, Publisher(GOOD), related=(TEXT,))',
    "Publisher(TEXT)",
    "Publisher(GOOD, TEXT)",
    "Image(TEXT)",
    "Enclosure(TEXT, GOOD)",
    "Enclosure(GOOD, TEXT)",
    'Problem("s", TEXT, GOOD)',
    'Problem("s", GOOD, TEXT)',
    'DocumentState(TEXT, 1, 1, "")',
    'DocumentState(GOOD, 1, 1, "", problem=TEXT)',
    'SourceState("s", title=TEXT)',
    'SourceState("s", error=TEXT)',
    'SourceState("s", etag=TEXT)',
    'SourceState("s", last_modified=TEXT)',
    'SourceState("s", moved_to=TEXT)',
    'SourceState("s", redirect_candidate=TEXT)',
    'Reading(SOURCE, SourceState("s"), hub=TEXT)',
    'Reading(SOURCE, SourceState("s"), self_url=TEXT)',
    'Subscription("s", TEXT, GOOD, "", "", WHEN)',
    'Subscription("s", GOOD, TEXT, "", "", WHEN)',
    "Link(TEXT, GOOD, GOOD, WHEN)",
    "Link(GOOD, TEXT, GOOD, WHEN)",
    'Entry("i", TEXT, GOOD, WHEN, WHEN, GOOD, Publisher(GOOD), GOOD, "")',
    'Entry("i", GOOD, TEXT, WHEN, WHEN, GOOD, Publisher(GOOD), GOOD, "")',
    'Entry("i", GOOD, GOOD, WHEN, WHEN, TEXT, Publisher(GOOD), GOOD, "")',
    'Entry("i", GOOD, GOOD, WHEN, WHEN, GOOD, Publisher(GOOD), TEXT, "")',
    'Site(TEXT, "https://e.com/")',
]


def mypy(tmp_path: Path, statements: list[str]) -> list[int]:
    """The numbers of the statements that mypy refuses, from 0."""
    module = tmp_path / "statements.py"
    module.write_text(START + "\n".join(statements) + "\n", "utf-8")
    printed, errors, _ = api.run(["--config-file", str(ROOT / "pyproject.toml"), str(module)])
    assert not errors, errors
    first = START.count("\n") + 1
    return [int(n) - first for n in re.findall(r"statements\.py:(\d+): error", printed)]


def test_mypy_refuses_unclean_text_and_takes_clean_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)  # its cache is there
    unclean = [statement.replace("TEXT", "BAD") for statement in STATEMENTS]
    clean = [statement.replace("TEXT", "GOOD") for statement in STATEMENTS]
    assert mypy(tmp_path, unclean) == list(range(len(STATEMENTS)))
    assert mypy(tmp_path, clean) == []


MAKERS = {
    "identify/canonical.py",
    "model/languages.py",
    "model/text.py",
    "pipeline/intake.py",
    "publish/escaping.py",
    "read/addresses.py",
    "read/cleaning.py",
    "read/documents.py",
    "read/item_articles.py",
    "store/rows.py",
}
"""The modules in which a text is declared to be clean, each for a form of text that is checked
there: URIs, language tags, digests, media types, and what the store gives back."""


def calls_of(pattern: str) -> set[str]:
    folder = ROOT / "aggregator"
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*.py")
        if re.search(pattern, path.read_text("utf-8"))
    }


def test_only_the_listed_modules_declare_a_text_to_be_clean() -> None:
    assert calls_of(r"\bCleanText\(|map\(CleanText\b") == MAKERS


def test_one_module_writes_texts_to_the_terminal() -> None:
    writers = calls_of(r"typer\.echo\(|std(?:out|err)\.write\(|(?<!\w)print\(")
    assert writers == {"cli/session.py", "cli/app.py"}, "cli/app.py: the version"
