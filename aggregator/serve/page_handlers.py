"""The live pages: the front page, topics, single stories, search and status."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from aggregator.model import Entry, story_path
from aggregator.pictures import pictures_in
from aggregator.publish import Pictures, compose_entry
from aggregator.publish.assets import asset
from aggregator.publish.front_page import front_page
from aggregator.publish.page_context import PageContext
from aggregator.publish.pages import (
    PAGE_SIZE,
    SORTS,
    Paging,
    topic_page,
)
from aggregator.publish.story_page import story_page
from aggregator.queries import Selection, StoryQueries
from aggregator.serve.feed_handlers import FeedHandlers
from aggregator.serve.feed_names import moved
from aggregator.serve.http_errors import (
    SECURITY,
    NotFound,
)
from aggregator.serve.on_demand import OnDemand
from aggregator.serve.output_cache import Representation
from aggregator.serve.responses import answer
from aggregator.serve.service import Service
from aggregator.serve.story_json_handlers import find_story, story_id_of
from aggregator.serve.story_views import story_view

_PAGE = re.compile(r"([\w][\w-]{0,80})\.html")
_NO_PAGE = "there is no such page"
_PAGE_MAX_AGE = 0  # seconds: browsers revalidate pages each time, which costs a 304
_NUMBER = re.compile(r"[1-9]\d{0,3}")  # of a page
_WEEK, _COVERED = timedelta(days=7), 6


class PageHandlers:
    """Handlers of pages."""

    def __init__(self, service: Service, feeds: FeedHandlers) -> None:
        self._service = service
        self._feeds = feeds
        self._on_demand = OnDemand()
        self._script = Representation(
            asset("page.js"), service.now().timestamp(), "text/javascript"
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

        sort, number = _paging(request)

        def build(queries: StoryQueries) -> Representation:
            body = self._page_of(slug, queries, root, sort, number)
            return Representation(body, queries.now.timestamp(), "text/html")

        key = ("page", root, name, sort, str(number))
        return await self._answer(request, key, build, None)

    def _page_of(
        self, slug: str, queries: StoryQueries, root: str, sort: str, number: int
    ) -> bytes:
        """The page of a topic or a digest, or the front page. Raises NotFound."""
        context = page_context(self._service, queries, root)
        if slug == "index":
            feeds = [queries.published_feed(feed.slug) for feed in context.feeds]
            return front_page(replace(context, feeds=feeds))
        feed = next((feed for feed in context.feeds if feed.slug == slug), None)
        if feed is None:
            raise NotFound(_NO_PAGE)
        if feed.is_digest:
            feed = queries.published_feed(slug)
            return topic_page(context, feed, feed.entries, Paging())
        end = number * PAGE_SIZE
        ranked = queries.stories(slug, Selection(sort=sort, limit=end + 1))
        shown = ranked[end - PAGE_SIZE : end]
        if not shown and number > 1:
            raise NotFound(_NO_PAGE)
        entries = [
            compose_entry(story.story, queries.names, queries.options.site) for story in shown
        ]
        paging = Paging(sort, number, len(ranked) > end, SORTS)
        return topic_page(context, feed, entries, paging, _covered(queries, slug))

    async def story(self, request: Request) -> Response:
        """The page of one story, at a permanent address; a story that was merged into another
        redirects (308) to that one. Raises NotFound and StoryGone."""
        story_id = story_id_of(request)
        _, story = await run_in_threadpool(find_story, self._service, story_id)
        if story.id != story_id:
            return RedirectResponse(f"../{story_path(story.id)}", 308, SECURITY)
        sort = "oldest" if request.query_params.get("sort") == "oldest" else "newest"

        def build(queries: StoryQueries) -> Representation:
            entry = compose_entry(story, queries.names, queries.options.site, whole=True)
            context = page_context(self._service, queries, "../")
            body = story_page(context, entry, story_view(context, queries, story, sort))
            return Representation(body, queries.now.timestamp(), "text/html")

        return await self._answer(request, ("story", story_id, sort), build, None)

    async def script(self, request: Request) -> Response:
        """``page.js``."""
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
        key = (*key, str(_pictures(self._service).version))

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
    return PageContext(
        site,
        feeds,
        root,
        live=True,
        hidden=hidden,
        parents=queries.options.parents,
        formats=service.settings.formats,
        now=queries.now,
        pictures=_pictures(service),
        empty=[feed.slug for feed in feeds if not feed.is_digest and queries.is_empty(feed.slug)],
    )


def _pictures(service: Service) -> Pictures:
    return pictures_in(service.settings.output, service.settings.pictures)


def _paging(request: Request) -> tuple[str, int]:
    """The order and the number of the page that a request asks for. Raises NotFound."""
    sort, number = (request.query_params.get(name) for name in ("sort", "page"))
    sorts = {name for name, _ in SORTS}
    if (sort is not None and sort not in sorts) or (
        number is not None and not _NUMBER.fullmatch(number)
    ):
        raise NotFound(_NO_PAGE)
    return sort or "rank", int(number or 1)


def _covered(queries: StoryQueries, slug: str) -> list[Entry]:
    """The stories of a topic of the last week that most publishers cover."""
    since = queries.now - _WEEK
    ranked = queries.stories(slug, Selection(since=since, sort="coverage", limit=2 * _COVERED))
    entries = [compose_entry(story.story, queries.names, queries.options.site) for story in ranked]
    covered = [entry for entry in entries if entry.publishers > 1]
    return sorted(covered, key=lambda entry: -entry.publishers)[:_COVERED]
