"""Connections: to public addresses, and from the configuration's own hosts to allowed networks too.

The address is checked where it is connected to: there is no second name resolution that could
answer otherwise.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from aggregator.read.guard import Network, host_of, is_own, may_connect

_HOST: ContextVar[str] = ContextVar("host", default="")  # that a request goes to
_Session = Callable[[], aiohttp.ClientSession]


class Refused(OSError):
    """Raised inside a connector for an address that must not be connected to."""


class Connections:
    """Two pools: what the configuration names (`own_hosts`; None: any host) may be in an allowed
    network, and nothing else may, whatever redirects there."""

    def __init__(
        self, allowed: tuple[Network, ...], own_hosts: frozenset[str] | None, at_once: int
    ) -> None:
        self._allowed = allowed
        self._own_hosts = own_hosts
        self._at_once = at_once
        self._own: set[str] = set()  # of the own hosts, those found to be in an allowed network
        # httpx's client would keep cookies, follow redirects and read the environment, all of which
        # we do not want: its transport alone is what we need.
        self._public = _transport(self._session(self._public_socket))
        self._private = _transport(self._session(self._own_socket))

    async def close(self) -> None:
        """Close all connections."""
        await self._public.aclose()
        await self._private.aclose()

    def is_own(self, url: str) -> bool:
        """Whether a URL is on a server of the owner: named by the configuration, and in a network
        that it allows. A host name counts once it was connected to."""
        host = host_of(url)
        return self._is_named(host) and (host in self._own or is_own(url, self._allowed))

    async def send(self, request: httpx.Request) -> httpx.Response:
        """One request, without redirects. Its body is not read yet."""
        host = request.url.host
        _HOST.set(host)
        transport = self._private if self._is_named(host) else self._public
        return await transport.handle_async_request(request)

    def _is_named(self, host: str) -> bool:
        return self._own_hosts is None or host in self._own_hosts

    def _session(self, connect: Callable[[Any], socket.socket]) -> _Session:
        def session() -> aiohttp.ClientSession:
            connector = aiohttp.TCPConnector(
                limit=self._at_once, socket_factory=connect, force_close=False
            )
            return aiohttp.ClientSession(
                connector=connector,
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                max_line_size=16_384,
                max_field_size=32_768,
            )

        return session

    def _public_socket(self, info: Any) -> socket.socket:
        """The last moment before a connection: `info` is the address that it goes to."""
        return _socket(info, ())

    def _own_socket(self, info: Any) -> socket.socket:
        """The same for a host that the configuration names."""
        made = _socket(info, self._allowed)
        if self._own_hosts is not None and not may_connect(info[4][0]):
            self._own.add(_HOST.get())
        return made


def _transport(session: _Session) -> AiohttpTransport:
    # The session makes its own TLS context; httpx's would be built for nothing.
    return AiohttpTransport(client=session, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


def _socket(info: Any, allowed: tuple[Network, ...]) -> socket.socket:
    address = info[4][0]
    if not may_connect(address, allowed):
        raise Refused(f"the address {address} is private or special")
    made = socket.socket(info[0], info[1], info[2])
    made.setblocking(False)
    return made
