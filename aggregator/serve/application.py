"""The ASGI application: which handler answers which address."""

from __future__ import annotations

import logging
from collections.abc import Callable
from urllib.parse import quote, unquote, urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from aggregator.errors import AggregatorError
from aggregator.serve.admin import Admin
from aggregator.serve.day_handlers import DayHandlers
from aggregator.serve.event_stream import Events
from aggregator.serve.feed_handlers import FeedHandlers
from aggregator.serve.health import Health
from aggregator.serve.http_errors import (
    SECURITY,
    NotFound,
    RequestError,
    StoryGone,
    TopicGone,
    problem,
    refused,
)
from aggregator.serve.missing_handlers import MissingHandlers
from aggregator.serve.page_handlers import PageHandlers
from aggregator.serve.picture_handlers import PictureHandlers
from aggregator.serve.search_handlers import SearchHandlers
from aggregator.serve.service import Service
from aggregator.serve.site_handlers import SiteFiles
from aggregator.serve.status_handlers import StatusHandlers
from aggregator.serve.story_json_handlers import StoryJsonHandlers
from aggregator.serve.websub import Callbacks

_MAX_URL = 2_000  # bytes of path and query: no address of ours is longer
_OWN_FOLDERS = frozenset({"admin", "feeds", "stories", "websub"})
_MAX_HEADERS = 16_384  # bytes: no browser or feed reader sends more


def make_app(service: Service, is_stopping: Callable[[], bool]) -> ASGIApp:
    """The application over a service; `is_stopping` returns whether the server is about to stop."""
    return _with_limits(_below_prefix(_routed(service, is_stopping), service))


def _with_limits(app: ASGIApp) -> ASGIApp:
    """The application, refusing requests whose address or headers are too large."""

    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        handler = app
        if len(scope["raw_path"]) + len(scope["query_string"]) > _MAX_URL:
            handler = problem(414, "the address is too long")
        elif sum(len(name) + len(value) for name, value in scope["headers"]) > _MAX_HEADERS:
            handler = problem(431, "the headers are too large")
        await handler(scope, receive, send)

    return limited


def _below_prefix(app: ASGIApp, service: Service) -> ASGIApp:
    """The application for requests with the path of ``site.url`` before theirs, and without: some
    proxies keep that prefix, others strip it. Links in pages are relative, so both work."""

    async def stripped(scope: Scope, receive: Receive, send: Send) -> None:
        prefix = unquote(urlsplit(service.settings.site.url).path).rstrip("/")
        if prefix.lstrip("/").partition("/")[0] in _OWN_FOLDERS:
            prefix = ""  # the path may be one of ours: proxies must strip such a prefix
        path = scope.get("path", "")
        handler = app
        if prefix and path == prefix:
            # Relative links of the front page need the slash.
            location = f"{quote(prefix.rpartition('/')[2])}/"
            handler = RedirectResponse(location, 308, SECURITY)
        elif prefix and path.startswith(f"{prefix}/"):
            raw_path = b"/" + scope["raw_path"].split(b"/", prefix.count("/") + 1)[-1]
            scope = {**scope, "path": path.removeprefix(prefix), "raw_path": raw_path}
        await handler(scope, receive, send)

    return stripped


def _routed(service: Service, is_stopping: Callable[[], bool]) -> Starlette:
    feeds, events = FeedHandlers(service), Events(service, is_stopping)
    pages, admin = PageHandlers(service, feeds), Admin(service)
    callbacks, health = Callbacks(service), Health(service)
    missing = MissingHandlers(service)
    app = Starlette(
        routes=[
            Route("/feeds/{name}", pages.page),  # first, because it is requested most
            Route("/healthz", health.healthz),
            Route("/metrics", health.metrics),
            Route("/events", events.stream),
            *StatusHandlers(service).routes,
            *SearchHandlers(service).routes,
            *StoryJsonHandlers(service, feeds).routes,
            Route("/stories/{uuid}", pages.story),
            Route("/websub/{token}", callbacks.confirm, methods=["GET"]),
            Route("/websub/{token}", callbacks.deliver, methods=["POST"]),
            *admin.routes,
            Route("/page.js", pages.script),
            *SiteFiles(service).routes,
            *PictureHandlers(service).routes,
            Route("/", pages.page),
            Route("/feeds/", pages.page),
            *DayHandlers(service).routes,
            Route("/{name}", pages.page),
        ],
        exception_handlers={
            NotFound: missing.missing,
            TopicGone: missing.missing,
            StoryGone: missing.missing,
            RequestError: refused,
            AggregatorError: _unavailable,
            HTTPException: missing.http_error,
        },
    )
    # Starlette would redirect to an absolute address, without the path prefix of a proxy.
    app.router.redirect_slashes = False
    return app


async def _unavailable(_request: Request, error: Exception) -> Response:
    """503 for an error of a lower layer, such as a store that cannot be read now."""
    logging.getLogger("aggregator").error("cannot answer a request: %s", error)
    return problem(503, "the stories cannot be read now; try again later")
