"""Names of people, in the forms that feeds use; e-mail addresses are removed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from aggregator.model import Text, TextKind

_MAX_LENGTH = 400  # characters of one author that are read
_EMAIL = re.compile(r"(?:mailto:)?[^\s<>()\[\]\",;:@]{1,64}@[^\s<>()\[\]\",;:@]{1,200}", re.I)
_MAX_PEOPLE = 10


def person(value: str) -> str:
    """The name in ``address (Name)``, ``Name <address>`` or a name alone; ``""`` for an
    address."""
    value = value.strip()[:_MAX_LENGTH]
    if "@" not in value:
        return value
    rest = _EMAIL.sub(" ", value).replace("<", " ").replace(">", " ").strip()
    if rest.startswith("(") and rest.endswith(")"):
        rest = rest[1:-1]
    rest = rest.replace("( )", "").replace("()", "").strip(" \t\r\n\"'-,;:|")
    return " ".join(rest.split())


def people(values: Iterable[str]) -> Text:
    """The names of several people as one text, separated by commas, each once; at most ten."""
    names = dict.fromkeys(name for value in values if (name := person(value)))
    return Text(", ".join(list(names)[:_MAX_PEOPLE]), TextKind.UNSTATED)
