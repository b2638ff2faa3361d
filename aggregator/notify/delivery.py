"""How an item of the outbox is delivered, and what a failure means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aggregator.config import Settings
from aggregator.notify.failure import EMAIL, Failure
from aggregator.notify.smtp import send_letter
from aggregator.notify.webhook import call
from aggregator.store.outbox import OutboxItem


@dataclass(frozen=True, slots=True)
class Delivery:
    """An item, and its failure (None: it was delivered)."""

    item: OutboxItem
    failure: Failure | None


def deliver(item: OutboxItem, settings: Settings, now: datetime) -> Failure | None:
    """Send an item by the current options. None on success."""
    if item.kind == EMAIL:
        email = settings.notify.email
        if email is None:
            return Failure("`notify.email` is no longer configured", permanent=True)
        return send_letter(email, item.target, item.payload)
    webhook = settings.notify.webhook
    if webhook is None or webhook.url != item.target:
        return Failure("`notify.webhook` no longer has this address", permanent=True)
    return call(webhook, item.key, item.payload, settings.reading, now)
