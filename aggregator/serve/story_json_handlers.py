"""Stories for programs: ``/stories.json``, ``/stories/<id>.json`` and their description,
``/openapi.json``."""

from __future__ import annotations

import json
from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from aggregator.config import Settings
from aggregator.model import Story, story_path
from aggregator.pipeline import EVERYTHING
from aggregator.publish import story_fields, unranked_fields
from aggregator.queries import StoryQueries
from aggregator.serve.feed_handlers import FeedHandlers, pairs_of
from aggregator.serve.http_errors import NOTHING_HERE, SECURITY, NotFound, StoryGone
from aggregator.serve.openapi import description
from aggregator.serve.output_cache import Representation
from aggregator.serve.responses import answer, link
from aggregator.serve.service import Service

_NO_STORY = "there is no such story"


class StoryJsonHandlers:
    """Handlers of the stories as JSON."""

    def __init__(self, service: Service, feeds: FeedHandlers) -> None:
        self._service = service
        self._feeds = feeds
        self._description: tuple[Settings | None, Representation | None] = (None, None)

    @property
    def routes(self) -> list[Route]:
        """The addresses that these handlers answer."""
        return [
            Route("/stories.json", self.stories),
            Route("/stories/{uuid}.json", self.story),
            Route("/openapi.json", self.openapi),
        ]

    async def stories(self, request: Request) -> Response:
        """The stories that a query selects, a page of them."""
        self._require()
        feed_query = self._feeds.feed_query(pairs_of(request), paged=True)
        representation = await self._feeds.built(request, EVERYTHING, "", feed_query)
        described_by = link(f"{self._service.settings.site.url}openapi.json", "service-desc")
        return answer(request, representation, self._feeds.max_age(), [described_by])

    async def story(self, request: Request) -> Response:
        """A story with all of its coverage; a story that was merged into another redirects (308) to
        that one. Raises NotFound and StoryGone."""
        self._require()
        story_id = story_id_of(request)
        queries, story = await run_in_threadpool(find_story, self._service, story_id)
        if story.id != story_id:
            return RedirectResponse(f"../{story_path(story.id)}.json", 308, SECURITY)
        ranked = await run_in_threadpool(queries.ranked, EVERYTHING, story.id)
        names = queries.names
        fields = story_fields(ranked, names) if ranked else unranked_fields(story, names)
        fields["page"] = self._service.settings.site.story_page(story.id) or None
        body = json.dumps(fields, ensure_ascii=False).encode()
        modified = max(story.updated, queries.now).timestamp()
        representation = Representation(body, modified, "application/json")
        return answer(request, representation, self._feeds.max_age())

    async def openapi(self, request: Request) -> Response:
        """The description of these and of the other addresses for programs (OpenAPI 3.1)."""
        settings = self._service.settings
        described_settings, representation = self._description
        if representation is None or described_settings is not settings:
            content = description(settings.site.title, settings.formats)
            body = json.dumps(content, ensure_ascii=False).encode()
            modified = self._service.now().timestamp()
            representation = Representation(body, modified, "application/json")
            self._description = (settings, representation)
        return answer(request, representation, self._feeds.max_age())

    def _require(self) -> None:
        if "stories" in self._service.settings.http.disabled:
            raise NotFound(NOTHING_HERE)


def story_id_of(request: Request) -> str:
    """The id of the story that the address names. Raises NotFound if it is not that of any."""
    try:
        return UUID(request.path_params["uuid"]).urn
    except ValueError:
        raise NotFound(_NO_STORY) from None


def find_story(service: Service, story_id: str) -> tuple[StoryQueries, Story]:
    """The story with this id, or the one that it was merged into. Raises NotFound, and StoryGone
    where there was one."""
    queries = service.queries()
    story = queries.story(story_id)
    if story is None and queries.is_removed(story_id):
        raise StoryGone("this story was removed some time after it last changed")
    if story is None:
        raise NotFound(_NO_STORY)
    return queries, story
