"""JSON from outside, parsed leniently; all of it is parsed here."""

from __future__ import annotations

import json

from aggregator.errors import BadDocument
from aggregator.model import Json

_DIGITS = 18  # longer numbers stay text: Python parses them in quadratic time


def load_json(body: bytes) -> Json:
    """The value of a document in UTF-8. Raises BadDocument.

    Line breaks in strings are accepted, though RFC 8259 forbids them: generators write them.
    Numbers of more than 18 digits and the names ``NaN`` and ``Infinity`` are returned as text.
    """
    try:
        text = body.decode("utf-8-sig", "replace")
        value: Json = json.loads(
            text, strict=False, parse_int=_whole_number, parse_constant=lambda name: name
        )
    except (ValueError, RecursionError) as error:
        raise BadDocument(f"not JSON: {str(error)[:120]}") from None
    return value


def _whole_number(digits: str) -> int | str:
    return int(digits) if len(digits) <= _DIGITS else digits
