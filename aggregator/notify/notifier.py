"""Fills the outbox with the letters and calls that are due, and delivers what is in it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import sha256

from aggregator.config import EmailOptions, Settings, WebhookOptions
from aggregator.model import Story
from aggregator.notify.delivery import Delivery, deliver
from aggregator.notify.failure import EMAIL, WEBHOOK, Failure
from aggregator.notify.letter import letter_key, message, rendered_digest, sending_time
from aggregator.notify.webhook import story_body
from aggregator.queries import StoryQueries, last_period, publisher_count
from aggregator.store import Store
from aggregator.store.outbox import OutboxItem, OutboxState

LATEST = timedelta(hours=12)
"""How long after its time a letter is still made: later, the next one is near."""
GIVE_UP = timedelta(hours=24)
"""How long a delivery is tried."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=4)
"""Between two tries; each pause is twice as long as the one before."""
_PER_ROUND = 20  # deliveries: then new letters and calls are looked for again
_CANDIDATES = 200  # stories that are looked at for one set of stories
_RECENT = timedelta(days=7)  # coverage that is older is seen at the next start
_MAX_KNOWN = 1_000_000  # stories that are there already when a webhook is configured

log = logging.getLogger("aggregator")


class Notifier:
    """What is sent by the `settings`. For one thread."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._outbox = store.outbox
        self._letters_of: date | None = None  # the last period whose letters are in the outbox
        self._seen: StoryQueries | None = None

    def round(
        self,
        queries: StoryQueries | None,
        now: datetime,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> list[Delivery]:
        """Put into the outbox what the stories give (None: they are not loaded yet), then deliver
        what is due, until the program is stopping. Raises StoreError."""
        now = now.replace(microsecond=0)
        notify = self._settings.notify
        if queries is not None and notify.email is not None:
            self._add_letters(queries, notify.email, now)
        if queries is not None and queries is not self._seen and notify.webhook is not None:
            self._add_calls(queries, notify.webhook, now)
            self._seen = queries
        return self._deliver_due(now, is_stopping)

    def _add_letters(self, queries: StoryQueries, email: EmailOptions, now: datetime) -> None:
        """The letters of the last day or week that is over, one to each recipient, from their time
        on; a recipient who has one gets no other."""
        site = self._settings.site
        first = last_period(now, email.every, site.timezone)
        when = sending_time(first, email, site.timezone)
        if self._letters_of == first or not timedelta(0) <= now - when < LATEST:
            return
        keys = {recipient: letter_key(email, first, recipient) for recipient in email.to}
        new = {to: key for to, key in keys.items() if not self._outbox.has(EMAIL, key)}
        letter = rendered_digest(queries, self._settings, email, first, now) if new else None
        if letter is not None:
            self._outbox.add(
                OutboxItem(EMAIL, key, to, message(letter, site, email, to, key, when), now, now)
                for to, key in new.items()
            )
        self._letters_of = first

    def _add_calls(self, queries: StoryQueries, webhook: WebhookOptions, now: datetime) -> None:
        """A call for each story that has reached the number of publishers. Stories that had it
        when the webhook was configured are known: nobody is told of these."""
        prefix = _prefix(webhook)
        is_new = not self._outbox.has(WEBHOOK, prefix)
        stories = self._passing(queries, webhook, now, _MAX_KNOWN if is_new else _CANDIDATES)
        if is_new:
            keys = [prefix, *(f"{prefix}{story.id}" for story in stories)]
            self._outbox.add(self._known(key, webhook, now) for key in keys)
            return
        predecessors = queries.predecessors([story.id for story in stories])
        site, names, number = self._settings.site, queries.names, webhook.publishers
        items = []
        for story in stories:
            key = f"{prefix}{story.id}"
            if self._was_told(prefix, predecessors.get(story.id, ())):
                items.append(self._known(key, webhook, now))
            else:
                body = story_body("story.publishers", story, names, site, number, now)
                items.append(OutboxItem(WEBHOOK, key, webhook.url, body, now, now))
        self._outbox.add(items)

    def _passing(
        self, queries: StoryQueries, webhook: WebhookOptions, now: datetime, limit: int
    ) -> list[Story]:
        """The stories with so many publishers that the outbox does not have; at most `limit`."""
        ids = self._outbox.unsent_stories(
            WEBHOOK,
            _prefix(webhook),
            webhook.publishers - 1,
            webhook.topics,
            limit,
            now - _RECENT if self._seen is not None else None,
        )
        return [
            story
            for start in range(0, len(ids), _CANDIDATES)
            for story in queries.stories_by_id(ids[start : start + _CANDIDATES])
            if publisher_count(story) >= webhook.publishers
        ]

    def _was_told(self, prefix: str, ids: Collection[str]) -> bool:
        """Whether there was a call for one of these stories, which ended in another."""
        return any(self._outbox.has(WEBHOOK, f"{prefix}{story_id}") for story_id in ids)

    def _known(self, key: str, webhook: WebhookOptions, now: datetime) -> OutboxItem:
        return OutboxItem(WEBHOOK, key, webhook.url, "", now, now, OutboxState.KNOWN)

    def _deliver_due(self, now: datetime, is_stopping: Callable[[], bool]) -> list[Delivery]:
        unreachable: set[str] = set()
        done = []
        for item in self._outbox.due(now, _PER_ROUND):
            if is_stopping():
                break
            if item.kind in unreachable:  # it would only wait for the same
                continue
            failure = deliver(item, self._settings, now)
            after = after_try(item, failure, now)
            self._outbox.save(after)
            done.append(Delivery(after, failure))
            if failure is not None:
                _log(after, failure)
                if failure.unreachable:
                    unreachable.add(item.kind)
        return done


def after_try(item: OutboxItem, failure: Failure | None, now: datetime) -> OutboxItem:
    """The item after a try: sent, waiting for the next try, or dead after a day of tries."""
    if failure is None:
        return replace(item, state=OutboxState.SENT, payload="", error="", due=now)
    pause = min(FIRST_PAUSE * 2 ** min(item.tries, 20), LONGEST_PAUSE)
    failed = replace(item, tries=item.tries + 1, error=failure.reason, due=now + pause)
    if failure.permanent or failed.due - item.created >= GIVE_UP:
        return replace(failed, state=OutboxState.DEAD)
    return failed


def _log(item: OutboxItem, failure: Failure) -> None:
    tries = f"{item.tries} {'try' if item.tries == 1 else 'tries'}"
    if item.state is OutboxState.DEAD:
        log.error("gave up %s to %s after %s: %s", item.kind, item.target, tries, failure.reason)
    else:
        log.warning("no %s to %s (%s): %s", item.kind, item.target, tries, failure.reason)


def _prefix(webhook: WebhookOptions) -> str:
    """What the keys of all calls of a webhook begin with: with another address, number or topics
    it is another webhook."""
    identity = "\n".join([webhook.url, *webhook.topics])
    return f"{sha256(identity.encode()).hexdigest()[:16]}/{webhook.publishers}/"
