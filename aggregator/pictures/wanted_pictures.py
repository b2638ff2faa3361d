"""Which pictures the pages want, those that most readers see first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from aggregator.identify import ascii_host
from aggregator.model import Feed, Story
from aggregator.model.urls import is_http_url
from aggregator.pictures.picture_folder import Wanted
from aggregator.publish.picture_urls import publisher_host

_MAX = 3_000
_MAX_ICONS = 500  # an article can name any host as that of its publisher
_PER_FEED = 200  # entries, from the first


def wanted_pictures(feeds: Sequence[Feed], stories: Mapping[str, Story]) -> list[Wanted]:
    """The pictures of the entries of the feeds, and on a site with pages of stories the icons of
    the publishers in those, by rank: first those of all leads. `stories` are the stories of the
    entries, by id."""
    ranked = dict.fromkeys(_by_rank(feeds, stories))
    icons = [item for item in ranked if item.is_icon]
    too_many = frozenset(icons[_MAX_ICONS:])
    return [item for item in islice(ranked, _MAX) if item not in too_many]


def _by_rank(feeds: Sequence[Feed], stories: Mapping[str, Story]) -> Iterator[Wanted]:
    for rank in range(min(_PER_FEED, max((len(feed.entries) for feed in feeds), default=0))):
        entries = [feed.entries[rank] for feed in feeds if rank < len(feed.entries)]
        for entry in entries:
            if entry.image and is_http_url(entry.image.url):
                yield Wanted(entry.image.url)
        ids = (entry.id for entry in entries if feeds[0].site.story_pages)
        for story in (stories[story_id] for story_id in ids if story_id in stories):
            urls = (article.url for article in (story.lead, *story.coverage) if story.coverage)
            for host in dict.fromkeys(map(publisher_host, urls)):
                if "." in ascii_host(host):
                    yield Wanted(host, is_icon=True)
