"""Who is behind a publisher, as far as that can be seen."""

from __future__ import annotations

from functools import lru_cache

from aggregator.model import Publisher

_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gob", "gov", "ne", "net", "or", "org"})
"""Labels under which some countries register names: ``example.co.uk`` is a name, ``co.uk`` none."""

SHARED_HOSTS = frozenset(
    """
    apple.news blogspot.com bsky.app example.com example.net example.org facebook.com flipboard.com
    github.io google.com medium.com msn.com reddit.com substack.com tumblr.com twitter.com
    vimeo.com wordpress.com x.com yahoo.com youtube.com
    """.split()  # noqa: SIM905 -- as data it reads best so
)
"""Hosts of many publishers that have nothing to do with each other: there the name tells."""


@lru_cache(maxsize=65_536)
def owner(publisher: Publisher) -> str:
    """Its domain without subdomains (``news.example.co.uk`` is ``example.co.uk``), else its name.

    One owner's sites count once where publishers are counted.
    """
    labels = publisher.domain.casefold().split(".")
    if len(labels) < 2:
        return publisher.name.casefold()
    country = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    domain = ".".join(labels[-3 if country else -2 :])
    return publisher.name.casefold() if domain in SHARED_HOSTS else domain
