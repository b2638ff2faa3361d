"""``/status``: the sources, and what to do about those that fail."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from aggregator.publish.source_problems import Level
from aggregator.publish.status_page import Totals, status_page
from aggregator.queries import StoryQueries, source_statuses
from aggregator.serve.http_errors import NOTHING_HERE, NotFound
from aggregator.serve.page_handlers import page_context
from aggregator.serve.responses import no_store_page
from aggregator.serve.service import Service

_MAX_COUNTED = 50_000  # stories whose publishers are counted; more would take a second


class StatusHandlers:
    """Handler of the status page."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._counted: tuple[StoryQueries | None, int | None] = (None, None)

    @property
    def routes(self) -> list[Route]:
        """The address that it answers."""
        return [Route("/status", self.status)]

    async def status(self, request: Request) -> Response:
        """The page, with ``?state=`` only the sources in this state. Raises NotFound for another
        one, and where the page is turned off."""
        if "status" in self._service.settings.http.disabled:
            raise NotFound(NOTHING_HERE)
        state = request.query_params.get("state")
        if state is not None and state not in set(Level):
            raise NotFound("there is no such state")
        level = None if state is None else Level(state)
        return no_store_page(await run_in_threadpool(self._page, level))

    def _page(self, state: Level | None) -> bytes:
        service, queries = self._service, self._service.queries()
        now = service.now()
        sources = source_statuses(service.settings.sources, service.store, now)
        feeds = len(queries.menu)
        totals = Totals(queries.story_count, self._with_coverage(queries), feeds, queries.now)
        problems = [text for text in (service.health(), service.degraded()) if text]
        context = page_context(service, queries)
        return status_page(context, sources, totals, now, state=state, problems=problems)

    def _with_coverage(self, queries: StoryQueries) -> int | None:
        """How many stories more than one publisher has; None if there are too many to count."""
        if queries.story_count > _MAX_COUNTED:
            return None
        if self._counted[0] is not queries:
            count = sum(bool(story.signals.coverage) for story in queries.shown_stories())
            self._counted = (queries, count)
        return self._counted[1]
