"""``/search``: the stories of any age that match a query."""

from __future__ import annotations

import re
from datetime import timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from aggregator.classify import Query
from aggregator.publish import compose_entry
from aggregator.publish.search_page import ORDERS, TIMES, Found, Search, search_page
from aggregator.queries import StoryQueries, search_results
from aggregator.serve.feed_query import MAX_QUERY
from aggregator.serve.http_errors import NOTHING_HERE, NotFound, TooLong
from aggregator.serve.on_demand import OnDemand
from aggregator.serve.output_cache import Representation
from aggregator.serve.page_handlers import page_context
from aggregator.serve.responses import answer
from aggregator.serve.service import Service

_MAX_WORDS = 500  # characters
_PAGE_SIZE = 30  # stories
_NUMBER = re.compile(r"[1-9]\d{0,2}")  # of a page
_AGES = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=31)}


class SearchHandlers:
    """Handler of the search page."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._on_demand = OnDemand()

    @property
    def routes(self) -> list[Route]:
        """The address that it answers."""
        return [Route("/search", self.search)]

    async def search(self, request: Request) -> Response:
        """A page of the stories that match. Raises NotFound for an order, a time or a page that
        there is not, and TooLong."""
        http = self._service.settings.http
        if "search" in http.disabled:
            raise NotFound(NOTHING_HERE)
        search = _search_of(request)
        key = (search.words, search.sort, search.when, str(search.number))
        client = request.client.host if request.client else ""

        def cached_or_built() -> Representation:
            queries = self._service.queries()
            return self._on_demand.answer(
                queries, key, lambda: self._page(queries, search), client, http.per_minute
            )

        representation = self._on_demand.cached(self._service.loaded_queries(), key)
        if representation is None:
            representation = await run_in_threadpool(cached_or_built)
        return answer(request, representation, 0)

    def _page(self, queries: StoryQueries, search: Search) -> Representation:
        since = queries.now - _AGES[search.when] if search.when in _AGES else None
        results = search_results(queries, search.words, since, search.sort)
        start = (search.number - 1) * _PAGE_SIZE
        stories = results.stories[start : start + _PAGE_SIZE]
        if start and not stories:
            raise NotFound("the search has no such page")
        names, site = queries.names, queries.options.site
        results_page = Found(
            [compose_entry(story, names, site) for story in stories],
            start + 1,
            len(results.stories),
            results.more,
            results.publishers,
            results.languages,
        )
        spans = Query.parse(search.words).spans
        body = search_page(page_context(self._service, queries), search, results_page, spans)
        return Representation(body, queries.now.timestamp(), "text/html")


def _search_of(request: Request) -> Search:
    """What a request asks for. Raises NotFound and TooLong."""
    if len(request.scope["query_string"]) > MAX_QUERY:
        raise TooLong(f"the query must not be longer than {MAX_QUERY} characters")
    values = request.query_params
    sort, when = values.get("sort", ORDERS[0][0]), values.get("when", TIMES[-1][0])
    number = values.get("page", "1")
    if sort not in dict(ORDERS) or when not in dict(TIMES) or not _NUMBER.fullmatch(number):
        raise NotFound("there is no such order, time or page of a search")
    return Search(values.get("q", "").strip()[:_MAX_WORDS], sort, when, int(number))
