"""Resolve the links of documents: relative ones to absolute URLs, invalid ones to ``""``."""

from __future__ import annotations

from urllib.parse import urljoin

from aggregator.model.urls import is_http_url

_MAX_LINK = 16_384  # characters of a link that are read


def absolute_url(base: str, link: str) -> str:
    """A link of a document relative to `base`, or ``""`` where it is invalid.

    An ampersand that was escaped once too often (``&amp;`` in CDATA) is read as one ampersand: no
    real address contains those five characters.
    """
    if "&" in link:
        link = link.replace("&amp;", "&").replace("&#38;", "&").replace("&#038;", "&")
    return resolved(base, link)


def resolved(base: str, link: str) -> str:
    """The link relative to `base` (RFC 3986, section 5), or ``""`` where it is invalid.

    `base` may be empty; ``//host/path`` then becomes https.
    """
    link = link.strip()[:_MAX_LINK]
    if is_http_url(link):
        return link
    if link.startswith("//") and not is_http_url(base):
        return f"https:{link}"
    try:
        return urljoin(base, link)
    except ValueError:  # such as an unclosed bracket
        return ""
