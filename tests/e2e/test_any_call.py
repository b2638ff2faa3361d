"""An exception at the first call of any function of a tick: the rest is published, nothing is read
twice, and health, metrics and status name it until it is over.

The functions are found by running ticks under ``sys.settrace``; the same hook raises the exception,
so that no function has to be replaced and none can be forgotten. Set ``EVERY_CALL=1`` to try all of
them (some minutes); usually every twentieth is tried.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

from aggregator.config import Settings, load_settings
from aggregator.schedule import Tick
from aggregator.schedule.metrics import Metrics
from aggregator.schedule.tick import RANK_AGAIN, RETRY
from aggregator.store import Store, open_store
from tests.conftest import NOW, Answer, Server, StoryWriter, rss, ticking

ROOT = str(Path(__file__).parents[2] / "aggregator") + os.sep
EVERY = 1 if os.environ.get("EVERY_CALL") else 20
CATCHERS = {
    "errors.py:surviving",
    "schedule/tick.py:Tick.__call__",
    "schedule/tick.py:Tick.step",
    "schedule/step_errors.py:StepErrors.step",
    "schedule/step_errors.py:StepErrors._set_error",
    "read/background.py:BackgroundReader._run",
}
"""Functions that catch exceptions themselves, with nothing around them to catch theirs. Where the
reading thread has ended, `/healthz` says so with 503, and a restart helps."""
TITLES = ["Bad news", "Good news", "Local news"]


class Injected(Exception):
    """The exception that is raised; the program has no handler for this class."""


def name_of(frame: FrameType) -> str:
    """``package/module.py:qualified name``, or ``""`` for code of other packages."""
    file = frame.f_code.co_filename
    return f"{file[len(ROOT) :]}:{frame.f_code.co_qualname}" if file.startswith(ROOT) else ""


def all_functions() -> set[str]:
    """The names of the functions of the program, whether they are called or not."""
    names = set()
    for path in Path(ROOT).rglob("*.py"):
        pending = [compile(path.read_text("utf-8"), str(path), "exec")]
        while pending:
            code = pending.pop()
            names.add(f"{path.relative_to(ROOT)}:{code.co_qualname}")
            pending += [inner for inner in code.co_consts if isinstance(inner, CodeType)]
    return names


@dataclass
class Hook:
    """Records each function of the program that is called, and raises at the first call of one."""

    at: str = ""
    called: dict[str, None] = field(default_factory=dict)
    raised: bool = False

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> None:
        name = name_of(frame) if event == "call" else ""
        if not name:
            return
        self.called.setdefault(name)
        if name == self.at and not self.raised:
            self.raised = True
            sys.settrace(None)
            raise Injected("an injected error")

    @contextmanager
    def installed(self) -> Iterator[None]:
        threading.settrace(self)
        try:
            yield
        finally:
            threading.settrace(None)
            sys.settrace(None)

    def watch(self, tick: Tick) -> None:
        sys.settrace(self)
        try:
            tick()
        finally:
            sys.settrace(None)


def settings_for(folder: Path, server: Server) -> Settings:
    """Two feeds and a folder, a topic with a digest and promotion, all formats, a hub."""
    values = {
        "store": f"sqlite:///{folder / 'store.db'}",
        "output": str(folder / "feeds"),
        "sources": [
            *(
                {"name": name, "type": "feed", "url": f"{server.url}/{name}"}
                for name in ("good", "bad")
            ),
            {"name": "local", "type": "stories", "path": str(folder.parent / "news")},
        ],
        "topics": [{"slug": "news", "name": "News", "keywords": ["news"], "digest": "daily"}],
        "ranking": {"window": "all"},
        "fetch": {"allow_networks": ["127.0.0.1/32"]},
        "websub": {"hub": f"{server.url}/hub", "subscribe": True},
    }
    folder.mkdir()
    path = folder / "aggregator.yaml"
    path.write_text(json.dumps(values))
    return load_settings(path)


@dataclass
class Outcome:
    """The results of ticks, one of which failed in a function."""

    hook: Hook
    named: list[str]
    titles: list[str]
    requests: list[str]
    dues: list[bool]
    last_titles: list[str]
    last_trouble: str


def ticks_with(at: str, folder: Path, server: Server) -> Outcome:
    """Run ticks over a new store; the result after the first ones, and after the last."""
    settings = settings_for(folder, server)
    store = open_store(settings.store)
    hook, now = Hook(at), [NOW]
    metrics = Metrics()
    server.log.clear()
    with (
        hook.installed(),
        store.exclusive(),
        ticking(settings, store, lambda: now[0], metrics, listening=True) as tick,
    ):
        named: list[str] = []

        def go_on(*waits: timedelta) -> None:
            for wait in waits:
                now[0] += wait
                hook.watch(tick)
                if hook.raised:
                    named.extend([trouble_of(tick), metrics.text().decode()])

        go_on(timedelta(0), RETRY, RETRY, RETRY, RANK_AGAIN, RETRY)
        requested = sorted(path for path, _ in server.log if path != "/hub")
        published, moved = titles(settings), dues(store)
        go_on(timedelta(hours=3), RETRY, RANK_AGAIN, timedelta(hours=6), RETRY, RANK_AGAIN)
        hook.at = ""  # ending the reader is not part of a tick
        outcome = Outcome(
            hook, named, published, requested, moved, titles(settings), trouble_of(tick)
        )
    store.close()
    return outcome


def titles(settings: Settings) -> list[str]:
    path = settings.output / "all.json"
    items = json.loads(path.read_text())["items"] if path.exists() else []
    return sorted(item["title"] for item in items)


def trouble_of(tick: Tick) -> str:
    return f"{tick.health()} {tick.degraded()}"


def dues(store: Store) -> list[bool]:
    """Whether each source that was read is due well after the first tick."""
    states = store.sources().values()
    return [state.due is not None and state.due > NOW + timedelta(minutes=1) for state in states]


@pytest.fixture
def filled(server: Server, write_story: StoryWriter) -> Server:
    for name, title in (("good", "Good news"), ("bad", "Bad news")):
        server.answers[f"/{name}"] = Answer(rss(title, base=f"https://{name}.example.com/"))
    server.answers["/hub"] = Answer(status=202)
    write_story("a.md", title="Local news")
    return server


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_an_exception_at_any_call_costs_at_most_one_source(filled: Server, tmp_path: Path) -> None:
    assert all_functions() >= CATCHERS, "a function was renamed"
    called = list(ticks_with("", tmp_path / "none", filled).hook.called)
    assert len(called) > 500
    faults: dict[str, list[str]] = {}
    for number, name in enumerate(called[::EVERY]):
        if name in CATCHERS:
            continue
        outcome = ticks_with(name, tmp_path / str(number), filled)
        wrong = (
            faults_of(outcome) if outcome.hook.raised else []
        )  # a cached function is not called again
        if wrong:
            faults[name] = wrong
    assert not faults, "\n".join(f"{name}: {', '.join(wrong)}" for name, wrong in faults.items())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("name", ["", ".<locals>.report_result", ".<locals>.finish"])
def test_a_result_of_the_reading_thread_is_never_lost(
    filled: Server, tmp_path: Path, name: str
) -> None:
    """Else its source would stay in flight, and would never be read again."""
    outcome = ticks_with(
        f"read/background.py:BackgroundReader._create{name}", tmp_path / "run", filled
    )
    assert outcome.hook.raised
    faults = faults_of(outcome)
    if name.endswith("finish"):  # the reading is complete by then, so nothing has failed
        assert outcome.titles == TITLES
        faults = [f for f in faults if not f.startswith(("not named", "not in the metrics"))]
    assert faults == []


def faults_of(outcome: Outcome) -> list[str]:
    """What the program did wrong after an exception at the function."""
    faults = []
    named = "\n".join(outcome.named)
    missing = set(TITLES) - set(outcome.titles)
    if len(missing) > 1 or (missing and f"{''.join(missing).split()[0].lower()}: " not in named):
        faults.append(f"published: {outcome.titles}")
    if len(set(outcome.requests)) < len(outcome.requests):
        faults.append(f"asked: {outcome.requests}")
    if not all(outcome.dues):
        faults.append("a due time has not moved")
    if "an injected error" not in named:
        faults.append(f"not named: {named[:200]}")
    if not re.search(r"_failed_total\S* [1-9]|outcome=\"failed\"\S* [1-9]", named):
        faults.append("not in the metrics")
    if outcome.last_titles != TITLES:
        faults.append(f"in the end: {outcome.last_titles}")
    if "an injected error" in outcome.last_trouble:
        faults.append(f"not over: {outcome.last_trouble[:200]}")
    return faults
