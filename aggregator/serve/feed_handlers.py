"""``/feeds/<slug>.<ext>``: as published, on demand by query, or private by token; and what else is
not a page: ``/stories.json``, ``/feeds.opml``, style sheets."""

from __future__ import annotations

import re
from functools import lru_cache
from hmac import compare_digest
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from aggregator.config import Settings
from aggregator.model import Site
from aggregator.pipeline import EVERYTHING
from aggregator.publish import FORMATS
from aggregator.queries import StoryQueries
from aggregator.read import shortest_pace
from aggregator.serve.feed_names import Addresses, moved
from aggregator.serve.feed_query import MAX_QUERY, FeedQuery
from aggregator.serve.http_errors import BadQuery, Forbidden, NotFound, TooLong
from aggregator.serve.on_demand import OnDemand, feed_on_demand, stories_on_demand
from aggregator.serve.output_cache import Files, Representation
from aggregator.serve.responses import answer, link
from aggregator.serve.service import Service

_NAME = re.compile(r"[\w][\w-]{0,80}\.(?:rss|atom|json|html|opml|css)")
_FEED = re.compile(r"([\w][\w-]{0,80})\.(rss|atom|json)")
_NOTHING = "there is nothing here"
_LEAST_AGE, _MOST_AGE = 30, 900  # seconds


class Feeds:
    """Answers for feeds and files."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._files = Files()
        self._on_demand = OnDemand()
        self.addresses = Addresses(service)
        self._aged: tuple[Settings | None, int] = (None, 0)  # max_age, and of which settings

    async def feed(self, request: Request) -> Response:
        """A feed, or another file of the output folder."""
        name = request.path_params["name"]
        match = _FEED.fullmatch(name)
        if not match:
            return self.file(request, name)
        slug, ext = match.groups()
        pairs = _pairs(request) if request.scope["query_string"] else []
        present = self.addresses.names.former.get(slug, slug)
        tokens = self._service.settings.http.tokens
        if present in tokens:
            pairs = _without_token(pairs, tokens[present])
        if present != slug:
            return moved(request, f"{quote(present)}.{ext}")
        if slug not in tokens:
            if not self.addresses.is_served(slug):
                raise await self.addresses.missing(slug, _NOTHING)
            if not pairs:
                return self.file(request, name)
        feed_query = self._feed_query(pairs)
        served = await self._built(request, slug, ext, feed_query)
        if slug in tokens:
            return answer(request, served, self.max_age(), private=True)
        site = self._service.settings.site
        return answer(
            request, served, self.max_age(), _links(site, slug, ext, feed_query.canonical)
        )

    def file(self, request: Request, name: str) -> Response:
        """A file of the output folder as it is."""
        folder = self._service.settings.output
        served = self._files.get(folder, name) if _NAME.fullmatch(name) else None
        if served is None:
            raise NotFound(_NOTHING)
        match = _FEED.fullmatch(name)
        links = _links(self._service.settings.site, match[1], match[2], "") if match else ()
        return answer(request, served, self.max_age(), links)

    async def stories(self, request: Request) -> Response:
        """The stories as JSON."""
        if "stories" in self._service.settings.http.disabled:
            raise NotFound(_NOTHING)
        feed_query = self._feed_query(_pairs(request))
        served = await self._built(request, EVERYTHING, "", feed_query)
        return answer(request, served, self.max_age())

    def max_age(self) -> int:
        """How long a feed is fresh, in seconds: as long as nothing new can be in it, which is the
        shortest pace at which its sources are asked."""
        settings = self._service.settings
        if settings is not self._aged[0]:
            pace = min(shortest_pace(source) for source in settings.sources)
            age = int(min(max(pace.total_seconds(), _LEAST_AGE), _MOST_AGE))
            self._aged = (settings, age)
        return self._aged[1]

    def _feed_query(self, pairs: list[tuple[str, str]]) -> FeedQuery:
        feed_query = FeedQuery.of(pairs)
        if feed_query.selection.topic in self._service.settings.http.tokens:
            raise BadQuery("topic: this one is private")
        return feed_query

    def _check_topic(self, queries: StoryQueries, slug: str) -> None:
        """A topic that a query names must be there: an empty feed would look like a quiet one."""
        if slug and slug not in queries.topics:
            raise NotFound(f"topic: there is no topic {slug!r}")

    async def _built(
        self, request: Request, slug: str, ext: str, feed_query: FeedQuery
    ) -> Representation:
        key = (slug, ext, feed_query.canonical)
        if cached := self._on_demand.cached(self._service.loaded_queries(), key):
            return cached
        client = request.client.host if request.client else ""

        def make(*, quick: bool = False) -> Representation:
            queries = self._service.queries()
            if slug not in queries.topics:
                raise NotFound("there is no such topic")
            self._check_topic(queries, feed_query.selection.topic)

            def build() -> Representation:
                if not ext:
                    return stories_on_demand(queries, feed_query)
                return feed_on_demand(queries, slug, ext, feed_query)

            per_minute = self._service.settings.http.per_minute
            return self._on_demand.answer(queries, key, build, client, per_minute, quick=quick)

        loaded = self._service.loaded_queries()
        if loaded is not None and loaded.is_indexed(slug, feed_query.selection):
            return make(quick=True)  # sooner done than handed to a thread
        return await run_in_threadpool(make)


@lru_cache(maxsize=2_048)
def _links(site: Site, slug: str, ext: str, query: str) -> tuple[str, ...]:
    """RFC 8288: itself, its page and its hub (WebSub, section 4)."""
    own = f"{site.url}feeds/{quote(slug)}.{ext}{'?' if query else ''}{query}"
    hub = (link(site.hub, "hub"),) if site.hub and not query else ()
    return (
        link(own, "self", FORMATS[ext].media_type),
        link(f"{site.url}feeds/{quote(slug)}.html", "alternate", "text/html"),
        *hub,
    )


def _without_token(pairs: list[tuple[str, str]], token: str) -> list[tuple[str, str]]:
    """The pairs of a query without its token. Raises Forbidden where that is not the right one."""
    given = dict(pairs).get("token", "")
    if not compare_digest(given.encode(), token.encode()):
        raise Forbidden("this feed is for those who have its token")
    return [(key, value) for key, value in pairs if key != "token"]


def _pairs(request: Request) -> list[tuple[str, str]]:
    if len(request.scope["query_string"]) > MAX_QUERY:
        raise TooLong("the query is too long")
    return request.query_params.multi_items()
