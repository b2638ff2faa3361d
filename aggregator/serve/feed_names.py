"""Which feed an address is about: present names, former ones, and those of feeds that ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from aggregator.config import Settings
from aggregator.pipeline import EVERYTHING, PlanOptions
from aggregator.serve.http_errors import SECURITY, NotFound, RequestError, TopicGone
from aggregator.serve.service import Service


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a configuration. `public` are those of feeds that anybody may have (None: topics
    come and go by themselves), `former` lead to present ones, and that there is or was a feed of a
    `hidden` name is nobody's business."""

    settings: Settings
    public: frozenset[str] | None
    former: Mapping[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: Settings) -> Names:
        """The names that follow from a configuration."""
        options = PlanOptions.of(settings)
        public: set[str] | None = None
        if settings.topics:
            public = {EVERYTHING, *(topic.slug for topic in settings.topics)} - options.private
            public |= {name for slug in public if (name := options.digest_slug(slug))}
        former = {**options.names_by_alias, **options.aliases}
        return cls(
            settings, None if public is None else frozenset(public), former, options.private_names
        )


class Addresses:
    """Answers for names that have no feed now."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._names = Names.of(service.settings)

    @property
    def names(self) -> Names:
        """The names of the present configuration."""
        if self._names.settings is not self._service.settings:
            self._names = Names.of(self._service.settings)
        return self._names

    def is_served(self, slug: str) -> bool:
        """Whether a file of this name may be served, if there is one."""
        public = self.names.public
        return public is None or slug in public

    async def missing(self, slug: str, what: str) -> RequestError:
        """Why there is nothing: 410 for a feed that there was, so that readers end its
        subscription; 404 for any other name."""
        if self.names.public is not None and slug not in self.names.hidden:
            records = await run_in_threadpool(self._service.store.feeds)
            if slug in records:
                return TopicGone("this feed has ended")
        return NotFound(what)


def moved(request: Request, name: str) -> Response:
    """301 to another file name at the same place, with the same query."""
    query = request.scope["query_string"].decode("ascii", "replace")
    location = f"{name}?{query}" if query else name
    return RedirectResponse(location, 301, SECURITY)
