"""Representations to responses: content coding, validators, and headers for caches and browsers."""

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
    representation: Representation,
    max_age: int,
    links: Iterable[str] = (),
    *,
    private: bool = False,
    vary: str = "",
) -> Response:
    """200 with the body, or 304 without one (RFC 9110, section 13.2.2). `max_age` is in seconds;
    `links` are values of ``Link`` (RFC 8288); no shared cache may store a `private` response;
    `vary` names the headers of the request, beside Accept-Encoding, that choose the response."""
    accepted = request.headers.get("accept-encoding", "")
    coding = _coding(accepted) if representation.worth_coding else ""
    control = f"{'private' if private else 'public'}, max-age={max_age}"
    fields = (
        ("etag", representation.etag(coding)),
        ("last-modified", representation.last_modified),
        ("cache-control", control),
        ("vary", f"Accept-Encoding, {vary or 'Sec-Fetch-Dest'}"),
        ("access-control-allow-origin", "" if private else "*"),
        ("link", ", ".join(links)),
    )
    if is_not_modified(request.headers, representation.etags, representation.last_modified):
        return _EncodedResponse(304, b"", _headers(fields))
    body = representation.coded(coding)
    content = (
        ("content-encoding", coding),
        ("content-type", _media_type(request, representation)),
        ("content-length", str(len(body))),
    )
    return _EncodedResponse(200, body, _headers(fields + content))


def no_store_page(body: bytes, status: int = 200) -> Response:
    """A page that no cache may store, because it depends on the session or soon changes."""
    return HTMLResponse(body, status, {**SECURITY, "Cache-Control": "no-store"})


def link(url: str, rel: str, media_type: str = "") -> str:
    """A value of ``Link`` (RFC 8288), with a type if one is given."""
    kind = f'; type="{media_type}"' if media_type else ""
    return f'<{url}>; rel="{rel}"{kind}'


_WEIGHT = re.compile(r"\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*")


class _EncodedResponse(Response):
    """A response whose headers are already encoded, because encoding them is cached."""

    def __init__(self, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        self.status_code = status
        self.body = body
        self.raw_headers = headers
        self.background = None


def _headers(fields: tuple[tuple[str, str], ...]) -> list[tuple[bytes, bytes]]:
    return list(_encoded(fields))


@lru_cache(maxsize=1_024)
def _encoded(fields: tuple[tuple[str, str], ...]) -> tuple[tuple[bytes, bytes], ...]:
    """The headers as bytes, without empty ones."""
    all_fields = (*((name.lower(), value) for name, value in SECURITY.items()), *fields)
    return tuple((name.encode(), value.encode("latin-1")) for name, value in all_fields if value)


def _media_type(request: Request, representation: Representation) -> str:
    """The Content-Type; text without a charset gets UTF-8. A browser that opens a feed in a tab (no
    feed reader sends Sec-Fetch-Dest) gets the generic XML type, with which it applies the style
    sheet."""
    kind = representation.media_type
    if kind.endswith("+xml") and request.headers.get("sec-fetch-dest") == "document":
        return "application/xml"
    if kind.startswith("text/") and "charset=" not in kind.lower():
        return f"{kind}; charset=utf-8"
    return kind


@lru_cache(maxsize=256)
def _coding(accepted: str) -> str:
    """The content coding for an Accept-Encoding: the one with the highest weight, of equal ones the
    first of CODINGS; ``""`` for none (RFC 9110, sections 12.4.2 and 12.5.3). A malformed weight
    counts as 1."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameters = part.partition(";")
        match = _WEIGHT.fullmatch(parameters)
        weights.setdefault(name.strip(), float(match[1]) if match else 1.0)
    default = weights.get("*", 0.0)
    offered = {name: weights.get(name, default) for name in CODINGS}
    best = max(CODINGS, key=lambda name: offered[name])  # the first of the highest
    plain = weights.get("identity", default if "*" in weights else 1.0)
    named = weights.get(best, 0.0) > 0
    if "identity" in weights and (plain > offered[best] or (plain == offered[best] and not named)):
        return ""
    return best if offered[best] > 0 else ""
