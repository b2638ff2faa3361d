"""JSON as publishers write it: the only place where it is parsed."""

from __future__ import annotations

import json
from typing import Any

from aggregator.errors import BadDocument

_DIGITS = 18  # more are a text: no id needs them, and Python takes quadratic time for them


def load_json(body: bytes) -> Any:
    """The value of a document in UTF-8. Raises BadDocument.

    Line breaks in strings, which RFC 8259 forbids, are read: generators write them. Numbers that
    no field has (of more digits than an id, or not finite) come as the text that they are.
    """
    try:
        text = body.decode("utf-8-sig", "replace")
        return json.loads(
            text, strict=False, parse_int=_whole_number, parse_constant=lambda name: name
        )
    except (ValueError, RecursionError) as error:
        raise BadDocument(f"not JSON: {str(error)[:120]}") from None


def _whole_number(digits: str) -> int | str:
    return int(digits) if len(digits) <= _DIGITS else digits
