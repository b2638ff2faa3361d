"""What a site says of itself to crawlers and browsers: ``/robots.txt``, ``/sitemap.xml``,
``/opensearch.xml``, ``/site.webmanifest`` and its icons."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from aggregator.config import Settings
from aggregator.model import story_path
from aggregator.pipeline import EVERYTHING
from aggregator.publish import (
    BITMAPS,
    ICON_TYPES,
    SitemapUrl,
    icon_files,
    opensearch,
    png,
    robots_txt,
    sitemap,
    web_manifest,
)
from aggregator.publish.wording import Wording
from aggregator.queries import StoryQueries
from aggregator.rank.signals import SECOND
from aggregator.serve.http_errors import NOTHING_HERE, NotFound
from aggregator.serve.on_demand import OnDemand
from aggregator.serve.output_cache import Representation
from aggregator.serve.responses import answer
from aggregator.serve.service import Service

_ICON_NAMES = (*(f"icon{suffix}" for suffix in ICON_TYPES), "favicon.ico", *BITMAPS)
_MAX_AGE = 3_600  # seconds: these change with the configuration only
_SITEMAP_MAX_AGE = 900  # seconds: crawlers come more seldom


class SiteFiles:
    """Handlers of the files of the site."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._on_demand = OnDemand()
        self._settings: Settings | None = None  # those that `_representations` are of
        self._representations: dict[str, Representation] = {}

    @property
    def routes(self) -> list[Route]:
        """The addresses that these handlers answer."""
        return [
            Route("/robots.txt", self.robots),
            Route("/sitemap.xml", self.sitemap),
            Route("/sitemap-{number:int}.xml", self.sitemap),
            Route("/opensearch.xml", self.search_description),
            Route("/site.webmanifest", self.manifest),
            *(Route(f"/{name}", self.icon) for name in _ICON_NAMES),
        ]

    async def robots(self, request: Request) -> Response:
        """``/robots.txt``."""
        settings = self._service.settings
        return self._answer(
            request, "text/plain", lambda: robots_txt(settings.site, settings.formats)
        )

    async def search_description(self, request: Request) -> Response:
        """``/opensearch.xml``. Raises NotFound without a search."""
        settings = self._service.settings
        if "search" in settings.http.disabled:
            raise NotFound(NOTHING_HERE)
        text = Wording.of(settings.site)("common.search_stories")
        return self._answer(
            request,
            "application/opensearchdescription+xml",
            lambda: opensearch(settings.site, text, settings.formats),
        )

    async def manifest(self, request: Request) -> Response:
        """``/site.webmanifest``."""
        site = self._service.settings.site
        text = Wording.of(site)("front.description")
        return self._answer(request, "application/manifest+json", lambda: web_manifest(site, text))

    async def icon(self, request: Request) -> Response:
        """An icon. Raises NotFound."""
        site, name = self._service.settings.site, request.scope["path"][1:]
        if name in BITMAPS and not site.icon:
            size = BITMAPS[name]
            await run_in_threadpool(png, size)  # the first one takes a while
            return self._answer(request, "image/png", partial(png, size))
        for icon in await run_in_threadpool(icon_files, site):
            if icon.name == name:
                return self._answer(request, icon.media_type, partial(bytes, icon.data))
        raise NotFound(NOTHING_HERE)

    async def sitemap(self, request: Request) -> Response:
        """``/sitemap.xml``, or with a number a part of it. Raises NotFound."""
        number = request.path_params.get("number", 0)
        key = ("sitemap", str(number))
        client = request.client.host if request.client else ""

        def build(queries: StoryQueries) -> Representation:
            try:
                body = sitemap(self._service.settings.site, _pages(queries), number)
            except IndexError:
                raise NotFound(NOTHING_HERE) from None
            return Representation(body, queries.now.timestamp(), "application/xml")

        def cached_or_built() -> Representation:
            queries = self._service.queries()
            per_minute = self._service.settings.http.per_minute
            return self._on_demand.answer(queries, key, lambda: build(queries), client, per_minute)

        representation = await run_in_threadpool(cached_or_built)
        return answer(request, representation, _SITEMAP_MAX_AGE)

    def _answer(self, request: Request, media_type: str, content: Callable[[], bytes]) -> Response:
        """The response with the content of this path, made anew where the settings changed."""
        settings, path = self._service.settings, request.scope["path"]
        if settings is not self._settings:
            self._settings, self._representations = settings, {}
        representation = self._representations.get(path)
        if representation is None:
            modified = self._service.now().timestamp()
            representation = Representation(content(), modified, media_type)
            self._representations[path] = representation
        return answer(request, representation, _MAX_AGE)


def _pages(queries: StoryQueries) -> list[SitemapUrl]:
    """The pages that a crawler should read: of the topics, then of the stories of the window."""
    private = queries.options.private
    changed: dict[str, int] = {}  # the newest article in microseconds, by topic
    stories = []
    for story in queries.shown_stories():
        newest = max(story.signals.published, story.signals.newest_coverage)
        for slug in (EVERYTHING, *(slug for slug, _, _ in story.topics)):
            changed[slug] = max(newest, changed.get(slug, newest))
        stories.append(SitemapUrl(story_path(story.id), _time(newest)))
    slugs = [feed.slug for feed in queries.menu if feed.slug not in private and not feed.private]
    topics = [
        SitemapUrl(f"feeds/{quote(slug)}.html", _time(changed[slug]) if slug in changed else None)
        for slug in slugs
    ]
    front = SitemapUrl("", _time(changed[EVERYTHING]) if changed else None)
    return [front, *topics, *stories]


def _time(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds // SECOND, UTC)
