"""Which addresses may be connected to: public unicast ones, and the networks that the owner allows.

Python's ``ipaddress`` flags alone are incomplete (``is_private`` lacks multicast, NAT64 or
6to4, and differs between versions), so they are listed here. Sources: the IANA registries of
special-purpose addresses for IPv4 and IPv6, and RFC 6890 and its updates.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network

_SPECIAL_V4 = tuple(
    IPv4Network(net)
    for net in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared, carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relay
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)
_UNICAST_V6 = IPv6Network("2000::/3")
_SPECIAL_V6 = tuple(
    IPv6Network(net)
    for net in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarking
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries any IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_MAPPED = IPv6Network("::ffff:0:0/96")


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """The networks of texts such as ``127.0.0.1/32``. Raises ValueError."""
    return tuple(ip_network(text, strict=False) for text in texts)


@lru_cache(maxsize=4_096)  # each request checks several times, mostly the same few servers
def may_connect(address: str, allowed: tuple[Network, ...] = ()) -> bool:
    """Whether a connection to this IP address is allowed. A zone (``%eth0``) is never."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and ip in _MAPPED:
        ip = IPv4Address(int(ip) & 0xFFFFFFFF)
    if any(ip.version == network.version and ip in network for network in allowed):
        return True
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in _SPECIAL_V4)
    if ip.scope_id is not None or ip not in _UNICAST_V6:
        return False
    return not any(ip in network for network in _SPECIAL_V6)


def host_of(url: str) -> str:
    """The host that a URL names, in lower case; ``""`` where it names none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_allowed_private(url: str, allowed: tuple[Network, ...]) -> bool:
    """Whether a URL names a private address that the configuration allows: the owner's server."""
    host = host_of(url)
    return not may_connect(host) and may_connect(host, allowed)
