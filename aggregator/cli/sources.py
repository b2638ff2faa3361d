"""``aggregator sources``: their state, and adding, importing and exporting them."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import typer

from aggregator.cli.session import EXIT_FAILED, errors_as_text, opened, present, say, warn
from aggregator.config import add_sources, load_settings
from aggregator.errors import AggregatorError
from aggregator.model import Source, SourceState
from aggregator.read import read_opml, read_sources


def show(config: Path, *, as_json: bool) -> None:
    """Print the state of every source."""
    with opened(config) as (settings, store):
        states = store.sources()
        for source in settings.sources:
            state = states.get(source.name) or SourceState(source.name)
            if as_json:
                fields = {**asdict(state), "type": source.kind, "place": source.place}
                sys.stdout.write(json.dumps(fields, default=_json_time) + "\n")
                continue
            say(f"{source.name} ({source.kind}): {_state(state)}")
            say(f"    {source.place}")
            say(f"    last success {_when(state.succeeded)}, next poll {_when(state.due)}, "
                f"{store.count_articles(source.name)} articles")  # fmt: skip
            if state.error:
                say(f"    last error: {state.error}")


def add(config: Path, url: str, name: str) -> None:
    """Read a feed once and add it to the configuration."""
    with errors_as_text():
        settings = load_settings(config)
        source = Source(name or url, "feed", url)
        reading = next(read_sources([source], {}, lambda _: {}, settings.reading, present(None)))
        if reading.state.error:
            raise AggregatorError(f"{url}: {reading.state.error}; nothing was added")
        found = Source(name or reading.state.title or url, "feed", url)
        _told(add_sources(config, [found]))


def import_opml(config: Path, file: Path) -> None:
    """Add the feeds of an OPML file."""
    with errors_as_text():
        outlines = read_opml(file.read_bytes())
        found = [Source(one.name, "feed", one.url, topics=one.topics) for one in outlines]
        _told(add_sources(config, found))


def export_opml(config: Path) -> None:
    """Print the feeds that are read as OPML."""
    from aggregator.publish import subscription_list

    with errors_as_text():
        settings = load_settings(config)
        feeds = [s for s in settings.sources if s.kind == "feed"]
        outlines = [(source.name, source.place, "") for source in feeds]
        sys.stdout.buffer.write(subscription_list(settings.site.title, outlines))


def _told(added: list[Source]) -> None:
    if not added:
        warn("nothing was added: every feed is in the configuration already")
        raise typer.Exit(EXIT_FAILED)
    for source in added:
        say(f"added {source.name}: {source.place}")


def _state(state: SourceState) -> str:
    if state.checked is None:
        return "not read yet"
    return "good" if not state.error else f"failing ({state.failures} times in a row)"


def _when(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if moment else "never"


def _json_time(value: object) -> str:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else str(value)
