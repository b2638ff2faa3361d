"""Text in base64, as in Atom 0.3 and RFC 4287, section 4.1.3.3."""

from __future__ import annotations

import base64
import binascii


def decoded_base64(text: str) -> str:
    """The text that is encoded as base64 of UTF-8; ``""`` for anything else, such as images."""
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
