"""The pages, live: topics from the current stories, a story of its own, search, status."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import quote
from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from aggregator.model import Story
from aggregator.publish import compose_entry
from aggregator.publish.assets import asset
from aggregator.publish.pages import (
    PageContext,
    index_page,
    message_page,
    search_page,
    status_page,
    story_page,
    story_path,
    topic_page,
)
from aggregator.queries import DAYS, StoryQueries, source_statuses
from aggregator.serve.feed_handlers import Feeds
from aggregator.serve.feed_names import moved
from aggregator.serve.feed_query import MAX_QUERY
from aggregator.serve.http_errors import SECURITY, NotFound, RequestError, TooLong, refused
from aggregator.serve.on_demand import OnDemand
from aggregator.serve.output_cache import Representation
from aggregator.serve.responses import answer, no_store_page
from aggregator.serve.service import Service

_PAGE = re.compile(r"([\w][\w-]{0,80})\.html")
_FRESH = 0  # seconds: a page that is asked for again is looked at again, which costs a 304
_FOUND = 50  # stories that a search shows


class Pages:
    """Answers for pages."""

    def __init__(self, service: Service, feeds: Feeds) -> None:
        self._service = service
        self._feeds = feeds
        self._on_demand = OnDemand()
        self._script = Representation(
            asset("live.js"), service.now().timestamp(), "text/javascript"
        )

    async def page(self, request: Request) -> Response:
        """The index, a topic's page, or another file at the root."""
        name = request.path_params.get("name") or "index.html"
        match = _PAGE.fullmatch(name)
        if match is None:
            return await self._feeds.feed(request)
        root = "../" if request.scope["path"].startswith("/feeds/") else ""
        addresses, slug = self._feeds.addresses, match[1]
        present = addresses.names.former.get(slug, slug)
        if slug != "index":
            if present in self._service.settings.http.tokens or slug in addresses.names.hidden:
                raise NotFound("there is no such page")
            if present != slug:
                return moved(request, f"{quote(present)}.html")
            if not addresses.is_served(slug):
                raise await addresses.missing(slug, "there is no such page")

        def make(queries: StoryQueries) -> Representation:
            context, formats = page_context(self._service, queries, root), self._formats
            if name == "index.html":
                body = index_page(context, formats)
            else:
                feed = next((item for item in context.feeds if item.slug == match[1]), None)
                if feed is None:
                    raise NotFound("there is no such page")
                body = topic_page(context, feed, formats)
            return Representation(body, queries.now.timestamp(), "text/html")

        return await self._answer(request, ("page", root, name), make, None)

    async def story(self, request: Request) -> Response:
        """A story's own page, at the same address for good; of one that turned out to be another,
        the way to that one."""
        try:
            story_id = UUID(request.path_params["uuid"]).urn
        except ValueError:
            raise NotFound("there is no such story") from None

        def find() -> tuple[StoryQueries, Story | None]:
            queries = self._service.queries()
            return queries, queries.story(story_id)

        queries, story = await run_in_threadpool(find)
        if story is None:
            raise NotFound("there is no such story")
        if story.id != story_id:
            return RedirectResponse(f"../{story_path(story.id)}", 308, SECURITY)
        entry = compose_entry(story, queries.names)
        body = story_page(page_context(self._service, queries, "../"), entry)
        served = Representation(body, story.updated.timestamp(), "text/html")
        return answer(request, served, _FRESH)

    async def search(self, request: Request) -> Response:
        """The stories of all times that a query finds."""
        self._require("search")
        if len(request.scope["query_string"]) > MAX_QUERY:
            raise TooLong("the query is too long")
        asked = request.query_params.get("q", "").strip()[:500]

        def make(queries: StoryQueries) -> Representation:
            stories = queries.search(asked, _FOUND)
            entries = [compose_entry(story, queries.names) for story in stories]
            body = search_page(
                page_context(self._service, queries),
                asked,
                entries,
                self._formats,
                more=len(stories) == _FOUND,
            )
            return Representation(body, queries.now.timestamp(), "text/html")

        per_minute = self._service.settings.http.per_minute
        return await self._answer(request, ("search", asked), make, per_minute)

    async def status(self, _request: Request) -> Response:
        """Every source: state, history, what is wrong and what to do."""
        self._require("status")

        def make() -> bytes:
            service, queries = self._service, self._service.queries()
            sources = source_statuses(service.settings.sources, service.store, service.now())
            problem = service.health() or service.degraded()
            context = page_context(service, queries)
            return status_page(context, sources, problem, len(queries.plan.stories), DAYS)

        return no_store_page(await run_in_threadpool(make))

    @property
    def _formats(self) -> tuple[str, ...]:
        return self._service.settings.formats

    def _require(self, name: str) -> None:
        if name in self._service.settings.http.disabled:
            raise NotFound("there is nothing here")

    async def missing(self, request: Request, error: Exception) -> Response:
        """What is not there: people get a page, programs a problem."""
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
        make: Callable[[StoryQueries], Representation],
        per_minute: int | None,
    ) -> Response:
        client = request.client.host if request.client else ""

        def build() -> Representation:
            queries = self._service.queries()
            return self._on_demand.answer(queries, key, lambda: make(queries), client, per_minute)

        served = self._on_demand.cached(self._service.loaded_queries(), key)
        if served is None:
            served = await run_in_threadpool(build)
        return answer(request, served, _FRESH)


def page_context(service: Service, queries: StoryQueries, root: str = "") -> PageContext:
    """What surrounds a live page. `root` is the relative URL of the index page's folder; private
    feeds are not in the menu."""
    feeds = [feed for feed in queries.plan.feeds if not feed.private]
    site, hidden = service.settings.site, service.settings.http.disabled
    return PageContext(site, feeds, root, live=True, hidden=hidden)
