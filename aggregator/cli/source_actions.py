"""``aggregator sources``: show, add, import, export and forget sources."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import typer

from aggregator.cli.session import (
    EXIT_FAILED,
    counted,
    current_time,
    errors_as_text,
    next_poll_text,
    opened,
    say,
    say_json,
    utc_text,
    warn,
)
from aggregator.config import add_sources, load_settings
from aggregator.errors import AggregatorError
from aggregator.model import Outline, Source, SourceState
from aggregator.pipeline import add_feed
from aggregator.queries import SourceStatus, source_statuses
from aggregator.read import read_opml
from aggregator.store import Store

PACE_DAYS = 14  # the days over which articles per day are averaged


def show(config: Path, *, as_json: bool) -> None:
    """Print the state of every source."""
    with opened(config) as (settings, store):
        now = current_time(None)
        statuses = source_statuses(settings.sources, store, now)  # those that fail first
        by_name = {status.source.name: status for status in statuses}
        for source in settings.sources:
            status = by_name[source.name]
            if as_json:
                fields = _json_fields(status.state)
                say_json({**fields, "type": source.kind, "place": source.location})
            else:
                _show(status, store, now)


def _json_fields(state: SourceState) -> dict[str, object]:
    """The state under the published keys, which differ from the names of the fields."""
    fields = asdict(state)
    fields["place"], fields["location"] = fields["location"], fields.pop("moved_to")
    fields["moving"] = fields.pop("redirect_candidate")
    fields["moves"] = fields.pop("redirect_count")
    return fields


def _show(status: SourceStatus, store: Store, now: datetime) -> None:
    source, state = status.source, status.state
    moved = f" (moved to {state.moved_to})" if state.moved_to else ""
    recent = store.count_articles(source.name, now - timedelta(days=PACE_DAYS))
    say(f"{source.name} ({source.kind}): {status.condition}")
    say(f"    {source.location}{moved}")
    say(f"    last success {utc_text(state.succeeded)}, next poll {next_poll_text(state)}")
    say(
        f"    {counted(status.articles, 'article')}, "
        f"{recent / PACE_DAYS:.1f} per day in the last {PACE_DAYS} days"
    )
    if state.error:
        say(f"    last error: {state.error}")
    if status.todo:
        say(f"    what to do: {status.todo}")


def add(config: Path, url: str, name: str) -> None:
    """Read a feed once and add it to the configuration. For the URL of a page, add the first feed
    that the page names, and print the others."""
    with errors_as_text():
        added = add_feed(load_settings(config), url, name, current_time(None))
        for other in added.others:
            say(f"the page also names {other}")
        say(f"added {added.source.name}: {added.source.location}")


def forget(config: Path, name: str) -> None:
    """Delete the stored articles of a source. Refuses while it is configured, because the next poll
    would bring them back."""
    with opened(config) as (settings, store):
        if name in {source.name for source in settings.sources}:
            raise AggregatorError(
                f"{name}: still configured, so nothing was removed; remove it from {config} first"
            )
        with store.exclusive():
            if name not in store.sources():
                candidates = sorted(set(store.sources()) - {s.name for s in settings.sources})
                hint = f"; there are: {', '.join(candidates)}" if candidates else ""
                raise AggregatorError(f"{name}: no such source in the store{hint}")
            number = store.delete_source(name)
        articles = counted(number, "article")
        say(f"removed {articles} of {name}; the next build publishes without them")


def import_opml(config: Path, file: Path) -> None:
    """Add the feeds of an OPML file that are not configured yet. Exits with 1 if there are none."""
    with errors_as_text():
        outlines = read_opml(file.read_bytes())
        sources = [
            Source(outline.name, "feed", outline.url, topics=outline.topics) for outline in outlines
        ]
        _print_added(add_sources(config, sources))


def export_opml(config: Path) -> None:
    """Print the configured feeds as OPML."""
    from aggregator.publish import subscription_list

    with errors_as_text():
        settings = load_settings(config)
        feeds = [source for source in settings.sources if source.kind == "feed"]
        outlines = [Outline(source.name, source.location, source.topics) for source in feeds]
        sys.stdout.buffer.write(subscription_list(settings.site.title, outlines))


def _print_added(added: list[Source]) -> None:
    if not added:
        warn("nothing was added: every feed is already configured")
        raise typer.Exit(EXIT_FAILED)
    for source in added:
        say(f"added {source.name}: {source.location}")
