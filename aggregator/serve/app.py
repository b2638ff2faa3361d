"""The ASGI application: files of the output folder at ``/`` and ``/feeds/``, and ``/healthz``."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from aggregator.serve.conditional import is_not_modified
from aggregator.serve.files import Files, Served

_NAME = re.compile(r"[\w][\w-]{0,80}\.(?:rss|atom|json|html|opml|css)")
_SECURITY = {
    "Content-Security-Policy": "default-src 'none'; img-src * data:; style-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
Health = Callable[[], str]


def make_app(folder: Path, health: Health = lambda: "") -> Starlette:
    """The application over an output folder. `health` gives what is wrong, or ``""``."""
    files = Files(folder)

    def page(request: Request) -> Response:
        name = request.path_params.get("name") or "index.html"
        served = files.get(name) if _NAME.fullmatch(name) else None
        if served is None:
            return PlainTextResponse("Not found\n", 404, headers=_SECURITY)
        return _response(request, served)

    def healthz(_request: Request) -> Response:
        wrong = health()
        return PlainTextResponse(f"{wrong or 'ok'}\n", 503 if wrong else 200)

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/", page),
            Route("/feeds/", page),
            Route("/feeds/{name}", page),
            Route("/{name}", page),
        ]
    )


def _response(request: Request, served: Served) -> Response:
    """200 with the body, or 304 without one (RFC 9110, section 13.2.2)."""
    coded = "gzip" in request.headers.get("accept-encoding", "").lower() and served.gzipped
    body = served.gzipped if coded else served.body
    etag = served.etag_gzip if coded else served.etag
    headers = {
        **_SECURITY,
        "ETag": etag,
        "Last-Modified": served.last_modified,
        "Cache-Control": "public, max-age=300",
        "Vary": "Accept-Encoding",
        "Access-Control-Allow-Origin": "*",
    }
    if is_not_modified(request.headers, (served.etag, served.etag_gzip), served.last_modified):
        return Response(status_code=304, headers=headers)
    if coded:
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers, media_type=served.media_type)
