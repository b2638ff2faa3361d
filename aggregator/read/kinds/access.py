"""Fields of what either feed parser gives: objects of one, dictionaries of the other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def get(holder: Any, name: str) -> Any:
    """A field, or None: both answer to ``get``."""
    try:
        return holder.get(name)
    except (AttributeError, KeyError, TypeError):
        return getattr(holder, name, None)


def text(holder: Any, name: str) -> str:
    """A field that is text, or ``""``."""
    value = get(holder, name)
    return value if isinstance(value, str) else ""


def many(holder: Any, name: str) -> Iterable[Any]:
    """A field that is a list, or nothing."""
    value = get(holder, name)
    return value if isinstance(value, list | tuple) else ()
