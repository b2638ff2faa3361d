"""The ASGI application: files of the output folder at ``/`` and ``/feeds/``, feeds on demand by
query, ``/stories.json``, ``/metrics`` and ``/healthz``."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from aggregator.pipeline import Desk
from aggregator.serve.asked import MAX_QUERY, Asked, BadQuery, NotHere, OnDemand, TooBusy
from aggregator.serve.conditional import is_not_modified
from aggregator.serve.files import Files, Served

_NAME = re.compile(r"[\w][\w-]{0,80}\.(?:rss|atom|json|html|opml|css)")
_SECURITY = {
    "Content-Security-Policy": "default-src 'none'; img-src * data:; style-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_FEED = re.compile(r"([\w][\w-]{0,80})\.(rss|atom|json)")
Health = Callable[[], str]


def make_app(
    folder: Path,
    health: Health = lambda: "",
    desk: Callable[[], Desk] | None = None,
    metrics: Callable[[], bytes] | None = None,
) -> Starlette:
    """The application over an output folder. `health` gives what is wrong, or ``""``; `desk` the
    stories that feeds on demand are made of, `metrics` the text of ``/metrics``."""
    files = Files(folder)
    on_demand = OnDemand(desk) if desk else None

    async def page(request: Request) -> Response:
        name = request.path_params.get("name") or "index.html"
        feed = _FEED.fullmatch(name)
        if on_demand and feed and request.url.query and request.url.path.startswith("/feeds/"):
            asked = _asked(request)
            made = await run_in_threadpool(on_demand.feed, feed[1], feed[2], asked)
            return _response(request, made)
        served = files.get(name) if _NAME.fullmatch(name) else None
        if served is None:
            raise NotHere(name)
        return _response(request, served)

    def stories(request: Request) -> Response:
        if on_demand is None:
            raise NotHere("stories.json")
        return _response(request, on_demand.stories("all", _asked(request)))

    async def healthz(_request: Request) -> Response:
        wrong = health()
        return PlainTextResponse(f"{wrong or 'ok'}\n", 503 if wrong else 200)

    def measured(_request: Request) -> Response:
        if metrics is None:
            raise NotHere("metrics")
        return Response(metrics(), media_type="text/plain; version=0.0.4")

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/metrics", measured),
            Route("/stories.json", stories),
            Route("/", page),
            Route("/feeds/", page),
            Route("/feeds/{name}", page),
            Route("/{name}", page),
        ],
        exception_handlers={
            NotHere: lambda request, _error: _problem(request, 404, "there is nothing here"),
            BadQuery: lambda request, error: _problem(request, 400, str(error)),
            TooBusy: lambda request, error: _problem(request, 503, str(error)),
            HTTPException: _http_problem,
        },
    )


def _asked(request: Request) -> Asked:
    if len(request.url.query) > MAX_QUERY:
        raise HTTPException(414, "the query is too long")
    return Asked.of(request.query_params.multi_items())


def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _problem(request, error.status_code, error.detail)


def _problem(_request: Request, status: int, detail: str) -> Response:
    """An error as RFC 9457 has it."""
    title = HTTPStatus(status).phrase
    headers = {**_SECURITY, "Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "5"
    return JSONResponse(
        {"title": title, "status": status, "detail": detail},
        status, headers, media_type="application/problem+json",
    )  # fmt: skip


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
