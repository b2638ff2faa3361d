"""The commands of ``aggregator sources`` and their options; `source_actions` implements them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aggregator.cli.options import DEFAULT_CONFIG, AsJson, Config

sources_app = typer.Typer(
    invoke_without_command=True,
    rich_markup_mode=None,
    help="Show the state of every source; add, import, export or forget sources.",
)


@sources_app.callback()
def sources(context: typer.Context, config: Config = DEFAULT_CONFIG, json_: AsJson = False) -> None:
    """Show the state of every source: last success, next poll, last error."""
    if context.invoked_subcommand is None:
        from aggregator.cli.source_actions import show

        show(config, as_json=json_)


@sources_app.command("add")
def sources_add(
    url: Annotated[
        str,
        typer.Argument(metavar="URL", help="The address of a feed, or of a page that names one."),
    ],
    config: Config = DEFAULT_CONFIG,
    name: Annotated[
        str, typer.Option("--name", help="Its name; that of the feed if not given.")
    ] = "",
) -> None:
    """Read a feed once and add it to the configuration."""
    from aggregator.cli.source_actions import add

    add(config, url, name)


@sources_app.command("import")
def sources_import(
    file: Annotated[Path, typer.Argument(metavar="FILE.opml", help="An OPML file.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Add the feeds of an OPML file to the configuration."""
    from aggregator.cli.source_actions import import_opml

    import_opml(config, file)


@sources_app.command("forget")
def sources_forget(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="The name of a source that is no longer configured."),
    ],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Delete the stored articles of a source that is no longer configured."""
    from aggregator.cli.source_actions import forget

    forget(config, name)


@sources_app.command("export")
def sources_export(config: Config = DEFAULT_CONFIG) -> None:
    """Print the configured feeds as OPML."""
    from aggregator.cli.source_actions import export_opml

    export_opml(config)
