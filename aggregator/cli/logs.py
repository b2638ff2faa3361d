"""The daemon's log on standard error: a line a fact, as text or as JSON with a field for each."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from aggregator.cli.session import printable
from aggregator.errors import ConfigError

LOG_FORMATS = ("text", "json")
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def log_to_stderr(log_format: str, *, verbose: bool, quiet: bool) -> None:
    """Send the log to standard error. Raises ConfigError for an unknown format."""
    if log_format not in LOG_FORMATS:
        raise ConfigError([f"--log-format {log_format}: not one of {', '.join(LOG_FORMATS)}"])
    level = logging.DEBUG if verbose else logging.WARNING if quiet else logging.INFO
    handler = logging.StreamHandler()
    handler.setFormatter(_Json() if log_format == "json" else _Text())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("aggregator").setLevel(level)


class _Text(logging.Formatter):
    """``time LEVEL message``; what came from outside cannot begin a line or move the cursor."""

    def format(self, record: logging.LogRecord) -> str:
        message = printable(super().format(record)).replace("\n", " ")
        return f"{_time(record)} {record.levelname} {message}"


class _Json(logging.Formatter):
    """One object a line: time, level, message, and the facts of the record by their names."""

    def format(self, record: logging.LogRecord) -> str:
        facts = {name: value for name, value in vars(record).items() if name not in _USUAL}
        fields = {
            "time": _time(record), "level": record.levelname.lower(), "logger": record.name,
            "message": printable(super().format(record)),
            **{k: printable(v) if isinstance(v, str) else v for k, v in facts.items()},
        }  # fmt: skip
        return json.dumps(fields, ensure_ascii=False, default=str)


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
