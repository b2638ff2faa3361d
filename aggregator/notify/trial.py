"""A test: send a letter to each recipient and a call of the webhook now, past the outbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from aggregator.classify import EVERYTHING
from aggregator.config import EmailOptions, Settings, WebhookOptions
from aggregator.notify.delivery import deliver
from aggregator.notify.failure import EMAIL, WEBHOOK, Failure
from aggregator.notify.letter import letter_key, message, rendered_digest
from aggregator.notify.webhook import story_body
from aggregator.publish.letter_page import Letter, render_letter
from aggregator.queries import Selection, StoryQueries, last_period
from aggregator.store.outbox import OutboxItem


@dataclass(frozen=True, slots=True)
class Trial:
    """What a test sent where, and why it failed (None: it did not)."""

    kind: str
    target: str
    failure: Failure | None


def try_all(settings: Settings, queries: StoryQueries, now: datetime) -> Iterator[Trial]:
    """Send everything that is configured, one after the other. Raises StoreError."""
    notify = settings.notify
    items: list[OutboxItem] = []
    if notify.email:
        items += _letters(settings, notify.email, queries, now)
    if notify.webhook:
        items += _calls(settings, notify.webhook, queries, now)
    for item in items:
        yield Trial(item.kind, item.target, deliver(item, settings, now))


def _letters(
    settings: Settings,
    email: EmailOptions,
    queries: StoryQueries,
    now: datetime,
) -> Iterator[OutboxItem]:
    """The letter of the last day or week; one without stories where it had none."""
    site = settings.site
    first = last_period(now, email.every, site.timezone)
    letter = rendered_digest(queries, settings, email, first, now)
    if letter is None:
        letter = render_letter(site, Letter(first, email.every, (), unsubscribe=email.unsubscribe))
    for to in email.to:
        # The time makes the id another one each time: a test is not to be taken for a copy.
        key = f"test/{now.isoformat()}/{letter_key(email, first, to)}"
        yield OutboxItem(EMAIL, key, to, message(letter, site, email, to, key, now), now, now)


def _calls(
    settings: Settings, webhook: WebhookOptions, queries: StoryQueries, now: datetime
) -> Iterator[OutboxItem]:
    """A call with the first story, if there is one."""
    for ranked in queries.stories(EVERYTHING, Selection(limit=1)):
        site, names = settings.site, queries.names
        body = story_body("test", ranked.story, names, site, webhook.publishers, now)
        yield OutboxItem(WEBHOOK, f"test/{now.isoformat()}", webhook.url, body, now, now)
