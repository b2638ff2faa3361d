"""Connections to public addresses and, for configured hosts, to the allowed networks.

The IP address is checked just before the connection to it, so that no second name resolution can
give another address (DNS rebinding).
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextvars import ContextVar

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from aggregator.read.guard import Network, host_of, is_allowed_private, may_connect

_HOST: ContextVar[str] = ContextVar("host", default="")  # of the current request
_Session = Callable[[], aiohttp.ClientSession]


class Refused(OSError):
    """Raised inside a connector for an address that must not be connected to."""


class Connections:
    """Two connection pools. The hosts that the configuration names (`configured_hosts`; None: any
    host) may be in an allowed network; no other host may, even if a redirect leads there."""

    def __init__(
        self,
        allowed: tuple[Network, ...],
        configured_hosts: frozenset[str] | None,
        max_connections: int,
    ) -> None:
        self._allowed = allowed
        self._configured_hosts = configured_hosts
        self._max_connections = max_connections
        self._connected_private_hosts: set[str] = set()  # those in an allowed network
        # Only httpx's transport: its client would keep cookies, follow redirects and read the
        # environment.
        self._public = _transport(self._session(self._public_socket))
        self._private = _transport(self._session(self._configured_socket))

    async def close(self) -> None:
        """Close all connections."""
        await self._public.aclose()
        await self._private.aclose()

    def is_trusted(self, url: str) -> bool:
        """Whether the configuration names the host of a URL and allows its network.

        A host name counts only after a connection to it: until then its address is unknown.
        """
        host = host_of(url)
        return self._is_named(host) and (
            host in self._connected_private_hosts or is_allowed_private(url, self._allowed)
        )

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Send one request without following redirects. The body of the response is not read yet.

        Raises httpx.HTTPError or Refused (perhaps wrapped).
        """
        host = request.url.host
        _HOST.set(host)
        transport = self._private if self._is_named(host) else self._public
        return await transport.handle_async_request(request)

    def _is_named(self, host: str) -> bool:
        return self._configured_hosts is None or host in self._configured_hosts

    def _session(self, connect: Callable[[aiohttp.AddrInfoType], socket.socket]) -> _Session:
        def session() -> aiohttp.ClientSession:
            connector = aiohttp.TCPConnector(
                limit=self._max_connections, socket_factory=connect, force_close=False
            )
            return aiohttp.ClientSession(
                connector=connector,
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                max_line_size=16_384,
                max_field_size=32_768,
            )

        return session

    def _public_socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        """Called just before a connection; `info` is the resolved address, as in getaddrinfo."""
        return _socket(info, ())

    def _configured_socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        """The same for a host that the configuration names."""
        connection = _socket(info, self._allowed)
        if self._configured_hosts is not None and not may_connect(info[4][0]):
            self._connected_private_hosts.add(_HOST.get())
        return connection


def _transport(session: _Session) -> AiohttpTransport:
    # The session has its own TLS context; the one that httpx would build is not used.
    return AiohttpTransport(client=session, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


def _socket(info: aiohttp.AddrInfoType, allowed: tuple[Network, ...]) -> socket.socket:
    address = info[4][0]
    if not may_connect(address, allowed):
        raise Refused(f"the address {address} is private or special")
    connection = socket.socket(info[0], info[1], info[2])
    connection.setblocking(False)
    return connection
