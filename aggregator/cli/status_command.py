"""``aggregator status`` and ``aggregator password``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import typer

from aggregator.cli.session import (
    EXIT_FAILED,
    EXIT_USAGE,
    current_time,
    opened,
    say,
    say_json,
    warn,
)
from aggregator.config import Settings, password_hash
from aggregator.queries import SourceStatus, source_statuses

_BARS = "▁▂▃▄▅▆▇█"
_SHORTEST = 8  # characters of a password


def status(config: Path, *, as_json: bool) -> None:
    """Print how all is; exit 1 where something is not as it should be."""
    with opened(config) as (settings, store):
        sources = source_statuses(settings.sources, store, current_time(None))
        running, published = store.lock_owner(), _published(settings)
        failing = [one for one in sources if one.failing]
        if as_json:
            say_json(_fields(sources, running, published))
        else:
            say(f"daemon: {f'process {running}' if running else 'not running'}")
            say(f"feeds: {settings.output}, {_when(published)}")
            say(f"sources: {len(sources)}, {len(failing)} failing")
            for one in sources:
                _show(one)
        if failing or published is None:
            raise typer.Exit(EXIT_FAILED)


def password() -> None:
    """Ask twice, print the hash."""
    chosen = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    if len(chosen) < _SHORTEST:
        warn(f"error: a password must have at least {_SHORTEST} characters")
        raise typer.Exit(EXIT_USAGE)
    say(password_hash(chosen))


def _show(one: SourceStatus) -> None:
    say(f"  {'!' if one.failing else ' '} {one.source.name}: {one.condition}; "
        f"{one.articles} articles {_bars(one)}; "
        f"last success {_when(one.state.succeeded)}, next poll {_when(one.state.due)}")  # fmt: skip
    if one.failing:
        say(f"      {one.state.error}")
    if one.todo:
        say(f"      {one.todo}")


def _bars(one: SourceStatus) -> str:
    """The articles of the last days as a row of bars, the newest at the right."""
    most = max((articles for articles, _ in one.days), default=0)
    if not most:
        return ""
    top = len(_BARS) - 1
    return "".join(_BARS[round(top * articles / most)] for articles, _ in one.days)


def _fields(
    sources: list[SourceStatus], running: str, published: datetime | None
) -> dict[str, object]:
    return {
        "daemon": running or None,
        "published": _time(published),
        "sources": [
            {
                "name": one.source.name, "type": one.source.kind, "place": one.source.location,
                "condition": one.condition, "failing": one.failing, "error": one.state.error,
                "todo": one.todo, "articles": one.articles,
                "succeeded": _time(one.state.succeeded), "due": _time(one.state.due),
                "days": [{"articles": a, "failures": f} for a, f in one.days],
            }
            for one in sources
        ],
    }  # fmt: skip


def _published(settings: Settings) -> datetime | None:
    """When the index last changed."""
    try:
        return datetime.fromtimestamp((settings.output / "index.html").stat().st_mtime, UTC)
    except OSError:
        return None


def _time(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else None


def _when(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "never"
