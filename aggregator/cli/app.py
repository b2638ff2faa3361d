"""The commands and their options. Each imports its module when called: ``--help`` is fast."""

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
    Limit,
    LogFormat,
    MinQuality,
    Now,
    Port,
    QueryText,
    Quiet,
    Since,
    Slug,
    TopicOption,
    Verbose,
    parse_since,
)
from aggregator.cli.source_commands import sources_app
from aggregator.cli.upkeep_commands import add_upkeep_commands

app = typer.Typer(
    name="aggregator",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Read articles from many sources, merge those about one event into a story, rank the "
    "stories and publish RSS, Atom and JSON feeds per topic.",
)
app.add_typer(sources_app, name="sources")
add_upkeep_commands(app)


def _version(requested: bool) -> None:
    if requested:
        typer.echo(f"aggregator {__version__}")
        raise typer.Exit


@app.callback()
def _global(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command()
def build(
    config: Config = DEFAULT_CONFIG,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="DIR",
            help="The output folder, instead of the configured one.",
        ),
    ] = None,
    topic: Annotated[
        list[str] | None,
        typer.Option("--topic", metavar="SLUG", help="Publish only this topic; repeatable."),
    ] = None,
    format_: Annotated[
        list[str] | None,
        typer.Option("--format", metavar="FORMAT", help="Publish only this format; repeatable."),
    ] = None,
    now: Now = None,
    no_read: Annotated[
        bool, typer.Option("--no-read", help="Do not read sources: publish the stored articles.")
    ] = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Read all sources once, merge, rank and publish.

    Exits with 0 if feeds were published (sources that failed are listed), 1 if none could be
    published, 2 for wrong usage or configuration.
    """
    from aggregator.cli.build_command import build as command

    topics, formats = frozenset(topic or ()), tuple(format_ or ())
    command(config, output, topics, formats, now, read=not no_read, verbose=verbose, quiet=quiet)


@app.command()
def feed(
    slug: Slug,
    config: Config = DEFAULT_CONFIG,
    format_: FormatName = "atom",
    limit: Limit = None,
    min_quality: MinQuality = None,
    since: Since = "",
    query: QueryText = "",
    now: Now = None,
) -> None:
    """Print one feed, made from the stored articles."""
    from aggregator.cli.story_commands import feed as command

    moment = parse_since(since, now) if since else None
    command(config, slug, format_, limit, min_quality, moment, query, now)


@app.command()
def stories(
    config: Config = DEFAULT_CONFIG,
    topic: TopicOption = "all",
    now: Now = None,
    json_: AsJson = False,
) -> None:
    """List the stories in rank order; with --json one object per line."""
    from aggregator.cli.story_commands import stories as command

    command(config, topic, now, as_json=json_)


@app.command()
def explain(
    story: Annotated[
        str,
        typer.Argument(
            metavar="STORY", help="Its id, the URL of an article, or its rank in `stories`."
        ),
    ],
    other: Annotated[
        str | None,
        typer.Argument(metavar="OTHER", help="A second id or URL, to compare the two."),
    ] = None,
    config: Config = DEFAULT_CONFIG,
    now: Now = None,
) -> None:
    """Explain the rank of a story, or why two articles are one story or not."""
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
    no_http: Annotated[bool, typer.Option("--no-http", help="Do not serve HTTP.")] = False,
    log_format: LogFormat = "text",
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Run the daemon: poll sources, publish changes, serve pages and feeds over HTTP."""
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
    """Show the health of the daemon, the feeds and every source.

    Exits with 1 if a source fails or no feeds are published.
    """
    from aggregator.cli.status_command import status as command

    command(config, as_json=json_)


@app.command()
def password() -> None:
    """Ask for a password and print the hash for `admin.password_hash`."""
    from aggregator.cli.status_command import password as command

    command()


@app.command()
def probe(
    location: Annotated[
        str, typer.Argument(metavar="URL-OR-FILE", help="A feed, site, API, file or folder.")
    ],
    json_: AsJson = False,
    store: Annotated[
        Path | None,
        typer.Option("--store", metavar="DIR", help="Keep articles and validators in this folder."),
    ] = None,
    allow_network: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-network", metavar="NET", help="Allow this private network; repeatable."
        ),
    ] = None,
    type_: Annotated[
        str,
        typer.Option(
            "--type", help="stories, jsonl, feed, sitemap or story-api; guessed if not given."
        ),
    ] = "",
    now: Now = None,
) -> None:
    """Read one source once, as the daemon would, and print its articles or the error."""
    from aggregator.cli.probe_command import probe as command

    command(location, store, tuple(allow_network or ()), type_, now, as_json=json_)


@app.command()
def evaluate(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.jsonl",
            help="One article per line: url, title, cluster; optionally id, lang, publisher, ...",
        ),
    ],
    window: Annotated[
        str, typer.Option("--window", metavar="TIME", help="As `merge.window`: 72h, 14d, all.")
    ] = "72h",
    strictness: Annotated[
        str,
        typer.Option(
            "--strictness", help="As `merge.strictness`: strict, normal, loose, or a number."
        ),
    ] = "normal",
    now: Now = None,
    json_: AsJson = False,
) -> None:
    """Score merging on a gold set: B-cubed, pairwise F1, Rand index, worst errors."""
    from aggregator.cli.evaluate_command import evaluate as command

    command(file, window, strictness, now, as_json=json_)


@app.command()
def backtest(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="REPLAY",
            help="Histories: a JSON object per save, one per line; may be gzipped.",
        ),
    ],
    config: Annotated[
        Path | None,
        typer.Option("-c", "--config", metavar="FILE", help="Try the `ranking` of this file."),
    ] = None,
    text: Annotated[bool, typer.Option("--text/--no-text", help="Also merge by text.")] = True,
) -> None:
    """Compare ranking formulas on history: NDCG@10, with later coverage as gain."""
    from aggregator.cli.backtest_command import backtest as command

    command(files, config, text=text)


@app.command()
def check(config: Config = DEFAULT_CONFIG) -> None:
    """Check the configuration.

    Exits with 0, or with 2 after printing each mistake with its file, line and key.
    """
    from aggregator.cli.story_commands import check as command

    command(config)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to write it into.")],
) -> None:
    """Write a commented starter configuration with sample stories."""
    from aggregator.cli.story_commands import init as command

    command(folder)
