"""``aggregator probe``: read one source once, with the code that the daemon uses."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import typer

from aggregator.cli.session import (
    EXIT_FAILED,
    EXIT_USAGE,
    counted,
    current_time,
    errors_as_text,
    say,
    say_json,
    warn,
)
from aggregator.errors import ConfigError
from aggregator.model import Article, Reading, Site, Source, Verdict, clean_text
from aggregator.pipeline import EVERYTHING, PlanOptions, ingest, plan
from aggregator.publish import compose_feed
from aggregator.rank import RankingOptions
from aggregator.read import KINDS, ReadOptions
from aggregator.read.guard import host_of
from aggregator.store import Store, StoredWindow, open_store

DEADLINE = 10.0  # seconds, half of the daemon's: a person is waiting, and can probe again
_SHOWN = 20  # articles of the text output


@dataclass(frozen=True, slots=True)
class _ProbeResult:
    """The fields of the JSON output."""

    ok: bool
    entries: int
    titles: list[str]
    links: list[str]
    blob: str  # the content as it would be published; an older name
    title: str
    error: str


def probe(
    location: str,
    store_folder: Path | None,
    allow_networks: tuple[str, ...],
    kind: str,
    now: datetime | None,
    *,
    as_json: bool,
) -> None:
    """Read the source, save its articles, and print them. Exits with 1 if reading failed and the
    output is text."""
    with errors_as_text():
        source = _source(location, kind)
        url = f"sqlite:///{store_folder / 'probe.db'}" if store_folder else "sqlite://"
        store = open_store(url)
        moment = current_time(now)
        options = PlanOptions(
            Site(clean_text("probe"), "http://localhost/"),
            ranking=RankingOptions(window=None, max_entries=None),
            include_withheld=True,
        )
        reading_options = ReadOptions(
            allow_networks=_checked(allow_networks),
            deadline=DEADLINE,
            ignore_not_before=True,
            configured_hosts=frozenset({host_of(source.location)}),
        )
        with store.exclusive():
            (reading,) = ingest([source], reading_options, store, options, moment).readings
        result = _result(source, reading, store, options, moment)
        store.close()
    if as_json:
        say_json(asdict(result))
    else:
        _print(result, reading)
        if not result.ok:
            raise typer.Exit(EXIT_FAILED)


def _source(location: str, kind: str) -> Source:
    """The source at a URL or path; an empty `kind` is guessed from the suffix."""
    if not location.startswith(("http://", "https://", "file://")):
        location = os.path.abspath(location)  # noqa: PTH100 -- does not follow links
    if not kind:
        lower_case = location.lower()
        suffixes = {
            suffix: name for name in ("stories", "jsonl") for suffix in KINDS[name].suffixes
        }
        kind = next((name for suffix, name in suffixes.items() if lower_case.endswith(suffix)), "")
        kind = kind or ("stories" if Path(location).is_dir() else "feed")
    if kind not in KINDS:
        warn(f"--type {kind}: must be one of {', '.join(KINDS)}")
        raise typer.Exit(EXIT_USAGE)
    return Source(location, kind, location, every=timedelta(seconds=1))


def _checked(texts: tuple[str, ...]) -> tuple[str, ...]:
    from aggregator.read.guard import networks

    try:
        networks(texts)
    except ValueError as error:
        raise ConfigError([f"--allow-network: {error}"]) from None
    return texts


def _result(
    source: Source, reading: Reading, store: Store, options: PlanOptions, now: datetime
) -> _ProbeResult:
    articles = [a for a in store.articles_of(source.name) if a.verdict is not Verdict.RELATED_ONLY]
    newest = [a for a in reading.articles if a.verdict is not Verdict.RELATED_ONLY] or articles
    return _ProbeResult(
        ok=not reading.state.error,
        entries=len(articles),
        titles=[article.title for article in articles],
        links=[article.url for article in articles],
        blob=_published_content(articles, options, now),
        title=newest[0].title if newest else "",
        error=reading.state.error or "; ".join(str(p) for p in reading.problems[:5]),
    )


def _published_content(articles: list[Article], options: PlanOptions, now: datetime) -> str:
    """The content of the articles as it would be published."""
    ranked = plan(articles, StoredWindow(), options, now).ranked[EVERYTHING]
    stories = (entry.story for entry in ranked)
    feed = compose_feed(EVERYTHING, "probe", options.site, stories, {})
    return "\n".join(f"{entry.title}\n{entry.content}" for entry in feed.entries)


def _print(result: _ProbeResult, reading: Reading) -> None:
    outcome = "good" if result.ok else "failed"
    say(f"{reading.source.location}: {outcome}, {counted(result.entries, 'article')}")
    if result.error:
        say(f"  {result.error}")
    for title, link in list(zip(result.titles, result.links, strict=True))[:_SHOWN]:
        say(f"  {title}\n    {link}")
