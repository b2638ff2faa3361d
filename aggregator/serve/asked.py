"""Feeds on demand by URL: what a query string asks for, bounded, and kept by what it asks for.

/feeds/space.atom?q=telescope -hubble&min_quality=90&since=2026-11-01&limit=20
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, uuid5

from aggregator.pipeline import Desk, Selection
from aggregator.publish import FORMATS, render, story_fields
from aggregator.serve.files import Served, served_bytes

MAX_QUERY = 1_000  # characters of a query string
_MOST = 500  # entries
_USUAL = 50
_KEPT = 256  # answers
_AT_ONCE = 2  # that are made at the same time; others wait
_PATIENCE = 5.0  # seconds
_KEYS = ("q", "min_quality", "since", "publisher", "limit")


class BadQuery(Exception):
    """The query string asks for something that is not there; its text says what."""


class NotHere(Exception):
    """There is no such file, feed or topic."""


class TooBusy(Exception):
    """So much is asked at once that one more has to come again later."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, and the same as a query string in one form."""

    selection: Selection
    canonical: str

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Asked:
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
        selection = Selection(given.get("q", ""), least, since, given.get("publisher", ""), limit)
        return cls(selection, urlencode(sorted(given.items())))


class OnDemand:
    """Makes what is asked for from the desk, once for each form of asking and state of the desk."""

    def __init__(self, desk: Callable[[], Desk]) -> None:
        self._desk = desk
        self._over: Desk | None = None
        self._kept: OrderedDict[tuple[str, ...], Served] = OrderedDict()
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(_AT_ONCE)

    def feed(self, slug: str, ext: str, asked: Asked) -> Served:
        """A feed. Raises NotHere or TooBusy."""

        def make(desk: Desk) -> Served:
            feed = replace(desk.feed(slug, asked.selection), query=asked.canonical)
            own = uuid5(NAMESPACE_URL, feed.address("")).urn
            return served_bytes(
                render(replace(feed, id=own), ext),
                feed.updated.timestamp(),
                FORMATS[ext].media_type,
            )

        return self._answer(slug, ext, asked, make)

    def stories(self, slug: str, asked: Asked) -> Served:
        """The stories as JSON. Raises NotHere or TooBusy."""

        def make(desk: Desk) -> Served:
            found = desk.stories(slug, asked.selection)
            newest = max((one.story.updated for one in found), default=desk.now)
            body = json.dumps({"stories": [story_fields(one) for one in found]}, ensure_ascii=False)
            return served_bytes(body.encode(), newest.timestamp(), "application/json")

        return self._answer(slug, "", asked, make)

    def _answer(self, slug: str, ext: str, asked: Asked, make: Callable[[Desk], Served]) -> Served:
        desk, key = self._desk(), (slug, ext, asked.canonical)
        if slug not in desk.topics:
            raise NotHere(slug)
        with self._lock:
            if desk is not self._over:
                self._over = desk
                self._kept.clear()
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        with self._place():
            made = make(desk)
        with self._lock:
            if desk is self._over:
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
