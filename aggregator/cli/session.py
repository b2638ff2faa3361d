"""What every command needs: settings, the store, the time, output, and errors as exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import typer

from aggregator.config import Settings, load_settings
from aggregator.errors import AggregatorError, ConfigError
from aggregator.model import FailureKind, SourceState
from aggregator.model.times import rfc3339
from aggregator.pipeline import PlanOptions, ingest
from aggregator.queries import StoryQueries
from aggregator.rank import RankingOptions
from aggregator.store import Store, open_store

EXIT_FAILED = 1
EXIT_USAGE = 2


def current_time(now: datetime | None) -> datetime:
    """`now` if it is given (``--now``), else the time in whole seconds."""
    return now or datetime.now(UTC).replace(microsecond=0)


def printable(text: str) -> str:
    """The text without characters that control a terminal: control characters, escape sequences
    and marks that reverse the direction of a line. Line feeds stay."""
    return "".join(c if c.isprintable() or c == "\n" else "" for c in text)


def say(text: str) -> None:
    """Print text to standard output, without control characters."""
    typer.echo(printable(text))


def warn(text: str) -> None:
    """Print text to standard error, without control characters."""
    typer.echo(printable(text), err=True)


def say_json(value: object, *, ascii_only: bool = True) -> None:
    """Print one line of JSON to standard output; a ``datetime`` in it as RFC 3339. Characters that
    control a terminal are escaped."""
    text = json.dumps(value, ensure_ascii=ascii_only, default=_json_value)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)
    sys.stdout.write(f"{text}\n")


def _json_value(value: object) -> str:
    return rfc3339(value) if isinstance(value, datetime) else str(value)


@contextmanager
def errors_as_text() -> Iterator[None]:
    """Print expected errors and exit: with 2 for ConfigError, with 1 for other AggregatorErrors and
    for OSErrors."""
    try:
        yield
    except ConfigError as error:
        warn(str(error))
        raise typer.Exit(EXIT_USAGE) from error
    except AggregatorError as error:
        warn(f"error: {error}")
        raise typer.Exit(EXIT_FAILED) from error
    except BrokenPipeError:  # whatever reads our output has closed it
        sys.stderr.close()
        raise typer.Exit(EXIT_FAILED) from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        warn(f"error: {where}{error.strerror or error}")
        raise typer.Exit(EXIT_FAILED) from error


@contextmanager
def opened(config: Path) -> Iterator[tuple[Settings, Store]]:
    """Load the settings, open their store, close it at the end; errors as `errors_as_text`."""
    with errors_as_text():
        settings = load_settings(config)
        store = open_store(settings.store)
        try:
            yield settings, store
        finally:
            store.close()


def current_queries(
    settings: Settings, store: Store, options: PlanOptions, now: datetime
) -> StoryQueries:
    """Queries over the stored stories; if no source was ever read, all are read first. Sources that
    are set aside are named on standard error. Raises StoreLocked if sources must be read and
    another process writes the store."""
    if not (states := store.sources()):
        with store.exclusive():
            ingest(settings.sources, settings.reading, store, options, now)
        states = store.sources()
    queries = StoryQueries.from_store(store, options, now)
    reasons = {name: s.error for name, s in states.items() if s.failure == FailureKind.INTERNAL}
    for name, reason in {**reasons, **queries.excluded}.items():
        warn(f"{name}: {reason}")
    return queries


def unlimited(settings: Settings) -> PlanOptions:
    """The options of the settings without limits on the number of entries."""

    def without_limits(ranking: RankingOptions) -> RankingOptions:
        return replace(ranking, max_entries=None, per_publisher=None)

    options = PlanOptions.of(settings)
    ranking_of = {slug: without_limits(ranking) for slug, ranking in options.ranking_of.items()}
    return replace(options, ranking=without_limits(options.ranking), ranking_of=ranking_of)


def counted(number: int, singular: str, plural: str = "") -> str:
    """A number with its noun: ``1 source``, ``2 sources``, ``2 stories``."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def utc_text(moment: datetime | None) -> str:
    """``2026-01-31 12:00:00 UTC``, or ``never`` for None."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if moment else "never"


def next_poll_text(state: SourceState) -> str:
    """When a source is polled next; one that was never read has no due time yet."""
    return "never" if state.gone else utc_text(state.due) if state.due else "at the next build"
