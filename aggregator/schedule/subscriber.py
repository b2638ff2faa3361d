"""WebSub as a subscriber (W3C Recommendation, 23 January 2018): hubs push what is new.

Discovery is the reader's: a feed names its hub and its own address. We ask the hub, it confirms at
our callback, and sends what is new there until the lease ends; we ask again before that. Polling
goes on at a quarter of the pace, so that a hub that falls silent costs time and no news.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import queue
import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from aggregator.config import Settings
from aggregator.model import (
    NO_WORDS,
    CleanText,
    Reading,
    Source,
    SourceState,
    Subscription,
    clean_text,
)
from aggregator.read.background import BackgroundReader
from aggregator.store import Store

LEASE = timedelta(days=10)
LONGEST_LEASE = timedelta(days=30)
ASK_AGAIN = timedelta(hours=1)
SLOWER = 4
LONGEST_WAIT = timedelta(hours=24)
MAX_REASON = 400  # characters
_ALGORITHMS = ("sha1", "sha256", "sha384", "sha512")  # section 7.1

log = logging.getLogger("aggregator")


class Subscriber:
    """The subscriptions of all sources. Its methods are called from several threads."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        reader: BackgroundReader,
        clock: Callable[[], datetime],
        listening: Callable[[], bool],
    ) -> None:
        """`listening` says whether hubs can reach our callbacks by now."""
        self._sources = {source.name: source for source in settings.sources}
        self._callback = f"{settings.site.url}websub/"
        self._wanted = settings.subscribe
        self._store = store
        self._reader = reader
        self._clock = clock
        self._listening = listening
        self._found: dict[str, tuple[CleanText, CleanText]] = {}
        self._lock = threading.Lock()
        self._known = store.subscriptions()
        self._refusals: queue.SimpleQueue[tuple[Subscription, str]] = queue.SimpleQueue()

    def discovered(self, readings: Iterable[Reading]) -> None:
        """Take note of the hubs that feeds name."""
        for reading in readings:
            if reading.hub and reading.self_url:
                self._found[reading.source.name] = (reading.hub, reading.self_url)

    def ask(self, now: datetime) -> None:
        """Ask the hubs that were not asked yet, and again where a lease is about to end or nobody
        has confirmed it. Before we listen nobody is asked: a hub confirms at once."""
        while not self._refusals.empty():
            asked, reason = self._refusals.get()
            current = self._known.get(asked.source, asked)
            self._remember(replace(current, error=clean_text(reason, MAX_REASON)))
        if not (self._wanted and self._listening()):
            return
        for source, (hub, topic) in self._found.items():
            known = self._known.get(source)
            if known is None or (known.hub, known.topic) != (hub, topic):
                token, secret = secrets.token_urlsafe(24), secrets.token_urlsafe(32)
                self._ask(Subscription(source, topic, hub, token, secret, now))
        self._found.clear()
        for known in list(self._known.values()):
            ending = known.until is None or known.until - now < LEASE / 10
            if (
                ending
                and abs(now - known.requested_at) >= ASK_AGAIN
                and known.source in self._sources
            ):
                self._ask(replace(known, requested_at=now))

    def reduce_polling(self, source: Source, state: SourceState, now: datetime) -> SourceState:
        """The state with its next poll later, where a hub pushes."""
        if not self._is_pushed(source, now) or state.due is None or state.checked is None:
            return state
        wait = max(
            state.due - state.checked, min((state.due - state.checked) * SLOWER, LONGEST_WAIT)
        )
        return replace(state, due=state.checked + wait)

    def confirm(self, token: str, mode: str, topic: str, lease: int) -> bool:
        """Verification of intent: whether we want what the hub asks about. A lease of 0 seconds
        is one that the hub does not tell."""
        known = self._by_token(token)
        if known is None or topic != known.topic:
            return False
        if mode == "denied":
            log.warning("%s: its hub refuses the subscription", known.source)
            self._remember(replace(known, until=None, error=clean_text("the hub refuses")))
            return True
        wanted = self._wanted and known.source in self._sources
        if mode == "unsubscribe":
            return not wanted
        if mode != "subscribe" or not wanted:
            return False
        length = min(timedelta(seconds=lease) or LEASE, LONGEST_LEASE)
        self._remember(replace(known, until=self._clock() + length, error=NO_WORDS))
        log.info("%s: its hub pushes what is new", known.source)
        return True

    def expects(self, token: str) -> bool:
        """Whether a hub may send something to this callback."""
        return self._source_of(token) is not None

    def deliver(self, token: str, body: bytes, content_type: str, signature: str) -> None:
        """Take what a hub sends. What is not signed with our secret is dropped, and the hub is not
        told, as section 7.1 has it."""
        known, source = self._by_token(token), self._source_of(token)
        if known is None or source is None:
            return
        if not _is_signed(body, signature, known.secret):
            log.warning("%s: something not signed by its hub was dropped", known.source)
            return
        state = self._store.sources().get(source.name) or SourceState(source.name, source.location)
        self._reader.take(source, state, body, content_type, self._clock())

    def _source_of(self, token: str) -> Source | None:
        known = self._by_token(token)
        return self._sources.get(known.source) if known and self._wanted else None

    def _ask(self, subscription: Subscription) -> None:
        self._remember(subscription)

        def answered(reason: str) -> None:
            if reason:
                log.warning("%s: its hub: %s", subscription.source, reason)
                self._refusals.put((subscription, reason))  # saved by the next tick: not here,
                # where the event loop of all readings would wait for the store

        self._reader.post(
            subscription.hub,
            {
                "hub.mode": "subscribe",
                "hub.topic": subscription.topic,
                "hub.callback": self._callback + subscription.token,
                "hub.secret": subscription.secret,
                "hub.lease_seconds": str(int(LEASE.total_seconds())),
            },
            answered,
        )

    def _is_pushed(self, source: Source, now: datetime) -> bool:
        known = self._known.get(source.name)
        return known is not None and known.until is not None and known.until > now

    def _by_token(self, token: str) -> Subscription | None:
        return next(
            (
                one
                for one in list(self._known.values())
                if hmac.compare_digest(one.token.encode(), token.encode())
            ),
            None,
        )

    def _remember(self, subscription: Subscription) -> None:
        with self._lock:
            self._known[subscription.source] = subscription
            self._store.save_subscription(subscription)


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    """``X-Hub-Signature: method=hex`` (section 7.1)."""
    method, _, given = signature.partition("=")
    if method not in _ALGORITHMS:
        return False
    made = hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()
    return hmac.compare_digest(made.encode(), given.strip().lower().encode())
