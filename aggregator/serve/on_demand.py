"""Feeds on demand by URL: what a query string asks for, bounded, and kept by what it asks for.

/feeds/space.atom?q=telescope -hubble&min_quality=90&since=2026-11-01&limit=20
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, uuid5

from aggregator.pipeline import EVERYTHING
from aggregator.publish import FORMATS, render, story_fields
from aggregator.queries import SORTS, Selection, StoryQueries
from aggregator.serve.http_errors import BadQuery, TooBusy
from aggregator.serve.limits import PerMinute
from aggregator.serve.output_cache import Representation

MAX_QUERY = 1_000  # characters of a query string
_MOST = 500  # entries
_USUAL = 50
_KEPT = 256  # answers
_AT_ONCE = 2  # that are made at the same time; others wait
_PATIENCE = 5.0  # seconds
_KEYS = ("q", "topic", "publisher", "min_quality", "since", "limit", "sort")


@dataclass(frozen=True, slots=True)
class FeedQuery:
    """What is asked for, and the same as a query string in one form."""

    selection: Selection
    canonical: str

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> FeedQuery:
        """From the pairs of a query string. Raises BadQuery."""
        given: dict[str, str] = {}
        for key, value in pairs:
            if key not in _KEYS:
                raise BadQuery(f"{key}: unknown, not one of {', '.join(_KEYS)}")
            if key in given:
                raise BadQuery(f"{key}: given twice")
            if value.strip():
                given[key] = value.strip()
        since = _date(given["since"]) if "since" in given else None
        quality = given.get("min_quality")
        least = None if quality is None else _number("min_quality", quality, 1_000)
        limit = _number("limit", given.get("limit", str(_USUAL)), _MOST)
        sort = given.get("sort", "rank")
        if sort not in SORTS:
            raise BadQuery(f"sort: not one of {', '.join(SORTS)}")
        selection = Selection(
            given.get("q", ""), least, since, given.get("publisher", ""), limit,
            given.get("topic", ""), sort,
        )  # fmt: skip
        return cls(selection, urlencode(sorted(given.items())))


class OnDemand:
    """Makes what is asked for, once for each form of asking and state of the desk."""

    def __init__(self) -> None:
        self._over: StoryQueries | None = None
        self._kept: OrderedDict[tuple[str, ...], Representation] = OrderedDict()
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(_AT_ONCE)
        self._rate = PerMinute()

    def kept(self, queries: StoryQueries | None, key: tuple[str, ...]) -> Representation | None:
        """What was made under this key of the same desk."""
        with self._lock:
            if queries is None or queries is not self._over or key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def answer(
        self,
        queries: StoryQueries,
        key: tuple[str, ...],
        make: Callable[[], Representation],
        client: str,
        per_minute: int | None,
        *,
        quick: bool = False,
    ) -> Representation:
        """What `make` makes, or made before under this key of the same desk. Only what has to be
        made counts for the client; what is `quick` waits for no other. Raises TooMany or TooBusy.
        """
        with self._lock:
            if queries is not self._over:
                self._over = queries
                self._kept.clear()
        if kept := self.kept(queries, key):
            return kept
        self._rate.take(client, per_minute)
        with nullcontext() if quick else self._place():
            made = make()
        with self._lock:
            if queries is self._over:
                self._kept[key] = made
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return made

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=_PATIENCE):
            raise TooBusy("too many feeds are asked for at once")
        try:
            yield
        finally:
            self._places.release()


def feed_on_demand(queries: StoryQueries, slug: str, ext: str, asked: FeedQuery) -> Representation:
    """A feed of what is asked for; with an id of its own. Raises KeyError for an unknown slug."""
    feed = replace(queries.feed(slug, asked.selection), query=asked.canonical)
    feed = replace(feed, id=uuid5(NAMESPACE_URL, feed.address("")).urn)
    return Representation(render(feed, ext), queries.now.timestamp(), FORMATS[ext].media_type)


def stories_on_demand(queries: StoryQueries, asked: FeedQuery) -> Representation:
    """The stories that are asked for, as JSON."""
    found = queries.stories(EVERYTHING, asked.selection)
    fields = [story_fields(one, queries.names) for one in found]
    body = json.dumps({"stories": fields}, ensure_ascii=False)
    return Representation(body.encode(), queries.now.timestamp(), "application/json")


def _number(key: str, text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > most:
        raise BadQuery(f"{key}: a whole number from 0 to {most} is wanted")
    return int(text)


def _date(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadQuery("since: a date or time of ISO 8601 is wanted, such as 2026-11-01") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
