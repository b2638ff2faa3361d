"""Resolve the links of documents: relative ones to absolute URLs, invalid ones to ``""``."""

from __future__ import annotations

from urllib.parse import urljoin

from aggregator.model.urls import is_http_url

_MAX = 16_384


def absolute_url(base: str, link: str) -> str:
    """A link of a document relative to `base`, or ``""`` where it is invalid.

    An ampersand that was escaped once more than XML requires (``&amp;`` in CDATA) is one ampersand:
    no address of a page holds those five characters.
    """
    if "&" in link:
        link = link.replace("&amp;", "&").replace("&#38;", "&").replace("&#038;", "&")
    return resolved(base, link)


def resolved(base: str, link: str) -> str:
    """The link relative to `base` (RFC 3986, section 5), or ``""`` where it is invalid.

    `base` may be empty: ``//host/path`` is taken for https then.
    """
    link = link.strip()[:_MAX]
    if is_http_url(link):
        return link
    if link.startswith("//") and not is_http_url(base):
        return f"https:{link}"
    try:
        return urljoin(base, link)
    except ValueError:  # such as an unclosed bracket
        return ""
