"""The HTTP client: all requests to the web go through this module, within limits.

There is one deadline for the whole exchange (all redirects, from connecting to the last byte), a
limit on the decoded body and on redirects; http and https only; no cookies, no Referer, no proxy
from the environment. ``connections`` checks the IP address when it connects.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import replace
from types import TracebackType
from typing import Self
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
from aggregator.read.guard import host_of
from aggregator.read.headers import hints_of
from aggregator.read.links import resolved
from aggregator.read.options import FetchOptions
from aggregator.read.outcomes import Failed, Fetched, Gone, NotModified, Outcome

_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, "
    "application/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
_MAX_VALIDATOR = 4_000  # characters of an ETag or a Last-Modified that is sent back
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Fetcher:
    """Fetches over one pool of connections; at most one request per host at a time."""

    def __init__(self, options: FetchOptions) -> None:
        self.options = options
        # Weak: only locks in use stay, because redirects can name any number of hosts.
        self._host_locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._slots = asyncio.Semaphore(options.max_requests)
        self._connections = Connections(
            options.allow_networks, options.configured_hosts, options.max_requests
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._connections.close()

    def is_trusted(self, url: str) -> bool:
        """Whether a URL is on a server that the configuration names and allows by its network."""
        return self._connections.is_trusted(url)

    async def fetch(
        self,
        url: str,
        etag: str = "",
        last_modified: str = "",
        *,
        accept: str = _ACCEPT,
        max_bytes: int | None = None,
    ) -> Outcome:
        """GET the URL, conditionally where validators are given (RFC 9110, section 13). `accept`
        are the media types that are wanted, `max_bytes` is another limit than that of the options.

        Errors are returned as `Failed`, not raised.
        """
        headers = {b"Accept": accept.encode()}
        if etag:
            headers[b"If-None-Match"] = etag.encode()
        if last_modified:
            headers[b"If-Modified-Since"] = last_modified.encode()
        try:
            limit = self.options.max_bytes if max_bytes is None else max_bytes
            return await self._follow(url, headers, limit)
        except TimeoutError:
            reason = f"timed out: no complete response within {self.options.deadline:g} s"
            return Failed(reason, kind=FailureKind.TIMEOUT)
        except FetchError as error:
            kind = FailureKind(error.kind)
            return Failed(error.reason, unreachable=error.unreachable, kind=kind)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> str:
        """POST a body. Redirects are not followed. Returns the reason of a failure, ``""`` on
        success (2xx)."""
        try:
            _check_url(url)
            async with self._slots, asyncio.timeout(self.options.deadline), _translated_errors():
                agent = {"User-Agent": self.options.user_agent, **headers}
                request = httpx.Request("POST", url, content=body, headers=agent)
                response = await self._connections.send(request)
                try:
                    return "" if response.is_success else f"HTTP {response.status_code}"
                finally:
                    await response.aclose()
        except TimeoutError:
            return f"timed out: no response within {self.options.deadline:g} s"
        except FetchError as error:
            return error.reason

    async def _follow(self, url: str, headers: dict[bytes, bytes], limit: int) -> Outcome:
        """Follow the redirects. The deadline excludes the time spent waiting for a host's lock."""
        time_left = self.options.deadline
        permanent, retry_after, hops = True, 0, 0
        clock = asyncio.get_running_loop().time
        while hops <= self.options.max_redirects:
            _check_url(url)
            async with (
                self._host_turn(url),
                self._slots,
                asyncio.timeout(time_left),
                _translated_errors(),
            ):
                start = clock()
                async with self._get(url, headers) as response:
                    if response.status_code not in _REDIRECTS:
                        outcome = await self._outcome(url, response, limit)
                        return _after_hops(outcome, permanent and hops > 0, retry_after)
                    location = response.headers.get("location", "")
                    if not location:
                        reason = f"HTTP {response.status_code}: redirect without a Location"
                        return Failed(reason, kind=FailureKind.REDIRECT)
                    permanent = permanent and response.status_code in (301, 308)
                    retry_after = max(retry_after, hints_of(response.headers).retry_after)
                url = resolved(url, location)
                time_left -= clock() - start
                hops += 1
        reason = f"more than {self.options.max_redirects} redirects"
        return Failed(reason, kind=FailureKind.REDIRECT)

    def _host_turn(self, url: str) -> AbstractAsyncContextManager[None]:
        """One request per host at a time, as publishers expect; not on trusted servers."""
        if self.is_trusted(url):
            return nullcontext()
        return self._host_locks.setdefault(host_of(url), asyncio.Lock())

    @asynccontextmanager
    async def _get(self, url: str, headers: dict[bytes, bytes]) -> AsyncIterator[httpx.Response]:
        request = httpx.Request(
            "GET",
            url,
            headers={
                b"User-Agent": self.options.user_agent.encode(),
                b"Accept-Encoding": b"gzip, deflate",
                **headers,
            },
        )
        response = await self._connections.send(request)
        try:
            yield response
        finally:
            await response.aclose()

    async def _outcome(self, url: str, response: httpx.Response, limit: int) -> Outcome:
        status = response.status_code
        hints = hints_of(response.headers)
        etag = _validator(response, b"etag")
        last_modified = _validator(response, b"last-modified")
        if status == 304:
            if not {"if-none-match", "if-modified-since"} & set(response.request.headers):
                reason = "HTTP 304 Not Modified, though the request was not conditional"
                return Failed(reason, kind=FailureKind.HTTP, status=304)
            return NotModified(etag, last_modified, hints)
        if status == 410:
            return Gone(url)
        if status != 200:
            reason = f"HTTP {status} {httpx.codes.get_reason_phrase(status)}".strip()
            return Failed(reason, hints=hints, kind=FailureKind.HTTP, status=status)
        body = await _body(response, limit)
        content_type = response.headers.get("content-type", "")
        links = {
            relation: http_url(resolved(url, link.get("url", "")))
            for relation, link in response.links.items()
        }
        return Fetched(
            url,
            body,
            content_type,
            etag,
            last_modified,
            hints=hints,
            hub=links.get("hub", NO_WORDS),
            self_url=links.get("self", NO_WORDS),
        )


