"""The log of the daemon on standard error: one line per record, as text or JSON."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from aggregator.cli.session import printable
from aggregator.errors import ConfigError

LOG_FORMATS = ("text", "json")
_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def log_to_stderr(log_format: str, *, verbose: bool, quiet: bool) -> None:
    """Send the log to standard error in one of LOG_FORMATS. Raises ConfigError for another."""
    if log_format not in LOG_FORMATS:
        raise ConfigError([f"--log-format {log_format}: must be one of {', '.join(LOG_FORMATS)}"])
    level = logging.DEBUG if verbose else logging.WARNING if quiet else logging.INFO
    handler = logging.StreamHandler()
    handler.setFormatter(_Json() if log_format == "json" else _Text())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("aggregator").setLevel(level)


class _Text(logging.Formatter):
    """``time LEVEL message`` on one line, without control characters from outside."""

    def format(self, record: logging.LogRecord) -> str:
        message = printable(super().format(record)).replace("\n", " ")
        return f"{_time(record)} {record.levelname} {message}"


class _Json(logging.Formatter):
    """One object per line: time, level, logger, message, and the `extra` fields of the record."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": printable(super().format(record)),
        }
        for name, value in vars(record).items():
            if name not in _STANDARD_FIELDS:
                fields[name] = printable(value) if isinstance(value, str) else value
        return json.dumps(fields, ensure_ascii=False, default=str)


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
