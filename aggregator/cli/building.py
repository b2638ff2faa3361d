"""``aggregator build``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import typer

from aggregator.cli.session import EXIT_FAILED, opened, present, say, warn
from aggregator.config import Settings
from aggregator.errors import ConfigError
from aggregator.pipeline import EVERYTHING, Output, PlanOptions, Report, run
from aggregator.pipeline.run import Watch, unwatched
from aggregator.publish import FORMATS

_SHOWN_PROBLEMS = 20


def build(
    config: Path,
    output: Path | None,
    topics: frozenset[str],
    formats: tuple[str, ...],
    now: datetime | None,
    *,
    read: bool,
    verbose: bool,
    quiet: bool,
) -> None:
    """Read, merge, rank, publish; print a summary; exit as the help text says."""
    with opened(config) as (settings, store), _progress(quiet) as watch:
        _check(settings, topics, formats)
        report = run(
            settings.sources if read else (),
            settings.reading,
            store,
            PlanOptions.of(settings),
            Output(output or settings.output, formats or settings.formats, topics),
            present(now),
            watch,
        )
        folder = output or settings.output
    _tell(report, folder, verbose=verbose, quiet=quiet)
    all_failed = bool(report.readings) and all(r.state.failures for r in report.readings)
    if all_failed and not any(report.plan.ranked.values()):
        raise typer.Exit(EXIT_FAILED)


def _check(settings: Settings, topics: frozenset[str], formats: tuple[str, ...]) -> None:
    known = {topic.slug for topic in settings.topics} | {EVERYTHING}
    mistakes = [f"--format {name}: unknown, not one of {', '.join(FORMATS)}"
                for name in formats if name not in FORMATS]  # fmt: skip
    if settings.topics:
        mistakes += [f"--topic {slug}: no such topic" for slug in sorted(topics - known)]
    if mistakes:
        raise ConfigError(mistakes)


def _tell(report: Report, folder: Path, *, verbose: bool, quiet: bool) -> None:
    offline = {reading.source.name for reading in report.offline}
    if offline:
        warn(f"no network: {len(offline)} sources on the web were not read")
    problems = [p for p in report.problems if p.source not in offline]
    shown = problems if verbose else problems[:_SHOWN_PROBLEMS]
    for problem in shown:
        warn(str(problem))
    if len(shown) < len(problems):
        warn(f"… and {len(problems) - len(shown)} more problems (-v shows all)")
    if quiet:
        return
    readings = report.readings
    failed = sum(1 for r in readings if r.state.failures and r.source.name not in offline)
    unchanged = sum(reading.unchanged for reading in readings)
    postponed = sum(reading.postponed for reading in readings)
    if postponed:
        say(f"{postponed} sources not asked: their publishers wish it later")
    changed = sum(len(reading.articles) for reading in readings)
    stories = len(report.plan.ranked[EVERYTHING])
    say(
        f"{len(readings) - postponed} sources read ({failed} failed), {changed} articles told, "
        f"{unchanged} documents unchanged"
    )
    say(f"{stories} stories in {len(report.plan.feeds)} feeds; "
        f"{len(report.published.changed)} files changed in {folder}")  # fmt: skip
    if verbose:
        for feed in report.plan.feeds:
            say(f"  {feed.slug}: {len(feed.entries)} entries")


@contextmanager
def _progress(quiet: bool) -> Iterator[Watch]:
    """Bars on a terminal where work is long; nothing otherwise."""
    if quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield unwatched
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, object] = {}

        def watch(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=of)
            bars.update(tasks[what], completed=done, total=of)  # type: ignore[arg-type]

        yield watch
