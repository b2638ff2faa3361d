"""The pages of days and weeks: the archive, and where the entries of digests lead."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from aggregator.model import EVERYTHING
from aggregator.pictures import pictures_in
from aggregator.publish import Wording, period_path
from aggregator.publish.day_page import PeriodContent, day_page, month_days
from aggregator.queries import StoryQueries, days_around, days_with_stories, stories_of_period
from aggregator.serve.http_errors import SECURITY, NotFound
from aggregator.serve.on_demand import OnDemand
from aggregator.serve.output_cache import Representation
from aggregator.serve.page_handlers import page_context
from aggregator.serve.responses import answer
from aggregator.serve.service import Service

_DAY = re.compile(r"/(\d{4})/(\d\d)/(\d\d)$", re.ASCII)
_WEEK = re.compile(r"/(\d{4})/w(\d\d)$", re.ASCII)
_NO_DAY = "there are no stories of such a day"
_MAX_AGE = 0  # seconds: as of all pages


class DayHandlers:
    """Handlers of ``/2026/11/24``, ``/2026/w48`` and ``/days``. A topic (slug) in the query selects
    its stories."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._on_demand = OnDemand()

    @property
    def routes(self) -> list[Route]:
        """The addresses that this handler answers. Others of two or three parts come before."""
        return [
            Route("/days", self.latest),
            Route("/{year}/{month}/{day}", self.day),
            Route("/{year}/{week}", self.week),
        ]

    async def day(self, request: Request) -> Response:
        """The page of a day. Raises NotFound for one that is to come, or without a memory."""
        match = _DAY.search(request.scope["path"])
        return await self._page(request, _date(match, date), "daily", "../../")

    async def latest(self, request: Request) -> Response:
        """A redirect to the page of the last day that is over and has stories, else of today.
        Raises NotFound where no story is remembered."""

        def find() -> date | None:
            queries, now = self._service.queries(), self._service.now()
            today = Wording.of(self._service.settings.site).date_of(now)
            around = days_around(queries, [today], now)
            if around:
                return around[0]
            return today if days_with_stories(queries, [today], now) else None

        day = await run_in_threadpool(find)
        if day is None:
            raise NotFound(_NO_DAY)
        query = request.scope["query_string"].decode("ascii", "replace")
        path = period_path(day, "daily")
        headers = {**SECURITY, "Cache-Control": "no-store"}
        return RedirectResponse(f"{path}?{query}" if query else path, 307, headers)

    async def week(self, request: Request) -> Response:
        """The page of a week (ISO 8601). Raises NotFound as ``day``."""
        match = _WEEK.search(request.scope["path"])
        first = _date(match, lambda year, week: date.fromisocalendar(year, week, 1))
        return await self._page(request, first, "weekly", "../")

    async def _page(self, request: Request, first: date, interval: str, root: str) -> Response:
        topic = request.query_params.get("topic", EVERYTHING)
        if topic in self._service.settings.http.tokens:  # a private topic is not revealed
            raise NotFound(_NO_DAY)
        settings = self._service.settings
        pictures = pictures_in(settings.output, settings.pictures).version
        key = ("period", interval, f"{first}", topic, str(pictures))
        client = request.client.host if request.client else ""
        per_minute = self._service.settings.http.per_minute

        def cached_or_built() -> Representation:
            queries = self._service.queries()

            def build() -> Representation:
                return self._representation(queries, first, interval, topic, root)

            return self._on_demand.answer(queries, key, build, client, per_minute)

        representation = self._on_demand.cached(self._service.loaded_queries(), key)
        if representation is None:
            representation = await run_in_threadpool(cached_or_built)
        return answer(request, representation, _MAX_AGE)

    def _representation(
        self, queries: StoryQueries, first: date, interval: str, topic: str, root: str
    ) -> Representation:
        """The page as of the time of the queries. Raises NotFound."""
        if topic not in queries.topics:
            raise NotFound(_NO_DAY)
        now = self._service.now()
        period = stories_of_period(queries, first, interval, now, topic)
        if period is None:
            raise NotFound(_NO_DAY)
        context = page_context(self._service, queries, root)
        digest_slug = queries.options.digest_slug(topic)
        day = PeriodContent(
            period.first,
            interval,
            period.end,
            period.is_over,
            period.stories,
            period.before,
            period.after,
            days_with_stories(queries, month_days(first), now),
            days_around(queries, month_days(first), now),
            topic,
            "" if topic == EVERYTHING else queries.source.titles[topic],
            next((feed for feed in context.feeds if feed.slug == digest_slug), None),
            queries.names,
        )
        body = day_page(context, day)
        return Representation(body, queries.now.timestamp(), "text/html")


def _date(match: re.Match[str] | None, parse: Callable[..., date]) -> date:
    """The day in a path. Raises NotFound for one that no calendar has."""
    if match is None:
        raise NotFound(_NO_DAY)
    try:
        first = parse(*map(int, match.groups()))
        if not date(1970, 1, 1) <= first < date(9999, 1, 1):  # no story is outside
            raise ValueError(first)
    except ValueError:
        raise NotFound(_NO_DAY) from None
    return first
