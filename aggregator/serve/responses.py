"""Bytes to a response: its coding, its validators, and what caches and browsers may do with it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from aggregator.serve.conditional import is_not_modified
from aggregator.serve.http_errors import SECURITY
from aggregator.serve.output_cache import CODINGS, Representation


def answer(
    request: Request,
    served: Representation,
    max_age: int,
    links: Iterable[str] = (),
    *,
    private: bool = False,
) -> Response:
    """200 with the body, or 304 without one (RFC 9110, section 13.2.2). `max_age` in seconds;
    `links` are values of ``Link`` (RFC 8288); what is `private` no shared cache may keep."""
    coding = _coding(request.headers.get("accept-encoding", "")) if served.worth_coding else ""
    control = f"{'private' if private else 'public'}, max-age={max_age}"
    fields = (
        ("etag", served.etag(coding)),
        ("last-modified", served.last_modified),
        ("cache-control", control),
        ("vary", "Accept-Encoding, Sec-Fetch-Dest"),
        ("access-control-allow-origin", "" if private else "*"),
        ("link", ", ".join(links)),
    )
    if is_not_modified(request.headers, served.etags, served.last_modified):
        return _Ready(304, b"", _headers(fields))
    body = served.coded(coding)
    content = (
        ("content-encoding", coding),
        ("content-type", _media_type(request, served)),
        ("content-length", str(len(body))),
    )
    return _Ready(200, body, _headers(fields + content))


def no_store_page(body: bytes, status: int = 200) -> Response:
    """A page that no cache may store: it depends on the session, or soon changes."""
    return HTMLResponse(body, status, {**SECURITY, "Cache-Control": "no-store"})


def link(url: str, rel: str, media_type: str = "") -> str:
    """A value of ``Link``."""
    kind = f'; type="{media_type}"' if media_type else ""
    return f'<{url}>; rel="{rel}"{kind}'


_WEIGHT = re.compile(r"\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*")


class _Ready(Response):
    """A response with encoded headers, which are cached: most responses are requested often."""

    def __init__(self, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        self.status_code = status
        self.body = body
        self.raw_headers = headers
        self.background = None


def _headers(fields: tuple[tuple[str, str], ...]) -> list[tuple[bytes, bytes]]:
    return list(_encoded(fields))


@lru_cache(maxsize=1_024)
def _encoded(fields: tuple[tuple[str, str], ...]) -> tuple[tuple[bytes, bytes], ...]:
    """The headers as they are sent; empty ones are left out."""
    every = (*((name.lower(), value) for name, value in SECURITY.items()), *fields)
    return tuple((name.encode(), value.encode("latin-1")) for name, value in every if value)


def _media_type(request: Request, served: Representation) -> str:
    """Its own; to a browser that opens a feed in a tab, the one by which it shows XML with its
    style sheet, and not as text. No feed reader sends this header."""
    kind = served.media_type
    if kind.endswith("+xml") and request.headers.get("sec-fetch-dest") == "document":
        return "application/xml"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


@lru_cache(maxsize=256)
def _coding(accepted: str) -> str:
    """The content coding that is accepted with the highest weight, of equal ones the better one;
    ``""`` for none (RFC 9110, sections 12.4.2 and 12.5.3). A weight that is not written as the
    section has it counts as 1."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameters = part.partition(";")
        match = _WEIGHT.fullmatch(parameters)
        weights.setdefault(name.strip(), float(match[1]) if match else 1.0)
    others = weights.get("*", 0.0)
    offered = {name: weights.get(name, others) for name in CODINGS}
    best = max(CODINGS, key=lambda name: offered[name])  # the first of the best
    plain = weights.get("identity", others if "*" in weights else 1.0)
    named = weights.get(best, 0.0) > 0
    if "identity" in weights and (plain > offered[best] or (plain == offered[best] and not named)):
        return ""
    return best if offered[best] > 0 else ""
