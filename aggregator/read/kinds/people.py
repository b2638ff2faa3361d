"""Names of people, from the forms in which feeds have them; addresses of e-mail go no further."""

from __future__ import annotations

import re
from collections.abc import Iterable

from aggregator.model import Text, TextKind

_MAX = 400  # characters of one author that are looked at
_EMAIL = re.compile(r"(?:mailto:)?[^\s<>()\[\]\",;:@]{1,64}@[^\s<>()\[\]\",;:@]{1,200}", re.I)
_MOST = 10


def person(value: str) -> str:
    """The name in ``address (Name)``, ``Name <address>`` or a name alone; ``""`` for an address."""
    value = value.strip()[:_MAX]
    if "@" not in value:
        return value
    rest = _EMAIL.sub(" ", value).replace("<", " ").replace(">", " ").strip()
    if rest.startswith("(") and rest.endswith(")"):
        rest = rest[1:-1]
    rest = rest.replace("( )", "").replace("()", "").strip(" \t\r\n\"'-,;:|")
    return " ".join(rest.split())


def people(values: Iterable[str]) -> Text:
    """The names of several people as one text, each once."""
    names = dict.fromkeys(name for value in values if (name := person(value)))
    return Text(", ".join(list(names)[:_MOST]), TextKind.UNSTATED)
