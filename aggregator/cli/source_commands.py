"""The commands of ``aggregator sources`` and their options; what they do is in `sources`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aggregator.cli.options import DEFAULT_CONFIG, AsJson, Config

sources_app = typer.Typer(
    invoke_without_command=True,
    rich_markup_mode=None,
    help="Show the state of every source; add, import or export sources.",
)


@sources_app.callback()
def sources(context: typer.Context, config: Config = DEFAULT_CONFIG, json_: AsJson = False) -> None:
    """Show every source: its state, last success, next poll and last error."""
    if context.invoked_subcommand is None:
        from aggregator.cli.source_actions import show

        show(config, as_json=json_)


@sources_app.command("add")
def sources_add(
    url: Annotated[str, typer.Argument(metavar="URL", help="The address of a feed.")],
    config: Config = DEFAULT_CONFIG,
    name: Annotated[str, typer.Option("--name", help="What to call it.")] = "",
) -> None:
    """Add a feed to the configuration, after reading it once."""
    from aggregator.cli.source_actions import add

    add(config, url, name)


@sources_app.command("import")
def sources_import(
    file: Annotated[Path, typer.Argument(metavar="FILE.opml")], config: Config = DEFAULT_CONFIG
) -> None:
    """Add the feeds of an OPML file to the configuration."""
    from aggregator.cli.source_actions import import_opml

    import_opml(config, file)


@sources_app.command("forget")
def sources_forget(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A source that was removed.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Remove all articles of a source that is in the configuration no more."""
    from aggregator.cli.source_actions import forget

    forget(config, name)


@sources_app.command("export")
def sources_export(config: Config = DEFAULT_CONFIG) -> None:
    """Print the feeds that are read as OPML."""
    from aggregator.cli.source_actions import export_opml

    export_opml(config)
