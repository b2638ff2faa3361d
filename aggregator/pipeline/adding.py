"""Adding a feed to the configuration: read once, so that nothing enters it that cannot be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aggregator.config import Settings, add_sources
from aggregator.errors import AggregatorError
from aggregator.model import Reading, Source
from aggregator.read import find_feeds, read_sources


@dataclass(frozen=True, slots=True)
class Added:
    """The source as it is in the configuration now, and the other feeds that its page names."""

    source: Source
    others: tuple[str, ...] = ()


def add_feed(settings: Settings, url: str, name: str, now: datetime) -> Added:
    """Read the feed at a URL, or the first one that the page there names, and add it; the name is
    the feed's own where none is given. Raises AggregatorError, and nothing was added."""
    if not url.startswith(("http://", "https://")):
        raise AggregatorError(f"{url}: an http(s) URL is wanted; nothing was added")
    reading, others = _read_once(url, settings, now), []
    if "HTML page" in reading.state.error:
        feeds, why = find_feeds(url, settings.reading)
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
    return Added(added[0], tuple(others))


def _read_once(url: str, settings: Settings, now: datetime) -> Reading:
    source = Source(url, "feed", url)
    return next(read_sources([source], {}, lambda _: {}, settings.reading, now))
