"""The options that several commands share."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

DEFAULT_CONFIG = Path("config/aggregator.yaml")
_AGO = re.compile(r"(\d{1,6})([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def time_of(text: str, further: str = "") -> datetime:
    """A time of ISO 8601, in UTC; `further` says what else could be given. Raises
    typer.BadParameter."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not a time such as 2026-01-31T12:00:00Z{further}"
        ) from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC).replace(microsecond=0)


def since_of(text: str, now: datetime | None) -> datetime:
    """The same, or how long before `now` (None: the present): ``24h``, ``7d``. Raises
    typer.BadParameter."""
    if match := _AGO.fullmatch(text.strip().lower()):
        seconds = int(match[1]) * _SECONDS[match[2]]
        return (now or datetime.now(UTC).replace(microsecond=0)) - timedelta(seconds=seconds)
    return time_of(text, " or a span such as 24h")


Config = Annotated[
    Path, typer.Option("-c", "--config", metavar="FILE", help="The configuration file.")
]
Now = Annotated[
    datetime | None,
    typer.Option(
        "--now", metavar="TIME", parser=time_of,
        help="Take this for the present time: the same input gives the same bytes.",
    ),
]  # fmt: skip
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Say more.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Say only what went wrong.")]
FormatName = Annotated[str, typer.Option("--format", metavar="FORMAT", help="rss, atom or json.")]
Slug = Annotated[str, typer.Argument(metavar="SLUG", help="A topic, or `all`.")]
TopicOption = Annotated[
    str, typer.Option("--topic", metavar="SLUG", help="Only the stories of this topic.")
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for programs.")]
Host = Annotated[str, typer.Option("--host", help="The address to listen on.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="The port to listen on.")]
LogFormat = Annotated[
    str, typer.Option("--log-format", metavar="FORMAT", help="text, or json: an object a line.")
]
