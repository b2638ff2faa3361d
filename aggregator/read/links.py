"""Links as documents write them: relative ones made absolute, impossible ones nothing."""

from __future__ import annotations

from urllib.parse import urljoin


def joined(base: str, link: str) -> str:
    """The link relative to `base` (RFC 3986, section 5), or ``""`` where it is none at all."""
    if link.startswith(("https://", "http://")):
        return link
    try:
        return urljoin(base, link.strip())
    except ValueError:  # such as an unclosed bracket
        return ""
