"""Responses that are built on request: cached, limited per client, and few built concurrently."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from uuid import NAMESPACE_URL, uuid5

from aggregator.model import Json, Site
from aggregator.pipeline import EVERYTHING
from aggregator.publish import FORMATS, Pictures, render, story_fields
from aggregator.publish.local_entries import with_local_pictures
from aggregator.queries import StoryQueries
from aggregator.serve.feed_query import MAX_OFFSET, FeedQuery
from aggregator.serve.http_errors import TooBusy
from aggregator.serve.limits import RateLimiter
from aggregator.serve.output_cache import Representation
from aggregator.serve.response_cache import ResponseCache

MAX_ARTICLES = 100
"""The articles of each story in a list of stories; ``/stories/<id>.json`` has all."""
_CONCURRENT_BUILDS = 2  # a build keeps one core busy, and ticks need one too; further ones wait
_SLOT_TIMEOUT = 5.0  # seconds that a client waits before 503


class OnDemand:
    """Builds each response once per key and `queries` (one per update of the stories)."""

    def __init__(self) -> None:
        self._cache = ResponseCache()
        self._slots = threading.BoundedSemaphore(_CONCURRENT_BUILDS)
        self._rate = RateLimiter()

    def cached(self, queries: StoryQueries | None, key: tuple[str, ...]) -> Representation | None:
        """The response built before under this key from the same `queries`, else None."""
        return self._cache.get(queries, key)

    def answer(
        self,
        queries: StoryQueries,
        key: tuple[str, ...],
        build: Callable[[], Representation],
        client: str,
        per_minute: int | None,
        *,
        indexed: bool = False,
    ) -> Representation:
        """The cached response for this key and `queries`, else what `build` returns. Only a
        response that must be built counts against the client's rate; one that the index answers
        (`indexed`) is built fast and needs no slot. Raises TooManyRequests or TooBusy."""
        self._cache.use_queries(queries)
        if cached := self._cache.get(queries, key):
            return cached
        self._rate.take(client, per_minute)
        with nullcontext() if indexed else self._slot():
            response = build()
        self._cache.put(queries, key, response)
        return response

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if not self._slots.acquire(timeout=_SLOT_TIMEOUT):
            raise TooBusy("too many feeds are being built; try again in a few seconds")
        try:
            yield
        finally:
            self._slots.release()


def feed_on_demand(
    queries: StoryQueries, slug: str, ext: str, feed_query: FeedQuery, pictures: Pictures
) -> Representation:
    """The stories of a topic that a query selects, as a feed with an id of its own for each query,
    and with these `pictures`. Raises KeyError for an unknown slug."""
    feed = replace(queries.feed(slug, feed_query.selection), query=feed_query.canonical)
    feed = replace(feed, id=uuid5(NAMESPACE_URL, feed.address("")).urn)
    feed = with_local_pictures(feed, pictures)
    return Representation(render(feed, ext), queries.now.timestamp(), FORMATS[ext].media_type)


def stories_on_demand(queries: StoryQueries, feed_query: FeedQuery, site: Site) -> Representation:
    """The stories that a query selects, as JSON, with the URL of those after them."""
    selection = feed_query.selection
    limit = selection.limit or 0
    ranked = queries.stories(EVERYTHING, replace(selection, limit=limit + 1 if limit else 0))
    stories: list[Json] = []
    for story in ranked[:limit]:
        fields = story_fields(story, queries.names, MAX_ARTICLES)
        fields["page"] = site.story_page(story.story.id) or None
        stories.append(fields)
    following = selection.offset + limit
    has_next = len(ranked) > limit > 0 and following <= MAX_OFFSET
    url = f"{site.url}stories.json?{feed_query.at(following)}" if has_next else None
    body = json.dumps({"stories": stories, "next": url}, ensure_ascii=False)
    return Representation(body.encode(), queries.now.timestamp(), "application/json")
