"""The commands and their options. What a command does is in a module of its own, imported when it
is called, so that ``--help`` costs next to nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aggregator import __version__
from aggregator.cli.options import (
    DEFAULT_CONFIG,
    AsJson,
    Config,
    FormatName,
    Host,
    LogFormat,
    Now,
    Port,
    Quiet,
    Slug,
    TopicOption,
    Verbose,
    since_of,
)
from aggregator.cli.source_commands import sources_app

app = typer.Typer(
    name="aggregator",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Reads articles from many sources, merges each story with its coverage, ranks the "
    "stories and publishes one RSS and one Atom feed for each topic.",
)
app.add_typer(sources_app, name="sources")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"aggregator {__version__}")
        raise typer.Exit


@app.callback()
def _global(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="The version.")
    ] = False,
) -> None:
    pass


@app.command()
def build(
    config: Config = DEFAULT_CONFIG,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Publish here instead."),
    ] = None,
    topic: Annotated[
        list[str] | None,
        typer.Option("--topic", metavar="SLUG", help="Only this topic's feeds; repeatable."),
    ] = None,
    format_: Annotated[
        list[str] | None,
        typer.Option("--format", metavar="FORMAT", help="Only this format; repeatable."),
    ] = None,
    now: Now = None,
    no_read: Annotated[
        bool, typer.Option("--no-read", help="Read nothing: publish what is remembered.")
    ] = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Read all sources once, merge, rank and publish.

    Exits with 0 if feeds were published (sources that failed are listed), 1 if none could be,
    2 for bad usage or configuration.
    """
    from aggregator.cli.build_command import build as command

    command(
        config, output, frozenset(topic or ()), tuple(format_ or ()), now,
        read=not no_read, verbose=verbose, quiet=quiet,
    )  # fmt: skip


@app.command()
def feed(
    slug: Slug,
    config: Config = DEFAULT_CONFIG,
    format_: FormatName = "atom",
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="At most N entries.")
    ] = None,
    min_quality: Annotated[
        int | None, typer.Option("--min-quality", metavar="Q", help="Leads of at least Q.")
    ] = None,
    since: Annotated[
        str, typer.Option("--since", metavar="TIME", help="Published since then: a time, or 24h.")
    ] = "",
    query: Annotated[
        str, typer.Option("--query", metavar="TEXT", help="All these words in an article.")
    ] = "",
    now: Now = None,
) -> None:
    """Print one feed, on demand, from what is remembered."""
    from aggregator.cli.story_commands import feed as command

    moment = since_of(since, now) if since else None
    command(config, slug, format_, limit, min_quality, moment, query, now)


@app.command()
def stories(
    config: Config = DEFAULT_CONFIG,
    topic: TopicOption = "all",
    now: Now = None,
    json_: AsJson = False,
) -> None:
    """List the stories in rank order; with --json one object a line."""
    from aggregator.cli.story_commands import stories as command

    command(config, topic, now, as_json=json_)


@app.command()
def explain(
    story: Annotated[
        str, typer.Argument(metavar="STORY", help="An id, a URL, or a rank as printed.")
    ],
    other: Annotated[
        str | None,
        typer.Argument(metavar="OTHER", help="A second one: why the two are one story, or not."),
    ] = None,
    config: Config = DEFAULT_CONFIG,
    now: Now = None,
) -> None:
    """Say why a story stands where it stands, or why two articles are one story or are not."""
    if other is not None:
        from aggregator.cli.explain_pair import explain_two

        explain_two(config, (story, other), now)
        return
    from aggregator.cli.story_commands import explain as command

    command(config, story, now)


@app.command()
def run(
    config: Config = DEFAULT_CONFIG,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    no_http: Annotated[bool, typer.Option("--no-http", help="Only poll and publish.")] = False,
    log_format: LogFormat = "text",
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Run as a daemon: poll what is due, publish what changed, serve the pages and feeds."""
    from aggregator.cli.service_commands import run as command

    command(config, host, port, log_format, http=not no_http, verbose=verbose, quiet=quiet)


@app.command()
def serve(
    config: Config = DEFAULT_CONFIG,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    log_format: LogFormat = "text",
) -> None:
    """Serve the published pages and feeds over HTTP, without polling."""
    from aggregator.cli.service_commands import serve as command

    command(config, host, port, log_format)


@app.command()
def status(config: Config = DEFAULT_CONFIG, json_: AsJson = False) -> None:
    """Show overall health: the daemon, the feeds, and every source with its state and history.

    Exits with 1 where a source fails or the feeds are not published.
    """
    from aggregator.cli.status_command import status as command

    command(config, as_json=json_)


@app.command()
def password() -> None:
    """Ask for a password and print its hash, for `admin.password_hash`."""
    from aggregator.cli.status_command import password as command

    command()


@app.command()
def probe(
    place: Annotated[str, typer.Argument(metavar="URL-OR-FILE")],
    json_: AsJson = False,
    store: Annotated[
        Path | None,
        typer.Option("--store", metavar="DIR", help="Remember in this folder between probes."),
    ] = None,
    allow_network: Annotated[
        list[str] | None,
        typer.Option("--allow-network", metavar="NET", help="Allow a private network; repeatable."),
    ] = None,
    type_: Annotated[
        str,
        typer.Option("--type", help="stories, jsonl, feed, sitemap or story-api (else guessed)."),
    ] = "",
    now: Now = None,
) -> None:
    """Read one source once, by the very code that the daemon uses, and say what was found."""
    from aggregator.cli.probe_command import probe as command

    command(place, store, tuple(allow_network or ()), type_, now, as_json=json_)


@app.command()
def evaluate(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.jsonl", help="One article a line: url, title, cluster; id, lang, ..."
        ),
    ],
    window: Annotated[
        str, typer.Option("--window", metavar="TIME", help="merge.window: 72h, 14d, all.")
    ] = "72h",
    strictness: Annotated[
        str, typer.Option("--strictness", help="merge.strictness: strict, normal, loose.")
    ] = "normal",
    now: Now = None,
    json_: AsJson = False,
) -> None:
    """Score the merging on a gold set: B-cubed, pairwise, Rand; worst merges and misses."""
    from aggregator.cli.evaluate_command import evaluate as command

    command(file, window, strictness, now, as_json=json_)


@app.command()
def backtest(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="REPLAY", help="Histories: a save a line, as JSON; may be gzipped."),
    ],
    config: Annotated[
        Path | None, typer.Option("-c", "--config", help="Whose `ranking` is tried.")
    ] = None,
    text: Annotated[bool, typer.Option("--text/--no-text", help="Merge by text too.")] = True,
) -> None:
    """Judge ranking formulas over history: NDCG@10, with the coverage that came later as gain."""
    from aggregator.cli.backtest_command import backtest as command

    command(files, config, text=text)


@app.command()
def check(config: Config = DEFAULT_CONFIG) -> None:
    """Check the configuration: exits with 0, or with 2 and each mistake's file, line and key."""
    from aggregator.cli.story_commands import check as command

    command(config)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write it.")],
) -> None:
    """Write a commented configuration to start from, with sample stories."""
    from aggregator.cli.story_commands import init as command

    command(folder)
