"""Fields of what either feed parser gives: objects of one, dictionaries of the other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def get(holder: Any, name: str) -> Any:
    """A field, or None: both answer to ``get``."""
    return holder.get(name) if holder is not None else None


def text(holder: Any, name: str) -> str:
    """A field that is text, or ``""``."""
    value = holder.get(name) if holder is not None else None
    return value if isinstance(value, str) else ""


def many(holder: Any, name: str) -> Iterable[Any]:
    """A field that is a list, or nothing."""
    value = holder.get(name) if holder is not None else None
    return value if isinstance(value, list | tuple) else ()
