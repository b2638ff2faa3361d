"""Bytes to a response: its coding, its validators, and what caches and browsers may do with it."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

from aggregator.serve.conditional import is_not_modified
from aggregator.serve.errors import SECURITY
from aggregator.serve.files import CODINGS, Served


def answer(
    request: Request,
    served: Served,
    max_age: int,
    links: Iterable[str] = (),
    *,
    private: bool = False,
) -> Response:
    """200 with the body, or 304 without one (RFC 9110, section 13.2.2). `max_age` in seconds;
    `links` are values of ``Link`` (RFC 8288); what is `private` no shared cache may keep."""
    coding = _coding(request.headers.get("accept-encoding", "")) if served.worth_coding else ""
    headers = {
        **SECURITY,
        "ETag": served.etag(coding),
        "Last-Modified": served.last_modified,
        "Cache-Control": f"{'private' if private else 'public'}, max-age={max_age}",
        "Vary": "Accept-Encoding, Sec-Fetch-Dest",
    }
    if not private:
        headers["Access-Control-Allow-Origin"] = "*"
    if link := ", ".join(links):
        headers["Link"] = link
    if is_not_modified(request.headers, served.etags, served.last_modified):
        return Response(status_code=304, headers=headers)
    if coding:
        headers["Content-Encoding"] = coding
    return Response(served.coded(coding), headers=headers, media_type=_media_type(request, served))


def link(url: str, rel: str, media_type: str = "") -> str:
    """A value of ``Link``."""
    kind = f'; type="{media_type}"' if media_type else ""
    return f'<{url}>; rel="{rel}"{kind}'


def _media_type(request: Request, served: Served) -> str:
    """Its own; to a browser that opens a feed in a tab, the one by which it shows XML with its
    style sheet, and not as text. No feed reader sends this header."""
    in_a_tab = request.headers.get("sec-fetch-dest") == "document"
    return (
        "application/xml" if in_a_tab and served.media_type.endswith("+xml") else served.media_type
    )


def _coding(accepted: str) -> str:
    """The best content coding that is accepted (RFC 9110, section 12.5.3); ``""`` for none."""
    given = {}
    for part in accepted.lower().split(","):
        name, _, parameters = part.partition(";")
        given[name.strip()] = parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00")
    return next((name for name in CODINGS if given.get(name)), "")
