"""The ASGI application: which address is answered by what."""

from __future__ import annotations

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from aggregator.publish.live import message_page
from aggregator.serve.admin import Admin
from aggregator.serve.errors import SECURITY, NotHere, RequestError, problem, refused
from aggregator.serve.feeds import Feeds
from aggregator.serve.live import Events
from aggregator.serve.pages import Pages, public
from aggregator.serve.service import Service
from aggregator.serve.websub import Callbacks

_MAX_URL = 2_000  # bytes, with the query
_MAX_HEADERS = 16_384  # bytes


def make_app(service: Service, ending: Callable[[], bool]) -> ASGIApp:
    """The application over a service; `ending` says that the server is about to stop."""
    return _bounded(_routed(service, ending))


def _bounded(app: ASGIApp) -> ASGIApp:
    """Without requests that are too large to be honest."""

    async def bounded(scope: Scope, receive: Receive, send: Send) -> None:
        answer = app
        if len(scope["raw_path"]) + len(scope["query_string"]) > _MAX_URL:
            answer = problem(414, "the address is too long")
        elif sum(len(name) + len(value) for name, value in scope["headers"]) > _MAX_HEADERS:
            answer = problem(431, "the headers are too large")
        await answer(scope, receive, send)

    return bounded


def _routed(service: Service, ending: Callable[[], bool]) -> Starlette:
    feeds, events = Feeds(service), Events(service, ending)
    pages, admin = Pages(service, feeds), Admin(service)
    callbacks = Callbacks(service)

    async def healthz(_request: Request) -> Response:
        wrong = service.health()
        return PlainTextResponse(f"{wrong or 'ok'}\n", 503 if wrong else 200)

    async def metrics(_request: Request) -> Response:
        text = service.metrics()
        if not text:
            raise NotHere("nothing is measured here")
        return Response(text, media_type="text/plain; version=0.0.4")

    async def missing(request: Request, error: Exception) -> Response:
        """People get a page, programs a problem."""
        if "text/html" not in request.headers.get("accept", ""):
            return await refused(request, error)
        root = "../" * (request.url.path.count("/") - 1)
        found = public(service.desk())
        body = message_page("Not found", f"{error}.", service.settings.site, found, root)
        return HTMLResponse(body, 404, {**SECURITY, "Cache-Control": "no-store"})

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/metrics", metrics),
            Route("/events", events.stream),
            Route("/status", pages.status),
            Route("/search", pages.search),
            Route("/stories.json", feeds.stories),
            Route("/stories/{uuid}", pages.story),
            Route("/websub/{token}", callbacks.confirm, methods=["GET"]),
            Route("/websub/{token}", callbacks.deliver, methods=["POST"]),
            Route("/admin", admin.page),
            Route("/admin/login", admin.login, methods=["POST"]),
            Route("/admin/logout", admin.logout, methods=["POST"]),
            Route("/admin/sources", admin.add_source, methods=["POST"]),
            Route("/admin/topics", admin.add_topic, methods=["POST"]),
            Route("/live.js", pages.script),
            Route("/", pages.page),
            Route("/feeds/", pages.page),
            Route("/feeds/{name}", pages.page),
            Route("/{name}", pages.page),
        ],
        exception_handlers={
            NotHere: missing,
            RequestError: refused,
            HTTPException: _http_problem,
        },
    )


async def _http_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, error.detail)
