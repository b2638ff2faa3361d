"""The live pages: index, topics, single stories, search and status."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from aggregator.model import story_path
from aggregator.publish import compose_entry
from aggregator.publish.assets import asset
from aggregator.publish.pages import (
    PageContext,
    index_page,
    message_page,
    search_page,
    status_page,
    story_page,
    topic_page,
)
from aggregator.queries import DAYS, StoryQueries, source_statuses
from aggregator.serve.feed_handlers import FeedHandlers
from aggregator.serve.feed_names import moved
from aggregator.serve.feed_query import MAX_QUERY
from aggregator.serve.http_errors import (
    NOTHING_HERE,
    SECURITY,
    NotFound,
    RequestError,
    TooLong,
    refused,
)
from aggregator.serve.on_demand import OnDemand
from aggregator.serve.output_cache import Representation
from aggregator.serve.responses import answer, no_store_page
from aggregator.serve.service import Service
from aggregator.serve.story_json_handlers import find_story, story_id_of

_PAGE = re.compile(r"([\w][\w-]{0,80})\.html")
_NO_PAGE = "there is no such page"
_MAX_WORDS = 500  # characters of a search
_PAGE_MAX_AGE = 0  # seconds: browsers revalidate pages each time, which costs a 304
_MAX_RESULTS = 50  # stories that a search shows


class PageHandlers:
    """Handlers of pages."""

    def __init__(self, service: Service, feeds: FeedHandlers) -> None:
        self._service = service
        self._feeds = feeds
        self._on_demand = OnDemand()
        self._script = Representation(
            asset("live.js"), service.now().timestamp(), "text/javascript"
        )

    async def page(self, request: Request) -> Response:
        """The index, the page of a topic, or another file. Raises NotFound or TopicGone."""
        name = request.path_params.get("name") or "index.html"
        match = _PAGE.fullmatch(name)
        if match is None:
            return await self._feeds.feed(request)
        root = "../" if request.scope["path"].startswith("/feeds/") else ""
        addresses, slug = self._feeds.addresses, match[1]
        current_slug = addresses.names.former.get(slug, slug)
        if slug != "index":
            tokens = self._service.settings.http.tokens
            if current_slug in tokens or slug in addresses.names.hidden:
                raise NotFound(_NO_PAGE)
            if current_slug != slug:
                return moved(request, f"{quote(current_slug)}.html")
            if not addresses.is_served(slug):
                raise await addresses.missing(slug, _NO_PAGE)

        def build(queries: StoryQueries) -> Representation:
            body = self._page_of(slug, queries, root)
            return Representation(body, queries.now.timestamp(), "text/html")

        return await self._answer(request, ("page", root, name), build, None)

    def _page_of(self, slug: str, queries: StoryQueries, root: str) -> bytes:
        """The page of a topic, or the index. Raises NotFound."""
        context = page_context(self._service, queries, root)
        if slug == "index":
            feeds = [queries.published_feed(feed.slug) for feed in context.feeds]
            return index_page(replace(context, feeds=feeds), self._formats)
        if not any(feed.slug == slug for feed in context.feeds):
            raise NotFound(_NO_PAGE)
        return topic_page(context, queries.published_feed(slug), self._formats)

    async def story(self, request: Request) -> Response:
        """The page of one story, at a permanent address; a story that was merged into another
        redirects (308) to that one. Raises NotFound and StoryGone."""
        story_id = story_id_of(request)
        queries, story = await run_in_threadpool(find_story, self._service, story_id)
        if story.id != story_id:
            return RedirectResponse(f"../{story_path(story.id)}", 308, SECURITY)
        entry = compose_entry(story, queries.names, whole=True)
        body = story_page(page_context(self._service, queries, "../"), entry)
        representation = Representation(body, story.updated.timestamp(), "text/html")
        return answer(request, representation, _PAGE_MAX_AGE)

    async def search(self, request: Request) -> Response:
        """The search page: the stories of any age that match the query."""
        self._require("search")
        if len(request.scope["query_string"]) > MAX_QUERY:
            raise TooLong(f"the query must not be longer than {MAX_QUERY} characters")
        words = request.query_params.get("q", "").strip()[:_MAX_WORDS]

        def build(queries: StoryQueries) -> Representation:
            stories = queries.search(words, _MAX_RESULTS)
            entries = [compose_entry(story, queries.names) for story in stories]
            body = search_page(
                page_context(self._service, queries),
                words,
                entries,
                self._formats,
                more=len(stories) == _MAX_RESULTS,
            )
            return Representation(body, queries.now.timestamp(), "text/html")

        per_minute = self._service.settings.http.per_minute
        return await self._answer(request, ("search", words), build, per_minute)

    async def status(self, _request: Request) -> Response:
        """The status page: each source with its state, history, errors and advice."""
        self._require("status")

        def build() -> bytes:
            service, queries = self._service, self._service.queries()
            sources = source_statuses(service.settings.sources, service.store, service.now())
            problem = service.health() or service.degraded()
            context = page_context(service, queries)
            return status_page(context, sources, problem, queries.story_count, DAYS)

        return no_store_page(await run_in_threadpool(build))

    @property
    def _formats(self) -> tuple[str, ...]:
        return self._service.settings.formats

    def _require(self, name: str) -> None:
        if name in self._service.settings.http.disabled:
            raise NotFound(NOTHING_HERE)

    async def missing(self, request: Request, error: Exception) -> Response:
        """The response to NotFound and TopicGone: a page for browsers, else a problem document."""
        if "text/html" not in request.headers.get("accept", ""):
            return await refused(request, error)
        root = "../" * (request.scope["path"].count("/") - 1)
        queries = await run_in_threadpool(self._service.queries)
        status = error.status if isinstance(error, RequestError) else 404
        title = "Gone" if status == HTTPStatus.GONE else "Not found"
        body = message_page(page_context(self._service, queries, root), title, f"{error}.")
        return no_store_page(body, status)

    async def script(self, request: Request) -> Response:
        """``live.js``."""
        return answer(request, self._script, 3600)

    async def _answer(
        self,
        request: Request,
        key: tuple[str, ...],
        build: Callable[[StoryQueries], Representation],
        per_minute: int | None,
    ) -> Response:
        """The response with the page under this key, cached or built now."""
        client = request.client.host if request.client else ""

        def cached_or_built() -> Representation:
            queries = self._service.queries()
            return self._on_demand.answer(queries, key, lambda: build(queries), client, per_minute)

        representation = self._on_demand.cached(self._service.loaded_queries(), key)
        if representation is None:
            representation = await run_in_threadpool(cached_or_built)
        return answer(request, representation, _PAGE_MAX_AGE)


def page_context(service: Service, queries: StoryQueries, root: str = "") -> PageContext:
    """What surrounds a live page. `root` is the relative URL of the index page's folder; private
    feeds are not in the menu, whose feeds may lack their entries."""
    feeds = [feed for feed in queries.menu if not feed.private]
    site, hidden = service.settings.site, service.settings.http.disabled
    return PageContext(site, feeds, root, live=True, hidden=hidden)
