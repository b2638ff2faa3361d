"""``aggregator probe``: one source read once, by the code that the daemon uses."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import typer

from aggregator.cli.session import (
    EXIT_FAILED,
    EXIT_USAGE,
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

DEADLINE = 10.0  # seconds: somebody is waiting, and a probe may be repeated


@dataclass(frozen=True, slots=True)
class _Findings:
    """What a probe says; the fields of its JSON."""

    ok: bool
    entries: int
    titles: list[str]
    links: list[str]
    blob: str
    title: str
    error: str


def probe(
    place: str,
    store_folder: Path | None,
    allow_networks: tuple[str, ...],
    kind: str,
    now: datetime | None,
    *,
    as_json: bool,
) -> None:
    """Read, remember, and print what there is now."""
    with errors_as_text():
        source = _source(place, kind)
        url = f"sqlite:///{store_folder / 'probe.db'}" if store_folder else "sqlite://"
        store = open_store(url)
        moment = current_time(now)
        options = PlanOptions(
            Site(clean_text("probe"), "http://localhost/"),
            ranking=RankingOptions(window=None, max_entries=None),
            include_withheld=True,
        )
        reading_options = ReadOptions(
            allow_networks=_checked(allow_networks), deadline=DEADLINE, ignore_not_before=True,
            own_hosts=frozenset({host_of(source.location)}),
        )  # fmt: skip
        with store.exclusive():
            (reading,) = ingest([source], reading_options, store, options, moment).readings
        findings = _findings(source, reading, store, options, moment)
        store.close()
    if as_json:
        say_json(asdict(findings))
    else:
        _print(findings, reading)
        if not findings.ok:
            raise typer.Exit(EXIT_FAILED)


def _source(place: str, kind: str) -> Source:
    if not place.startswith(("http://", "https://", "file://")):
        place = os.path.abspath(place)  # noqa: PTH100 -- does not follow links
    if not kind:
        low = place.lower()
        suffixes = {
            suffix: name for name in ("stories", "jsonl") for suffix in KINDS[name].suffixes
        }
        kind = next((name for suffix, name in suffixes.items() if low.endswith(suffix)), "")
        kind = kind or ("stories" if Path(place).is_dir() else "feed")
    if kind not in KINDS:
        warn(f"--type {kind}: unknown, not one of {', '.join(KINDS)}")
        raise typer.Exit(EXIT_USAGE)
    return Source(place, kind, place, every=timedelta(seconds=1))


def _checked(texts: tuple[str, ...]) -> tuple[str, ...]:
    from aggregator.read.guard import networks

    try:
        networks(texts)
    except ValueError as error:
        raise ConfigError([f"--allow-network: {error}"]) from None
    return texts


def _findings(
    source: Source, reading: Reading, store: Store, options: PlanOptions, now: datetime
) -> _Findings:
    articles = [a for a in store.articles_of(source.name) if a.verdict is not Verdict.RELATED_ONLY]
    first = [a for a in reading.articles if a.verdict is not Verdict.RELATED_ONLY] or articles
    return _Findings(
        ok=not reading.state.error,
        entries=len(articles),
        titles=[article.title for article in articles],
        links=[article.url for article in articles],
        blob=_blob(articles, options, now),
        title=first[0].title if first else "",
        error=reading.state.error or "; ".join(str(p) for p in reading.problems[:5]),
    )


def _blob(articles: list[Article], options: PlanOptions, now: datetime) -> str:
    """The content of the articles as it would be published."""
    made = plan(articles, StoredWindow(), options, now)
    stories = (ranked.story for ranked in made.ranked[EVERYTHING])
    feed = compose_feed(EVERYTHING, "probe", options.site, stories, {})
    return "\n".join(f"{entry.title}\n{entry.content}" for entry in feed.entries)


def _print(findings: _Findings, reading: Reading) -> None:
    say(f"{reading.source.location}: {'good' if findings.ok else 'failed'}, "
        f"{findings.entries} articles")  # fmt: skip
    if findings.error:
        say(f"  {findings.error}")
    for title, link in list(zip(findings.titles, findings.links, strict=True))[:20]:
        say(f"  {title}\n    {link}")
