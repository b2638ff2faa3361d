"""Which pictures the pages want, those that most readers see first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from aggregator.identify import ascii_host
from aggregator.model import Feed, Story
from aggregator.model.urls import is_http_url
from aggregator.pictures.picture_folder import Wanted

_MAX = 3_000
_PER_FEED = 200  # entries, from the first


def wanted_pictures(feeds: Sequence[Feed], stories: Mapping[str, Story]) -> list[Wanted]:
    """The pictures and icons of the entries of the feeds, by rank: first those of all leads.
    `stories` are the stories of the entries, whose other publishers have icons, too."""
    found = dict.fromkeys(_by_rank(feeds, stories))
    return list(islice(found, _MAX))


def _by_rank(feeds: Sequence[Feed], stories: Mapping[str, Story]) -> Iterator[Wanted]:
    for rank in range(min(_PER_FEED, max((len(feed.entries) for feed in feeds), default=0))):
        entries = [feed.entries[rank] for feed in feeds if rank < len(feed.entries)]
        for entry in entries:
            if entry.image and is_http_url(entry.image.url):
                yield Wanted(entry.image.url)
        for entry in entries:
            story = stories.get(entry.id)
            articles = (story.lead, *story.coverage) if story else ()
            publishers = (entry.publisher, *(article.publisher for article in articles))
            for domain in dict.fromkeys(publisher.domain for publisher in publishers):
                if domain and "." in ascii_host(domain):
                    yield Wanted(domain, is_icon=True)
