"""The type of a value that JSON can express."""

from __future__ import annotations

from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""A JSON value (RFC 8259), as ``json.loads`` returns it."""
