"""The names of feeds: current ones, former ones that redirect, and those of feeds that ended."""

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
    """The names of feeds that follow from a configuration. `public` are those of feeds without a
    token (None: no topics are configured, so any name may be a feed); `former` maps former names to
    current ones; `hidden` names belong to private feeds, whose existence is not revealed."""

    settings: Settings
    public: frozenset[str] | None
    former: Mapping[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: Settings) -> Names:
        """The names for these settings."""
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
    """Decides which names are served, and what to answer for the others."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._names = Names.of(service.settings)

    @property
    def names(self) -> Names:
        """The names for the current configuration."""
        if self._names.settings is not self._service.settings:
            self._names = Names.of(self._service.settings)
        return self._names

    def is_served(self, slug: str) -> bool:
        """Whether a file with this name may be served if it exists."""
        public = self.names.public
        return public is None or slug in public

    async def missing(self, slug: str, message: str) -> RequestError:
        """The error for a name without a feed: TopicGone (410) for a feed that ended, so that feed
        readers unsubscribe; NotFound with `message` for any other name."""
        if self.names.public is not None and slug not in self.names.hidden:
            records = await run_in_threadpool(self._service.store.feeds)
            if slug in records:
                return TopicGone("this feed has ended")
        return NotFound(message)


def moved(request: Request, name: str) -> Response:
    """301 to another file name in the same folder, with the same query."""
    query = request.scope["query_string"].decode("ascii", "replace")
    location = f"{name}?{query}" if query else name
    return RedirectResponse(location, 301, SECURITY)
