"""``aggregator build``: read, merge, rank and publish once."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import typer

from aggregator.cli.session import EXIT_FAILED, counted, current_time, opened, say, warn
from aggregator.config import Settings
from aggregator.errors import ConfigError, describe
from aggregator.pictures import wanted_pictures
from aggregator.pipeline import (
    EVERYTHING,
    Output,
    PlanOptions,
    Report,
    begin_retention,
    prune,
    run,
)
from aggregator.pipeline.feed_set import FeedSet
from aggregator.pipeline.shell import StepProgress, no_step_progress
from aggregator.publish import FORMATS
from aggregator.queries.stored_stories import stored_feeds

_PICTURE_SECONDS = 20.0  # for all that are missing; the next build goes on
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
    """Read, merge, rank and publish, and print a summary. Exits with 1 if nothing was published."""
    with opened(config) as (settings, store):
        _check(settings, topics, formats)
        # The store identifies files by their paths, which must not depend on the working directory.
        folder = output.absolute() if output else settings.output
        with store.exclusive(), _progress(quiet) as progress:
            options, moment = PlanOptions.of(settings), current_time(now)
            begin_retention(store, settings.keep)
            report = run(
                settings.sources if read else (),
                settings.reading,
                store,
                options,
                Output(folder, formats or settings.formats, topics, complete=not formats),
                moment,
                progress,
                stored_feeds,
                _pictures(settings, folder, moment) if read else None,
            )
            prune(store, settings.keep, settings.sources, settings.output, moment)
    _print_summary(report, folder, verbose=verbose, quiet=quiet)
    all_failed = bool(report.readings) and all(r.state.failures for r in report.readings)
    if all_failed and not any(feed.entries for feed in report.plan.feeds):
        raise typer.Exit(EXIT_FAILED)


def _pictures(settings: Settings, folder: Path, now: datetime) -> Callable[[FeedSet], None]:
    """A function that fetches the pictures of feeds; an error is a warning."""

    def fetch(feed_set: FeedSet) -> None:
        from aggregator.pictures.fetch_once import fetch_once

        wanted = wanted_pictures(feed_set.feeds, feed_set.stories)
        try:
            fetch_once(folder, settings.pictures, settings.reading, wanted, now, _PICTURE_SECONDS)
        except OSError as error:
            warn(f"pictures: {describe(error)}")

    return fetch


def _check(settings: Settings, topics: frozenset[str], formats: tuple[str, ...]) -> None:
    """Raise ConfigError for unknown topics and formats."""
    slugs = {topic.slug for topic in settings.topics} | {EVERYTHING}
    names = ", ".join(FORMATS)
    mistakes = [
        f"--format {name}: must be one of {names}" for name in formats if name not in FORMATS
    ]
    if settings.topics:
        mistakes += [f"--topic {slug}: no such topic" for slug in sorted(topics - slugs)]
    if mistakes:
        raise ConfigError(mistakes)


def _print_summary(report: Report, folder: Path, *, verbose: bool, quiet: bool) -> None:
    offline = {reading.source.name for reading in report.offline}
    if offline:
        warn(f"no network: none of the {len(offline)} sources on the web could be reached")
    problems = [p for p in report.problems if p.source not in offline]
    shown = problems if verbose else problems[:_SHOWN_PROBLEMS]
    for problem in shown:
        warn(str(problem))
    for source, reason in report.set_aside.items():
        warn(f"{source}: set aside: {reason}")
    for failure in report.published.failures:
        omitted = f", written without {len(failure.entries)} entries" if failure.entries else ""
        warn(f"{failure.name}: {failure.reason}{omitted}")
    if len(shown) < len(problems):
        warn(f"… and {len(problems) - len(shown)} more problems (-v shows all)")
    if quiet:
        return
    _print_counts(report, folder, len(offline))
    if verbose:
        for feed in report.plan.feeds:
            say(f"  {feed.slug}: {len(feed.entries)} entries")


def _print_counts(report: Report, folder: Path, offline: int) -> None:
    """The lines of the summary for standard output. `offline` sources could not be reached because
    there is no network: they have not failed."""
    readings = report.readings
    failed = sum(1 for r in readings if r.state.error and not r.postponed) - offline
    unchanged = sum(reading.unchanged for reading in readings)
    postponed = sum(reading.postponed for reading in readings)
    gone = sum(reading.postponed and reading.state.gone for reading in readings)
    if gone:
        say(f"{counted(gone, 'source')} skipped: gone (410), no longer polled")
    if not_due := postponed - gone:
        say(f"{counted(not_due, 'source')} skipped: not due yet (Retry-After or Cache-Control)")
    changed = len(report.changes.articles)
    stories = sum(len(f.entries) for f in report.plan.feeds if f.slug == EVERYTHING)
    say(
        f"{counted(len(readings) - postponed - failed - offline, 'source')} read "
        f"({failed} failed), "
        f"{counted(changed, 'article')} new or updated, "
        f"{counted(unchanged, 'document')} unchanged"
    )
    say(
        f"{counted(stories, 'story', 'stories')} in {counted(len(report.plan.feeds), 'feed')}; "
        f"{counted(len(report.published.changed), 'file')} changed{_removed(report)} in {folder}"
    )


def _removed(report: Report) -> str:
    number = len(report.published.removed)
    return f", {number} removed" if number else ""


@contextmanager
def _progress(quiet: bool) -> Iterator[StepProgress]:
    """Progress bars if standard error is a terminal, else no output."""
    if quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield no_step_progress
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, object] = {}

        def report(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=of)
            bars.update(tasks[what], completed=done, total=of)  # type: ignore[arg-type]

        yield report
