"""The only door to the web: one URL fetched, politely and within bounds.

One deadline over the whole exchange (all hops, connect to last byte), a limit on the decoded
body, at most ten redirects, http and https only, no cookies, no Referer, no proxy from the
environment, and a check of the address that is really connected to, at the moment of connecting:
there is no second name resolution that could answer otherwise.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import aiohttp
import httpx

from aggregator.errors import AddressRefused, FetchError
from aggregator.model import NO_WORDS, CleanText, FailureKind
from aggregator.read.addresses import http_url
from aggregator.read.cleaning import unchanged_if_clean
from aggregator.read.codings import decoder
from aggregator.read.connections import Connections, Refused
from aggregator.read.guard import Network, host_of, networks
from aggregator.read.headers import hints_of
from aggregator.read.links import resolved
from aggregator.read.options import USER_AGENT, ReadOptions
from aggregator.read.outcomes import Failed, Fetched, Gone, NotModified, Outcome


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """How to fetch. Times in seconds, sizes in bytes."""

    user_agent: str = USER_AGENT
    allow_networks: tuple[Network, ...] = ()
    own_hosts: frozenset[str] | None = None
    deadline: float = 20.0
    max_bytes: int = 15_000_000
    max_redirects: int = 10
    at_once: int = 32

    @classmethod
    def of(cls, options: ReadOptions) -> Self:
        """What the configuration says. Raises ValueError for a network that is none."""
        allowed = networks(options.allow_networks)
        return cls(options.user_agent, allowed, options.own_hosts, deadline=options.deadline)


_ACCEPT = (
    b"application/atom+xml, application/rss+xml, application/feed+json, "
    b"application/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
_MAX_VALIDATOR = 4_000
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Fetcher:
    """Fetches over one pool of connections; one request a host at a time."""

    def __init__(self, options: FetchOptions) -> None:
        self.options = options
        # Only the locks that somebody holds or waits for: redirects can name any number of hosts.
        self._hosts: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._slots = asyncio.Semaphore(options.at_once)
        self._connections = Connections(options.allow_networks, options.own_hosts, options.at_once)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._connections.close()

    def is_own(self, url: str) -> bool:
        """Whether a URL is on a server of the owner."""
        return self._connections.is_own(url)

    async def fetch(self, url: str, etag: str = "", last_modified: str = "") -> Outcome:
        """GET the URL, conditionally where validators are given (RFC 9110, section 13)."""
        headers = {}
        if etag:
            headers[b"If-None-Match"] = etag.encode()
        if last_modified:
            headers[b"If-Modified-Since"] = last_modified.encode()
        try:
            return await self._follow(url, headers)
        except TimeoutError:
            reason = f"timed out: no whole answer within {self.options.deadline:g} s"
            return Failed(reason, kind=FailureKind.TIMEOUT)
        except FetchError as error:
            kind = FailureKind(error.kind)
            return Failed(error.reason, unreachable=error.unreachable, kind=kind)

    async def post(self, url: str, fields: Mapping[str, str]) -> str:
        """POST a form, to a hub. Returns why it was not accepted, ``""`` where it was."""
        try:
            _check_url(url)
            async with self._slots, asyncio.timeout(self.options.deadline), _translated():
                request = httpx.Request(
                    "POST", url, data=dict(fields),
                    headers={"User-Agent": self.options.user_agent},
                )  # fmt: skip
                response = await self._connections.send(request)
                try:
                    return "" if response.is_success else f"HTTP {response.status_code}"
                finally:
                    await response.aclose()
        except TimeoutError:
            return f"timed out: no answer within {self.options.deadline:g} s"
        except FetchError as error:
            return error.reason

    async def _follow(self, url: str, headers: dict[bytes, bytes]) -> Outcome:
        """Hop by hop. The deadline counts the exchange, not the wait for a host's turn."""
        left = self.options.deadline
        permanent, retry_after, hops = True, 0, 0
        clock = asyncio.get_running_loop().time
        while hops <= self.options.max_redirects:
            _check_url(url)
            async with self._turn(url), self._slots, asyncio.timeout(left), _translated():
                start = clock()
                async with self._get(url, headers) as response:
                    if response.status_code not in _REDIRECTS:
                        found = await self._outcome(url, response)
                        return _after_hops(found, permanent and hops > 0, retry_after)
                    location = response.headers.get("location", "")
                    if not location:
                        reason = f"HTTP {response.status_code}: redirect without a Location"
                        return Failed(reason, kind=FailureKind.REDIRECT)
                    permanent = permanent and response.status_code in (301, 308)
                    retry_after = max(retry_after, hints_of(response.headers).retry_after)
                url = resolved(url, location)
                left -= clock() - start
                hops += 1
        reason = f"more than {self.options.max_redirects} redirects"
        return Failed(reason, kind=FailureKind.REDIRECT)

    def _turn(self, url: str) -> AbstractAsyncContextManager[None]:
        """One request a host at a time: publishers mind more. The owner's own servers do not."""
        if self.is_own(url):
            return nullcontext()
        return self._hosts.setdefault(host_of(url), asyncio.Lock())

    @asynccontextmanager
    async def _get(self, url: str, headers: dict[bytes, bytes]) -> AsyncIterator[httpx.Response]:
        request = httpx.Request(
            "GET",
            url,
            headers={
                b"User-Agent": self.options.user_agent.encode(),
                b"Accept": _ACCEPT,
                b"Accept-Encoding": b"gzip, deflate",
                **headers,
            },
        )
        response = await self._connections.send(request)
        try:
            yield response
        finally:
            await response.aclose()

    async def _outcome(self, url: str, response: httpx.Response) -> Outcome:
        status = response.status_code
        hints = hints_of(response.headers)
        etag = _opaque(response, b"etag")
        last_modified = _opaque(response, b"last-modified")
        if status == 304:
            if not {"if-none-match", "if-modified-since"} & set(response.request.headers):
                reason = "HTTP 304 Not Modified, though nothing was asked conditionally"
                return Failed(reason, kind=FailureKind.HTTP, status=304)
            return NotModified(etag, last_modified, hints)
        if status == 410:
            return Gone(url)
        if status != 200:
            reason = f"HTTP {status} {httpx.codes.get_reason_phrase(status)}".strip()
            return Failed(reason, hints=hints, kind=FailureKind.HTTP, status=status)
        body = await self._body(response)
        content_type = response.headers.get("content-type", "")
        named = {
            relation: http_url(resolved(url, link.get("url", "")))
            for relation, link in response.links.items()
        }
        return Fetched(
            url, body, content_type, etag, last_modified, hints=hints,
            hub=named.get("hub", NO_WORDS), self_url=named.get("self", NO_WORDS),
        )  # fmt: skip

    async def _body(self, response: httpx.Response) -> bytes:
        """The decoded body, never more of it in memory than the limit."""
        limit = self.options.max_bytes
        length = response.headers.get("content-length", "")
        if length.isascii() and length.isdecimal() and int(length[:18]) > limit:
            raise FetchError(f"too large: more than {limit:,} bytes", kind="too_large")
        decode = decoder(response.headers.get("content-encoding", ""))
        chunks, size = [], 0
        async for raw in response.aiter_raw():
            for chunk in decode.chunks(raw, limit - size + 1):
                size += len(chunk)
                chunks.append(chunk)
                if size > limit:
                    raise FetchError(f"too large: more than {limit:,} bytes", kind="too_large")
        decode.finish()
        return b"".join(chunks)


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    """Another library's exceptions as ours, with a reason in words."""
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError, ValueError) as error:
        chain = list(_chain(error))
        refused = next((one for one in chain if isinstance(one, Refused)), None)
        if refused is not None:
            raise AddressRefused(f"refused: {refused}") from error
        text = " ".join(str(chain[0]).split())[:200] or type(error).__name__
        raise FetchError(*_words(chain, text), unreachable=_unreachable(chain)) from error


