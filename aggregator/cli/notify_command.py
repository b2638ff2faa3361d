"""``aggregator notify``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import typer

from aggregator.cli.session import (
    EXIT_FAILED,
    EXIT_USAGE,
    counted,
    current_queries,
    current_time,
    opened,
    say,
    say_json,
    utc_text,
    warn,
)
from aggregator.config import Settings, check_secrets
from aggregator.notify import ADVICE, OutboxReport, described, report_of, try_all
from aggregator.pipeline import PlanOptions
from aggregator.store import Store
from aggregator.store.outbox import OutboxState


def notify(
    config: Path,
    now: datetime | None,
    *,
    testing: bool,
    retrying: bool,
    discarding: bool,
    as_json: bool,
) -> None:
    """Show the outbox, or test, retry or discard. Exits with 1 if a test failed, or something was
    given up; with 2 if nothing is configured that could be tested."""
    with opened(config) as (settings, store):
        moment = current_time(now)
        if testing:
            _test(settings.with_story_pages(), store, moment)
            return
        if retrying:
            revived = store.outbox.revive(moment)
            say(f"{counted(revived, 'delivery', 'deliveries')} will be tried again")
        elif discarding:
            say(f"{counted(store.outbox.discard(), 'delivery', 'deliveries')} discarded")
        report = report_of(store)
        if as_json:
            say_json(report_fields(report))
        else:
            show_report(report)
        if report.dead:
            raise typer.Exit(EXIT_FAILED)


def show_report(report: OutboxReport) -> None:
    """Print the numbers, and what fails with its reason."""
    say(f"notify: {report.summary}")
    for item in report.failing:
        is_dead = item.state is OutboxState.DEAD
        state = "given up" if is_dead else f"next try {utc_text(item.due)}"
        tries = counted(item.tries, "try", "tries")
        say(f"  {'!' if is_dead else ' '} {described(item)}: {tries}, {state}")
        say(f"      {item.error}")
    if report.dead:
        say(f"      {ADVICE}")


def report_fields(report: OutboxReport) -> dict[str, object]:
    """The same as JSON."""
    return {
        "waiting": report.waiting,
        "sent": report.sent,
        "dead": report.dead,
        "failing": [
            {
                "kind": item.kind,
                "key": item.key,
                "target": item.target,
                "state": item.state.value,
                "tries": item.tries,
                "error": item.error,
                "due": item.due if item.state is OutboxState.WAITING else None,
            }
            for item in report.failing
        ],
    }


def _test(settings: Settings, store: Store, now: datetime) -> None:
    check_secrets(settings)
    if not (settings.notify.email or settings.notify.webhook):
        warn("error: neither `notify.email` nor `notify.webhook` is configured")
        raise typer.Exit(EXIT_USAGE)
    queries = current_queries(settings, store, PlanOptions.of(settings), now)
    failed = False
    for trial in try_all(settings, queries, now):
        failed |= trial.failure is not None
        say(f"{trial.kind} to {trial.target}: {trial.failure.reason if trial.failure else 'sent'}")
    if failed:
        raise typer.Exit(EXIT_FAILED)
