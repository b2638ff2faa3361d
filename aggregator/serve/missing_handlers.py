"""The answer where there is nothing: a page for people, a problem document for programs."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from aggregator.publish.missing_page import missing_page
from aggregator.serve.http_errors import RequestError, problem, refused
from aggregator.serve.page_handlers import page_context
from aggregator.serve.responses import no_store_page
from aggregator.serve.service import Service

_TOP = 5  # stories


class MissingHandlers:
    """Handlers of the errors that say that there is nothing at an address."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def missing(self, request: Request, error: Exception) -> Response:
        """The response to NotFound, TopicGone and StoryGone."""
        if not _accepts_pages(request):
            return await refused(request, error)
        status = error.status if isinstance(error, RequestError) else HTTPStatus.NOT_FOUND
        return await self._answer(request, status)

    async def http_error(self, request: Request, error: Exception) -> Response:
        """The response to an address that no handler has, and to a method that one has not."""
        assert isinstance(error, HTTPException)
        if error.status_code == HTTPStatus.NOT_FOUND and _accepts_pages(request):
            return await self._answer(request, HTTPStatus.NOT_FOUND)
        return problem(error.status_code, error.detail)

    async def _answer(self, request: Request, status: HTTPStatus) -> Response:
        body = await run_in_threadpool(self._page, request, status is HTTPStatus.GONE)
        return no_store_page(body, status)

    def _page(self, request: Request, gone: bool) -> bytes:
        # Of the path as it was sent: an escaped slash in it does not make a folder.
        root = "../" * (request.scope["raw_path"].count(b"/") - 1)
        queries = self._service.queries()
        context = page_context(self._service, queries, root)
        top = queries.published_feed(context.everything.slug).entries if context.everything else ()
        path, prefix = request.scope["path"], unquote(urlsplit(context.site.url).path)
        return missing_page(context, path, top[:_TOP], prefix=prefix.rstrip("/"), gone=gone)


def _accepts_pages(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")
