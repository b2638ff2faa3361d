"""WebSub as a subscriber (W3C Recommendation, 23 January 2018): hubs push new content.

The reader discovers hubs: a feed names its hub and its own address. We request a subscription, the
hub confirms it at our callback and delivers new content there until the lease ends; we renew it
before that. Polling continues at a quarter of the pace: a silent hub delays news but loses none.
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

LEASE = timedelta(days=10)  # what we request; the hub may grant another
MAX_LEASE = timedelta(days=30)
REQUEST_INTERVAL = timedelta(hours=1)  # between two requests for one subscription
POLL_FACTOR = 4  # how many times longer the polls of a pushed source are apart
MAX_POLL_WAIT = timedelta(hours=24)  # so that a hub that falls silent costs a day at most
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
        """`listening` says whether hubs can reach our callbacks yet."""
        self._sources = {source.name: source for source in settings.sources}
        self._callback = f"{settings.site.url}websub/"
        self._enabled = settings.subscribe
        self._store = store
        self._reader = reader
        self._clock = clock
        self._listening = listening
        self._discovered: dict[str, tuple[CleanText, CleanText]] = {}  # source -> (hub, topic)
        self._lock = threading.Lock()
        self._subscriptions = store.subscriptions()
        self._refusals: queue.SimpleQueue[tuple[Subscription, str]] = queue.SimpleQueue()

    def add_hubs(self, readings: Iterable[Reading]) -> None:
        """Remember the hubs that these feeds name, for the next `request_subscriptions`."""
        for reading in readings:
            if reading.hub and reading.self_url:
                self._discovered[reading.source.name] = (reading.hub, reading.self_url)

    def request_subscriptions(self, now: datetime) -> None:
        """Request new subscriptions, and again those whose lease is about to end or that the hub
        has not confirmed. Does nothing before we listen: a hub verifies a request at once."""
        while not self._refusals.empty():
            refused, reason = self._refusals.get()
            current = self._subscriptions.get(refused.source, refused)
            self._save(replace(current, error=clean_text(reason, MAX_REASON)))
        if not (self._enabled and self._listening()):
            return
        for source, (hub, topic) in self._discovered.items():
            subscription = self._subscriptions.get(source)
            if subscription is None or (subscription.hub, subscription.topic) != (hub, topic):
                token, secret = secrets.token_urlsafe(24), secrets.token_urlsafe(32)
                self._request(Subscription(source, topic, hub, token, secret, now))
        self._discovered.clear()
        for subscription in list(self._subscriptions.values()):
            if subscription.source in self._sources and _must_renew(subscription, now):
                self._request(replace(subscription, requested_at=now))

    def reduce_polling(self, source: Source, state: SourceState, now: datetime) -> SourceState:
        """The state with a later next poll if a hub pushes this source, else the same state."""
        if not self._is_pushed(source, now) or state.due is None or state.checked is None:
            return state
        wait = state.due - state.checked
        longer = max(wait, min(wait * POLL_FACTOR, MAX_POLL_WAIT))
        return replace(state, due=state.checked + longer)

    def confirm(self, token: str, mode: str, topic: str, lease: int) -> bool:
        """Verification of intent (section 5.3): whether the hub is right to subscribe or
        unsubscribe us. `lease` is in seconds; 0 means that the hub named none."""
        subscription = self._by_token(token)
        if subscription is None or topic != subscription.topic:
            return False
        if mode == "denied":
            log.warning("%s: its hub refuses the subscription", subscription.source)
            self._save(replace(subscription, until=None, error=clean_text("the hub refuses")))
            return True
        wanted = self._enabled and subscription.source in self._sources
        if mode == "unsubscribe":
            return not wanted
        if mode != "subscribe" or not wanted:
            return False
        length = min(timedelta(seconds=lease) or LEASE, MAX_LEASE)
        self._save(replace(subscription, until=self._clock() + length, error=NO_WORDS))
        log.info("%s: its hub confirmed the subscription", subscription.source)
        return True

    def expects(self, token: str) -> bool:
        """Whether a hub may deliver content to the callback with this token."""
        return self._source_of(token) is not None

    def deliver(self, token: str, body: bytes, content_type: str, signature: str) -> None:
        """Read what a hub delivers. Content without a valid signature is dropped without telling
        the hub (section 7.1)."""
        subscription, source = self._by_token(token), self._source_of(token)
        if subscription is None or source is None:
            return
        if not _is_signed(body, signature, subscription.secret):
            log.warning("%s: dropped a delivery not signed by its hub", source.name)
            return
        state = self._store.sources().get(source.name) or SourceState(source.name, source.location)
        self._reader.take(source, state, body, content_type, self._clock())

    def _source_of(self, token: str) -> Source | None:
        subscription = self._by_token(token)
        return self._sources.get(subscription.source) if subscription and self._enabled else None

    def _request(self, subscription: Subscription) -> None:
        self._save(subscription)

        def on_result(reason: str) -> None:
            if reason:
                log.warning("%s: its hub: %s", subscription.source, reason)
                # Saved by the next tick: here the event loop of all readings would wait for it.
                self._refusals.put((subscription, reason))

        self._reader.post(
            subscription.hub,
            {
                "hub.mode": "subscribe",
                "hub.topic": subscription.topic,
                "hub.callback": self._callback + subscription.token,
                "hub.secret": subscription.secret,
                "hub.lease_seconds": str(int(LEASE.total_seconds())),
            },
            on_result,
        )

    def _is_pushed(self, source: Source, now: datetime) -> bool:
        subscription = self._subscriptions.get(source.name)
        return (
            subscription is not None and subscription.until is not None and subscription.until > now
        )

    def _by_token(self, token: str) -> Subscription | None:
        for subscription in list(self._subscriptions.values()):
            if hmac.compare_digest(subscription.token.encode(), token.encode()):
                return subscription
        return None

    def _save(self, subscription: Subscription) -> None:
        with self._lock:
            self._subscriptions[subscription.source] = subscription
            self._store.save_subscription(subscription)


def _must_renew(subscription: Subscription, now: datetime) -> bool:
    """Whether a lease is absent or in its last tenth, and was not requested within the hour."""
    ending = subscription.until is None or subscription.until - now < LEASE / 10
    return ending and abs(now - subscription.requested_at) >= REQUEST_INTERVAL


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Whether the header ``X-Hub-Signature: method=hex`` fits the body (section 7.1)."""
    method, _, digest = signature.partition("=")
    if method not in _ALGORITHMS:
        return False
    expected = hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()
    return hmac.compare_digest(expected.encode(), digest.strip().lower().encode())
