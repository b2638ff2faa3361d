"""Tells people and programs of stories: digests as letters by SMTP, and signed calls of a webhook.

In: the stories, the options of `notify`, and the outbox of the store.
Out: letters and calls, each once; what fails is tried again for a day and stays visible then.
Never does: choosing what a digest shows, reading the clock.
"""

from aggregator.notify.delivery import Delivery, deliver
from aggregator.notify.failure import Failure
from aggregator.notify.notifier import Notifier
from aggregator.notify.report import ADVICE, OutboxReport, described, report_of
from aggregator.notify.trial import Trial, try_all

__all__ = [
    "ADVICE",
    "Delivery",
    "Failure",
    "Notifier",
    "OutboxReport",
    "Trial",
    "deliver",
    "described",
    "report_of",
    "try_all",
]
