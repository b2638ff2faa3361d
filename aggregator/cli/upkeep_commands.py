"""Commands that look after the store, and after what is sent."""

from __future__ import annotations

from typing import Annotated

import typer

from aggregator.cli.options import DEFAULT_CONFIG, AsJson, Config, Now


def add_upkeep_commands(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command()(store)
    app.command()(notify)


def store(
    config: Config = DEFAULT_CONFIG,
    compact: Annotated[
        bool,
        typer.Option("--compact", help="Write the file anew first, without free pages (SQLite)."),
    ] = False,
    now: Now = None,
    json_: AsJson = False,
) -> None:
    """Show how large the store is: bytes, rows per table, the oldest article, what retention
    (`keep`) has still to remove."""
    from aggregator.cli.store_command import store as command

    command(config, now, compacting=compact, as_json=json_)


def notify(
    config: Config = DEFAULT_CONFIG,
    test: Annotated[
        bool,
        typer.Option("--test", help="Send a letter to each recipient, and call the webhook, now."),
    ] = False,
    retry: Annotated[bool, typer.Option("--retry", help="Try again what was given up.")] = False,
    discard: Annotated[bool, typer.Option("--discard", help="Drop what was given up.")] = False,
    now: Now = None,
    json_: AsJson = False,
) -> None:
    """Show which letters and webhook calls (`notify`) wait, were sent, and were given up."""
    from aggregator.cli.notify_command import notify as command

    command(config, now, testing=test, retrying=retry, discarding=discard, as_json=json_)
