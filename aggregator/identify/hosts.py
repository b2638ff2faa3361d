"""Host names in ASCII, as resolvers and browsers use them."""

from __future__ import annotations

import re
from functools import lru_cache

_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_IPV6 = re.compile(r"[0-9a-f:.]{2,45}")
_MAX_HOST = 253  # octets (RFC 1035, section 2.3.4)


@lru_cache(maxsize=8_192)
def ascii_host(host: str) -> str:
    """The host in lower-case ASCII without a trailing dot; ``""`` if it is not a host name.

    An IPv6 address is returned in brackets (RFC 3986, section 3.2.2). An address with a zone is
    rejected: a zone has a meaning on its own machine only, and may contain any character.

    International names are mapped by UTS 46, non-transitional, as browsers do: ``straße`` and
    ``strasse`` are different hosts. Names that IDNA 2008 forbids and browsers accept all the same
    (emoji) are encoded label by label.
    """
    if ":" in host:
        address = host.lower()
        return f"[{address}]" if _IPV6.fullmatch(address) else ""
    host = host.rstrip(".").lower() if host.isascii() else _mapped(host)
    return host if len(host) <= _MAX_HOST and _HOST.fullmatch(host) else ""


def _mapped(host: str) -> str:
    if len(host) > _MAX_HOST:
        return ""
    import idna  # loaded only for international names: its tables take long to load

    try:
        return idna.encode(host, uts46=True, transitional=False).decode("ascii").rstrip(".")
    except (idna.IDNAError, UnicodeError):
        pass
    try:
        mapped = idna.uts46_remap(host, std3_rules=False, transitional=False).rstrip(".")
        return ".".join(_label(label) for label in mapped.split("."))
    except (idna.IDNAError, UnicodeError):
        return ""


def _label(label: str) -> str:
    return label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}"
