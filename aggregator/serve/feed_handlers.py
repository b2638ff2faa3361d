"""``/feeds/<slug>.<ext>``: published, on demand (with a query) or private (with a token); and
other files of the output folder: ``/feeds.opml``, style sheets."""

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
from aggregator.pictures import pictures_in
from aggregator.publish import FORMATS
from aggregator.queries import StoryQueries
from aggregator.read import shortest_pace
from aggregator.serve.browsers import VARY, page_instead, without_raw
from aggregator.serve.feed_names import Addresses, moved
from aggregator.serve.feed_query import MAX_QUERY, FeedQuery
from aggregator.serve.http_errors import NOTHING_HERE, BadQuery, Forbidden, NotFound, TooLong
from aggregator.serve.on_demand import OnDemand, feed_on_demand, stories_on_demand
from aggregator.serve.output_cache import MEDIA_TYPES, FileCache, Representation
from aggregator.serve.responses import answer, link
from aggregator.serve.service import Service

_SLUG = re.compile(r"\w[\w-]{0,80}")
_MIN_AGE, _MAX_AGE = 30, 900  # seconds: below, caches do not help; above, news comes late


class FeedHandlers:
    """Handlers of feeds and files."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._files = FileCache()
        self._on_demand = OnDemand()
        self.addresses = Addresses(service)
        self._max_age: tuple[Settings | None, int] = (None, 0)  # and the settings it is for

    async def feed(self, request: Request) -> Response:
        """A feed, or another file of the output folder."""
        name = request.path_params["name"]
        slug, ext = split_name(name)
        if ext not in FORMATS:
            return self.file(request, name)
        pairs = pairs_of(request) if request.scope["query_string"] else []
        current_slug = self.addresses.names.former.get(slug, slug)
        tokens = self._service.settings.http.tokens
        if current_slug in tokens:
            pairs = _without_token(pairs, tokens[current_slug])
        if current_slug != slug:
            return moved(request, f"{quote(current_slug)}.{ext}")
        if slug not in tokens:
            if not self.addresses.is_served(slug):
                raise await self.addresses.missing(slug, NOTHING_HERE)
            if page := self._page_instead(request, slug, pairs):
                return page
            pairs = without_raw(pairs)
            if not pairs:
                return self.file(request, name)
        feed_query = self.feed_query(pairs)
        representation = await self.built(request, slug, ext, feed_query)
        if slug in tokens:
            return answer(request, representation, self.max_age(), private=True)
        links = _links(self._service.settings.site, slug, ext, feed_query.canonical)
        return answer(request, representation, self.max_age(), links, vary=VARY)

    def _page_instead(
        self, request: Request, slug: str, pairs: list[tuple[str, str]]
    ) -> Response | None:
        """The redirect to the page for a person, if there is one."""
        if pairs and "search" in self._service.settings.http.disabled:
            return None
        return page_instead(request, slug, pairs)

    def file(self, request: Request, name: str) -> Response:
        """A file of the output folder. Raises NotFound."""
        folder = self._service.settings.output
        slug, ext = split_name(name)
        representation = self._files.get(folder, name) if ext else None
        if representation is None:
            raise NotFound(NOTHING_HERE)
        links = _links(self._service.settings.site, slug, ext, "") if ext in FORMATS else ()
        vary = VARY if ext in FORMATS else ""
        return answer(request, representation, self.max_age(), links, vary=vary)

    def max_age(self) -> int:
        """How long a feed is fresh, in seconds: the shortest polling interval of the sources, since
        nothing new can be in it before that."""
        settings = self._service.settings
        if settings is not self._max_age[0]:
            pace = min(shortest_pace(source) for source in settings.sources)
            seconds = int(min(max(pace.total_seconds(), _MIN_AGE), _MAX_AGE))
            self._max_age = (settings, seconds)
        return self._max_age[1]

    def feed_query(self, pairs: list[tuple[str, str]], *, paged: bool = False) -> FeedQuery:
        """The query with these pairs. Raises BadQuery, also for a private topic."""
        feed_query = FeedQuery.of(pairs, paged=paged)
        if feed_query.selection.topic in self._service.settings.http.tokens:
            raise BadQuery("topic: this topic is private and has only its own feed")
        return feed_query

    async def built(
        self, request: Request, slug: str, ext: str, feed_query: FeedQuery
    ) -> Representation:
        """The feed, or with an empty `ext` the JSON of the stories, from the cache or built now."""
        key = (slug, ext, feed_query.canonical)
        if cached := self._on_demand.cached(self._service.loaded_queries(), key):
            return cached
        client = request.client.host if request.client else ""

        def cached_or_built(*, indexed: bool = False) -> Representation:
            queries = self._service.queries()
            if slug not in queries.topics:
                raise NotFound("there is no such topic")
            _check_topic(queries, feed_query.selection.topic)

            def build() -> Representation:
                settings = self._service.settings
                if not ext:
                    return stories_on_demand(queries, feed_query, settings.site)
                pictures = pictures_in(settings.output, settings.pictures)
                return feed_on_demand(queries, slug, ext, feed_query, pictures)

            per_minute = self._service.settings.http.per_minute
            return self._on_demand.answer(queries, key, build, client, per_minute, indexed=indexed)

        loaded = self._service.loaded_queries()
        if loaded is not None and loaded.is_indexed(slug, feed_query.selection):
            return cached_or_built(indexed=True)  # faster than handing it to a thread
        return await run_in_threadpool(cached_or_built)


def split_name(name: str) -> tuple[str, str]:
    """The slug and the extension of the name of a file that may be served, else ``""`` twice."""
    slug, _, ext = name.rpartition(".")
    return (slug, ext) if ext in MEDIA_TYPES and _SLUG.fullmatch(slug) else ("", "")


@lru_cache(maxsize=2_048)
def _links(site: Site, slug: str, ext: str, query: str) -> tuple[str, ...]:
    """The values of Link (RFC 8288) of a feed: itself, its page and its hub (WebSub, section 4)."""
    self_url = f"{site.url}feeds/{quote(slug)}.{ext}{'?' if query else ''}{query}"
    hub = (link(site.hub, "hub"),) if site.hub and not query else ()
    return (
        link(self_url, "self", FORMATS[ext].media_type),
        link(f"{site.url}feeds/{quote(slug)}.html", "alternate", "text/html"),
        *hub,
    )


def _without_token(pairs: list[tuple[str, str]], token: str) -> list[tuple[str, str]]:
    """The pairs of a query without its token. Raises Forbidden if it is not the right one."""
    sent_token = dict(pairs).get("token", "")
    if not compare_digest(sent_token.encode(), token.encode()):
        raise Forbidden("this feed is private: add ?token=… with its token to the address")
    return [(key, value) for key, value in pairs if key != "token"]


def pairs_of(request: Request) -> list[tuple[str, str]]:
    """The pairs of the query string. Raises TooLong."""
    if len(request.scope["query_string"]) > MAX_QUERY:
        raise TooLong(f"the query must not be longer than {MAX_QUERY} characters")
    return request.query_params.multi_items()


def _check_topic(queries: StoryQueries, slug: str) -> None:
    """Raise NotFound for an unknown topic: an empty feed would look as if it had no news."""
    if slug and slug not in queries.topics:
        raise NotFound(f"topic: there is no topic {slug!r}")