async def _body(response: httpx.Response, limit: int) -> bytes:
    """The decoded body. Never more than `limit` bytes of it are in memory. Raises FetchError."""
    length = response.headers.get("content-length", "")
    if length.isascii() and length.isdecimal() and int(length[:18]) > limit:
        raise FetchError(f"too large: more than {limit:,} bytes", kind=FailureKind.SIZE)
    decode = decoder(response.headers.get("content-encoding", ""))
    chunks, size = [], 0
    async for raw in response.aiter_raw():
        for chunk in decode.chunks(raw, limit - size + 1):
            size += len(chunk)
            chunks.append(chunk)
            if size > limit:
                raise FetchError(f"too large: more than {limit:,} bytes", kind=FailureKind.SIZE)
    decode.finish()
    return b"".join(chunks)


@asynccontextmanager
async def _translated_errors() -> AsyncIterator[None]:
    """Raise the exceptions of the HTTP libraries as FetchError, with a readable reason."""
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError, ValueError) as error:
        chain = list(_chain(error))
        refused = next((cause for cause in chain if isinstance(cause, Refused)), None)
        if refused is not None:
            raise AddressRefused(f"refused: {refused}") from error
        text = " ".join(str(chain[0]).split())[:200] or type(error).__name__
        raise FetchError(_reason(chain, text), unreachable=_unreachable(chain)) from error


def _chain(error: BaseException) -> list[BaseException]:
    """The error, its causes and contexts, and the members of groups; each once."""
    errors: list[BaseException] = []
    pending: list[BaseException | None] = [error]
    while pending:
        current = pending.pop(0)
        if current is None or current in errors:
            continue
        errors.append(current)
        pending += [current.__cause__, current.__context__, getattr(current, "os_error", None)]
        pending += list(getattr(current, "exceptions", ()))
    return errors


def _reason(chain: list[BaseException], text: str) -> str:
    if any(
        isinstance(cause, ConnectionResetError | aiohttp.ServerDisconnectedError) for cause in chain
    ):
        return f"the connection was closed before the response was complete ({text})"
    if any(isinstance(cause, aiohttp.ClientPayloadError) for cause in chain):
        return f"the response is incomplete ({text})"
    if any(isinstance(cause, aiohttp.ClientResponseError) for cause in chain):
        return f"not valid HTTP: {text}"
    return f"cannot be fetched: {text}"


def _unreachable(chain: list[BaseException]) -> bool:
    """Whether no connection was made at all: no name resolution, no route, no listener."""
    return any(isinstance(cause, aiohttp.ClientConnectorError | socket.gaierror) for cause in chain)


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


def _validator(response: httpx.Response, name: bytes) -> CleanText:
    """A validator as it was received; ``""`` where it cannot be sent back unchanged."""
    for key, value in response.headers.raw:
        if key.lower() == name:
            try:
                return unchanged_if_clean(value.decode(), _MAX_VALIDATOR)
            except UnicodeDecodeError:
                return NO_WORDS
    return NO_WORDS


def _after_hops(outcome: Outcome, permanent: bool, retry_after: int) -> Outcome:
    """The outcome with the Retry-After and the permanence of the redirects before it."""
    if isinstance(outcome, Gone):
        return outcome
    wait = max(outcome.hints.retry_after, retry_after)
    outcome = replace(outcome, hints=replace(outcome.hints, retry_after=wait))
    return replace(outcome, permanent=permanent) if isinstance(outcome, Fetched) else outcome
