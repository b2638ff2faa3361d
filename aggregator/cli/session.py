"""What every command needs: settings, the store, the time, and errors as text and an exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from aggregator.config import Settings, load_settings
from aggregator.errors import AggregatorError, ConfigError
from aggregator.pipeline import Plan, PlanOptions, ingest, plan_of_store
from aggregator.store import Store, open_store

EXIT_FAILED = 1
EXIT_USAGE = 2


def current_time(now: datetime | None) -> datetime:
    """The time that was asked for, else the clock's, in whole seconds."""
    return now or datetime.now(UTC).replace(microsecond=0)


def printable(text: str) -> str:
    """Text that came from outside, without characters that a terminal would obey: controls, escape
    sequences, marks that turn the direction of a line around."""
    return "".join(c if c.isprintable() or c == "\n" else "" for c in text)


def say(text: str) -> None:
    """One line, or more, to standard output."""
    typer.echo(printable(text))


def warn(text: str) -> None:
    """One line, or more, to standard error."""
    typer.echo(printable(text), err=True)


def say_json(value: object, *, ascii_only: bool = True) -> None:
    """One line of JSON to standard output; a ``datetime`` in it as RFC 3339. What a terminal would
    obey is escaped, so that the values stay what they are."""
    text = json.dumps(value, ensure_ascii=ascii_only, default=_json_value)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)
    sys.stdout.write(f"{text}\n")


def _json_value(value: object) -> str:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else str(value)


@contextmanager
def errors_as_text() -> Iterator[None]:
    """What goes wrong on purpose is told in words: exit 2 for the configuration, else 1."""
    try:
        yield
    except ConfigError as error:
        warn(str(error))
        raise typer.Exit(EXIT_USAGE) from error
    except AggregatorError as error:
        warn(f"error: {error}")
        raise typer.Exit(EXIT_FAILED) from error
    except BrokenPipeError:  # the reader of our output went away
        sys.stderr.close()
        raise typer.Exit(EXIT_FAILED) from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        warn(f"error: {where}{error.strerror or error}")
        raise typer.Exit(EXIT_FAILED) from error


@contextmanager
def opened(config: Path) -> Iterator[tuple[Settings, Store]]:
    """The settings and their store; errors as text."""
    with errors_as_text():
        settings = load_settings(config)
        store = open_store(settings.store)
        try:
            yield settings, store
        finally:
            store.close()


def current_plan(settings: Settings, store: Store, options: PlanOptions, now: datetime) -> Plan:
    """The stories as they are remembered; where nothing was ever read, sources are read first. A
    source that had to be left out is named on standard error. Raises StoreLocked where nothing was
    read and another process is about to."""
    if not store.sources():
        with store.exclusive():
            ingest(settings.sources, settings.reading, store, options, now)
    made, excluded = plan_of_store(store, options, now)
    for name, reason in excluded.items():
        warn(f"{name}: set aside: {reason}")
    return made


def unlimited(settings: Settings) -> PlanOptions:
    """The options without limits on the number of entries."""

    def without_limits(options: Any) -> Any:
        return replace(options, max_entries=None, per_publisher=None)

    options = PlanOptions.of(settings)
    of = {slug: without_limits(ranking) for slug, ranking in options.ranking_of.items()}
    return replace(options, ranking=without_limits(options.ranking), ranking_of=of)


def counted(number: int, singular: str, plural: str = "") -> str:
    """A number with its noun: ``1 source``, ``2 sources``, ``2 stories``."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"