def _chain(error: BaseException) -> Any:
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        current = waiting.pop(0)
        if current is None or current in seen:
            continue
        seen.append(current)
        waiting += [current.__cause__, current.__context__, getattr(current, "os_error", None)]
        waiting += list(getattr(current, "exceptions", ()))
    return seen


def _words(chain: list[BaseException], text: str) -> tuple[str]:
    if any(
        isinstance(one, ConnectionResetError | aiohttp.ServerDisconnectedError) for one in chain
    ):
        return (f"the connection was closed before the answer was whole ({text})",)
    if any(isinstance(one, aiohttp.ClientPayloadError) for one in chain):
        return (f"the answer is incomplete ({text})",)
    if any(isinstance(one, aiohttp.ClientResponseError) for one in chain):
        return (f"not valid HTTP: {text}",)
    return (f"cannot be fetched: {text}",)


def _unreachable(chain: list[BaseException]) -> bool:
    """No connection came about at all: no name service, no route, nobody listening."""
    return any(isinstance(one, aiohttp.ClientConnectorError | socket.gaierror) for one in chain)


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise AddressRefused(f"refused: not a valid URL ({error})") from None
    if parts.scheme not in ("http", "https"):
        raise AddressRefused(f"refused: the scheme {parts.scheme!r} is not allowed")
    if not host or "@" in parts.netloc:
        raise AddressRefused("refused: a URL without a host, or with a password in it")


def _opaque(response: httpx.Response, name: bytes) -> CleanText:
    """A validator byte for byte, so that it goes back as it came; ``""`` where it cannot."""
    for key, value in response.headers.raw:
        if key.lower() == name:
            try:
                return unchanged_if_clean(value.decode(), _MAX_VALIDATOR)
            except UnicodeDecodeError:
                return NO_WORDS
    return NO_WORDS


def _after_hops(found: Outcome, permanent: bool, retry_after: int) -> Outcome:
    """The outcome with what the redirects on the way said."""
    if isinstance(found, Gone):
        return found
    wait = max(found.hints.retry_after, retry_after)
    found = replace(found, hints=replace(found.hints, retry_after=wait))
    return replace(found, permanent=permanent) if isinstance(found, Fetched) else found
