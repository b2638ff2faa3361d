"""Adding a feed to the configuration: it is read first, so that no unreadable one is added."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from aggregator.config import Settings, add_sources
from aggregator.errors import AggregatorError
from aggregator.model import FailureKind, Reading, Source
from aggregator.model.urls import is_http_url
from aggregator.read import ReadOptions, find_feeds, read_sources
from aggregator.read.guard import host_of


@dataclass(frozen=True, slots=True)
class AddedFeed:
    """The source as written to the configuration, and the URLs of other feeds of its page."""

    source: Source
    others: tuple[str, ...] = ()


def add_feed(settings: Settings, url: str, name: str, now: datetime) -> AddedFeed:
    """Read the feed at a URL, or the first feed that the page there links, and add it to the
    configuration. An empty `name` means the title of the feed. Raises AggregatorError where
    nothing was added."""
    if not is_http_url(url):
        raise AggregatorError(f"{url}: must be an http(s) URL; nothing was added")
    reading, others = _read_once(url, settings, now), []
    if reading.state.failure == FailureKind.PAGE:
        feeds, why = find_feeds(url, _options(url, settings))
        if not feeds:
            raise AggregatorError(f"{url}: {why}; nothing was added")
        url, *others = feeds
        reading = _read_once(url, settings, now)
    if reading.state.error:
        raise AggregatorError(f"{url}: {reading.state.error}; nothing was added")
    source = Source(name or reading.state.title or url, "feed", url)
    added = add_sources(settings.path, [source])
    if not added:
        raise AggregatorError(f"{url}: it is in the configuration already; nothing was added")
    return AddedFeed(added[0], tuple(others))


def _read_once(url: str, settings: Settings, now: datetime) -> Reading:
    source = Source(url, "feed", url)
    return next(read_sources([source], {}, lambda _: {}, _options(url, settings), now))


def _options(url: str, settings: Settings) -> ReadOptions:
    """The options of reading, with the URL's host as one of the configuration: an allowed private
    network applies to it, but not to hosts that its page links."""
    hosts = settings.reading.configured_hosts
    return replace(
        settings.reading, configured_hosts=None if hosts is None else hosts | {host_of(url)}
    )
