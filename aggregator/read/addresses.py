"""Addresses from outside, converted to valid URIs (RFC 3986)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from aggregator.identify import ascii_host
from aggregator.model import NO_WORDS, CleanText

MAX_URL = 2_048  # characters

_PLAIN_URL = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+/[\w.~!$&'()*+,;=:@%/?-]*(?:#[\w.~!$&'()*+,;=:@%/?-]*)?",
    re.ASCII,
)
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
# Characters that no URI may contain (RFC 3986, section 2); brackets only around a host.
_NOT_IN_URI = re.compile(r"[^A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]")
# What browsers remove from addresses (WHATWG URL, 4.4), and characters that no text may contain.
_REMOVED = re.compile("[\t\n\r\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


def http_url(url: str) -> CleanText:
    """The URI of an absolute http(s) address with a host and no credentials, else ``""``; also for
    one of more than `MAX_URL` characters.

    Hosts become ASCII (UTS 46); other characters that a URI must not contain become percent-encoded
    UTF-8.
    """
    if len(url) <= MAX_URL and _PLAIN_URL.fullmatch(url) and not _BAD_PERCENT.search(url):
        return CleanText(url)
    url = _REMOVED.sub("", url[: 4 * MAX_URL].strip())
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 -- raises ValueError for a port that is none
        host = parts.hostname or ""
    except ValueError:
        return NO_WORDS
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return NO_WORDS
    host = ascii_host(host)
    if not host:
        return NO_WORDS
    port = f":{parts.port}" if parts.port is not None else ""
    rest = url.partition("://")[2][len(parts.netloc) :]
    uri = f"{scheme}://{host}{port}{escaped(rest)}"
    return CleanText(uri if len(uri) <= MAX_URL else "")


def escaped(text: str) -> str:
    """The text, in which characters that a URI must not contain are percent-encoded as UTF-8; valid
    escapes stay."""
    head, separator, fragment = text.partition("#")
    text = head + separator + fragment.replace("#", "%23")
    text = _BAD_PERCENT.sub("%25", text)
    return _NOT_IN_URI.sub(_percent, text)


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "replace"))
