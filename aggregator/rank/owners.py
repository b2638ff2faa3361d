"""The owner of a publisher, as far as its domain shows it."""

from __future__ import annotations

from functools import lru_cache

from aggregator.model import Publisher

_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gob", "gov", "ne", "net", "or", "org"})
"""Labels under which some countries register domains: ``example.co.uk`` is one, ``co.uk`` is
not."""

SHARED_HOSTS = frozenset(
    """
    apple.news blogspot.com bsky.app example.com example.net example.org facebook.com flipboard.com
    github.io google.com medium.com msn.com reddit.com substack.com tumblr.com twitter.com
    vimeo.com wordpress.com x.com yahoo.com youtube.com
    """.split()  # noqa: SIM905 -- most readable as data
)
"""Hosts of many unrelated publishers: these are told apart by their names."""


@lru_cache(maxsize=65_536)
def owner(publisher: Publisher) -> str:
    """The registered domain (``example.co.uk`` of ``news.example.co.uk``); the name in lower case
    if the publisher has no domain or writes on a shared host.

    Wherever publishers are counted, the sites of one owner count once.
    """
    labels = publisher.domain.casefold().split(".")
    if len(labels) < 2:
        return publisher.name.casefold()
    country = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    domain = ".".join(labels[-3 if country else -2 :])
    return publisher.name.casefold() if domain in SHARED_HOSTS else domain
