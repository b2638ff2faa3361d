"""Commands that look after the store."""

from __future__ import annotations

from typing import Annotated

import typer

from aggregator.cli.options import DEFAULT_CONFIG, AsJson, Config, Now


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
