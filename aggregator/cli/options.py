"""The options that several commands share."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

DEFAULT_CONFIG = Path("config/aggregator.yaml")
_SPAN = re.compile(r"(\d{1,6})([smhdw])")


def parse_time(text: str, alternative: str = "") -> datetime:
    """An ISO 8601 time in UTC and whole seconds; UTC is assumed if it has no offset. `alternative`
    completes the message of the typer.BadParameter that it raises."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(
            f"{text!r}: must be a time such as 2026-01-31T12:00:00Z{alternative}"
        ) from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC).replace(microsecond=0)


def parse_since(text: str, now: datetime | None) -> datetime:
    """A time, or a span before `now` (None: the current time) such as ``24h`` or ``7d``. Raises
    typer.BadParameter."""
    from aggregator.config.sections import UNITS

    if match := _SPAN.fullmatch(text.strip().lower()):
        seconds = int(match[1]) * UNITS[match[2]]
        return (now or datetime.now(UTC).replace(microsecond=0)) - timedelta(seconds=seconds)
    return parse_time(text, " or a span such as 24h")


Config = Annotated[
    Path, typer.Option("-c", "--config", metavar="FILE", help="The configuration file.")
]
Now = Annotated[
    datetime | None,
    typer.Option(
        "--now",
        metavar="TIME",
        parser=parse_time,
        help="Use this as the current time, for reproducible output.",
    ),
]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Print more details.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Print only errors.")]
FormatName = Annotated[
    str,
    typer.Option(
        "--format", metavar="FORMAT", help="A format, such as rss; an unknown one lists all."
    ),
]
Slug = Annotated[str, typer.Argument(metavar="SLUG", help="The slug of a topic, or `all`.")]
TopicOption = Annotated[
    str, typer.Option("--topic", metavar="SLUG", help="List only the stories of this topic.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Host = Annotated[str, typer.Option("--host", help="The address to listen on.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="The port to listen on.")]
LogFormat = Annotated[
    str, typer.Option("--log-format", metavar="FORMAT", help="text, or json (one object per line).")
]
Limit = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", min=1, help="The maximum number of entries."),
]
MinQuality = Annotated[
    int | None,
    typer.Option(
        "--min-quality", metavar="Q", help="Only stories whose lead has a quality of at least Q."
    ),
]
Since = Annotated[
    str,
    typer.Option(
        "--since", metavar="TIME", help="Only stories since a time, or within a span (24h)."
    ),
]
QueryText = Annotated[
    str, typer.Option("--query", metavar="TEXT", help="Only stories with all these words.")
]
