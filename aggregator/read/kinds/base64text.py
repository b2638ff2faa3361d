"""Text in base64, as Atom 0.3 and RFC 4287, section 4.1.3.3, have it."""

from __future__ import annotations

import base64
import binascii


def decoded_base64(text: str) -> str:
    """The text that base64 of UTF-8 stands for, ``""`` where it is none, as with images."""
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
