"""``aggregator sources``: their state, and adding, importing and exporting them."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer

from aggregator.cli.session import (
    EXIT_FAILED,
    counted,
    current_time,
    errors_as_text,
    opened,
    say,
    say_json,
    warn,
)
from aggregator.config import add_sources, load_settings
from aggregator.errors import AggregatorError
from aggregator.model import Outline, Source, SourceState
from aggregator.pipeline import add_feed
from aggregator.queries import SourceStatus, source_statuses
from aggregator.read import read_opml
from aggregator.store import Store

PACE_DAYS = 14


def show(config: Path, *, as_json: bool) -> None:
    """Print the state of every source."""
    with opened(config) as (settings, store):
        now = current_time(None)
        found = {one.source.name: one for one in source_statuses(settings.sources, store, now)}
        for source in settings.sources:
            one = found[source.name]
            if as_json:
                fields = {**_json_fields(one.state), "type": source.kind, "place": source.location}
                say_json(fields)
            else:
                _show_one(one, store, now)


def _json_fields(state: SourceState) -> dict[str, object]:
    """The state under the keys that the output has always had."""
    fields = asdict(state)
    fields["place"], fields["location"] = fields["location"], fields.pop("moved_to")
    fields["moving"], fields["moves"] = (
        fields.pop("redirect_candidate"), fields.pop("redirect_count"),
    )  # fmt: skip
    return fields


def _show_one(one: SourceStatus, store: Store, now: datetime) -> None:
    source, state = one.source, one.state
    moved = f" (moved to {state.moved_to})" if state.moved_to else ""
    recent = store.count_articles(source.name, now - timedelta(days=PACE_DAYS))
    say(f"{source.name} ({source.kind}): {one.condition}")
    say(f"    {source.location}{moved}")
    say(f"    last success {_when(state.succeeded)}, next poll {_next(state)}")
    say(
        f"    {counted(one.articles, 'article')}, "
        f"{recent / PACE_DAYS:.1f} a day in the last {PACE_DAYS} days"
    )
    if state.error:
        say(f"    last error: {state.error}")
    if one.todo:
        say(f"    what to do: {one.todo}")


def add(config: Path, url: str, name: str) -> None:
    """Read a feed once and add it to the configuration; of a page, the first feed it names."""
    with errors_as_text():
        added = add_feed(load_settings(config), url, name, current_time(None))
        for other in added.others:
            say(f"the page also names {other}")
        say(f"added {added.source.name}: {added.source.location}")


def forget(config: Path, name: str) -> None:
    """Remove what the store holds of a source; not while it is configured, since it would come
    back."""
    with opened(config) as (settings, store):
        if name in {source.name for source in settings.sources}:
            raise AggregatorError(f"{name}: remove it from {config} first; nothing was removed")
        with store.exclusive():
            if name not in store.sources():
                known = sorted(set(store.sources()) - {s.name for s in settings.sources})
                there = f"; there are: {', '.join(known)}" if known else ""
                raise AggregatorError(f"{name}: the store knows no such source{there}")
            number = store.delete_source(name)
        say(
            f"removed {counted(number, 'article')} of {name}; the next build publishes without them"
        )


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
        feeds = [source for source in settings.sources if source.kind == "feed"]
        outlines = [Outline(source.name, source.location, source.topics) for source in feeds]
        sys.stdout.buffer.write(subscription_list(settings.site.title, outlines))


def _told(added: list[Source]) -> None:
    if not added:
        warn("nothing was added: every feed is in the configuration already")
        raise typer.Exit(EXIT_FAILED)
    for source in added:
        say(f"added {source.name}: {source.location}")


def _next(state: SourceState) -> str:
    return "never" if state.gone else _when(state.due) if state.due else "at the next build"


def _when(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if moment else "never"
