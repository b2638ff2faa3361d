"""``aggregator status`` and ``aggregator password``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import typer

from aggregator.cli.notify_command import report_fields, show_report
from aggregator.cli.session import (
    EXIT_FAILED,
    EXIT_USAGE,
    counted,
    current_time,
    next_poll_text,
    opened,
    say,
    say_json,
    utc_text,
    warn,
)
from aggregator.config import Settings, password_hash
from aggregator.notify import report_of
from aggregator.pictures import PictureFolder
from aggregator.queries import SourceStatus, source_statuses

_BARS = "▁▂▃▄▅▆▇█"
_MIN_PASSWORD = 8  # characters (NIST SP 800-63B, section 5.1.1.1)


def status(config: Path, *, as_json: bool) -> None:
    """Print overall health. Exits with 1 if a source fails, a letter or a call was given up,
    or nothing is published."""
    with opened(config) as (settings, store):
        sources = source_statuses(settings.sources, store, current_time(None))
        lock_owner, published = store.lock_owner(), _published(settings)
        pictures, report = PictureFolder(settings.output).total(), report_of(store)
        failing = [status for status in sources if status.failing]
        if as_json:
            fields = _fields(sources, lock_owner, published, pictures)
            say_json({**fields, "notify": report_fields(report)})
        else:
            say(f"daemon: {f'process {lock_owner}' if lock_owner else 'not running'}")
            say(f"feeds: {settings.output}, last published {utc_text(published)}")
            if settings.pictures.enabled:
                say(f"pictures: {counted(pictures[0], 'file')}, {pictures[1] / 1e6:.1f} MB")
            say(f"sources: {len(sources)}, {len(failing)} failing")
            for status in sources:
                _show(status)
            if report.waiting or report.sent or report.dead:
                show_report(report)
        if failing or report.dead or published is None:
            raise typer.Exit(EXIT_FAILED)


def password() -> None:
    """Ask for a password twice and print its hash. Exits with 2 if it is too short."""
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    if len(password) < _MIN_PASSWORD:
        warn(f"error: a password must have at least {_MIN_PASSWORD} characters")
        raise typer.Exit(EXIT_USAGE)
    say(password_hash(password))


def _show(status: SourceStatus) -> None:
    state = status.state
    say(
        f"  {'!' if status.failing else ' '} {status.source.name}: {status.condition}; "
        f"{counted(status.articles, 'article')} {_bars(status)}; "
        f"last success {utc_text(state.succeeded)}, next poll {next_poll_text(state)}"
    )
    if status.failing:
        say(f"      {state.error}")
    if status.todo:
        say(f"      {status.todo}")


def _bars(status: SourceStatus) -> str:
    """The articles per day of the last days as a bar chart, the newest at the right."""
    most = max((articles for articles, _ in status.days), default=0)
    if not most:
        return ""
    top = len(_BARS) - 1
    return "".join(_BARS[round(top * articles / most)] for articles, _ in status.days)


def _fields(
    sources: list[SourceStatus],
    lock_owner: str,
    published: datetime | None,
    pictures: tuple[int, int],
) -> dict[str, object]:
    return {
        "daemon": lock_owner or None,
        "published": published,
        "pictures": {"files": pictures[0], "bytes": pictures[1]},
        "sources": [
            {
                "name": status.source.name,
                "type": status.source.kind,
                "place": status.source.location,
                "condition": status.condition,
                "failing": status.failing,
                "error": status.state.error,
                "todo": status.todo,
                "articles": status.articles,
                "succeeded": status.state.succeeded,
                "due": status.state.due,
                "days": [{"articles": a, "failures": f} for a, f in status.days],
            }
            for status in sources
        ],
    }


def _published(settings: Settings) -> datetime | None:
    """When the index page was last written, or None if there is none."""
    try:
        return datetime.fromtimestamp((settings.output / "index.html").stat().st_mtime, UTC)
    except OSError:
        return None
