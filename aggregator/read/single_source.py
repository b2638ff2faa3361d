"""Read one source, even if anything fails in it, and decide when it is due again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from aggregator.errors import describe, surviving
from aggregator.model import (
    NO_WORDS,
    DocumentState,
    FailureKind,
    Problem,
    Reading,
    Source,
    SourceState,
)
from aggregator.model.urls import is_http_url
from aggregator.read.cleaning import clean_reason
from aggregator.read.kinds import KINDS
from aggregator.read.local_files import Progress, no_progress, read_files
from aggregator.read.polling import DEFAULT_EVERY, Hints, local_due, may_ask, with_due

if TYPE_CHECKING:
    from aggregator.read.fetch import Fetcher


def is_url(source: Source) -> bool:
    """Whether the source is read over HTTP."""
    return is_http_url(source.location)


def read_local(
    source: Source,
    state: SourceState,
    stored: Mapping[str, DocumentState],
    now: datetime,
    progress: Progress = no_progress,
) -> Reading:
    """Read a source that is files; `stored` are the stored states of its documents, by ref."""
    with _failing_alone(source, state, now) as readings:
        if source.location.startswith("file://"):
            from aggregator.read.file_url import read_file_url

            readings.append(read_file_url(source, KINDS[source.kind], state, now))
        else:
            readings.append(read_files(source, KINDS[source.kind], state, stored, now, progress))
    return replace(readings[0], state=local_due(source, readings[0].state, now))


def postponed(source: Source, state: SourceState, now: datetime) -> Reading | None:
    """An empty reading where the publisher does not allow a request yet; otherwise None."""
    if state.location != source.location or may_ask(state, now):
        return None
    return Reading(source, state, postponed=True)


async def read_remote(
    source: Source, state: SourceState, fetcher: Fetcher, now: datetime
) -> Reading:
    """Read a source that is a URL. Its state says when it is due again."""
    from aggregator.read.remote import read_url

    with _failing_alone(source, state, now) as readings:
        return await read_url(source, KINDS[source.kind], state, fetcher, now)
    # Only an unexpected exception leads here: the block returns otherwise.
    due = with_due(source, readings[0].state, Hints(), now, changed=False, trusted_server=False)
    return replace(readings[0], state=due)


def read_pushed(
    source: Source, state: SourceState, body: bytes, content_type: str, now: datetime
) -> Reading:
    """Read a document that a WebSub hub has sent for a source; the state stays on an error."""
    from aggregator.read.remote import take_pushed

    with _failing_alone(source, state, now) as readings:
        return take_pushed(source, KINDS[source.kind], state, body, content_type, now)
    # Only an unexpected exception leads here: the block returns otherwise.
    return replace(readings[0], state=state)


def internal_failure(source: Source, state: SourceState, reason: str, now: datetime) -> Reading:
    """The reading of a source that failed because of an error in this program, not in the
    source."""
    error = clean_reason(reason)
    failed = replace(
        state,
        checked=now,
        failures=state.failures + 1,
        error=error,
        failure=FailureKind.INTERNAL.value,
        status=0,
        due=now + DEFAULT_EVERY,
    )
    problem = Problem(source.name, NO_WORDS, error, kind=FailureKind.INTERNAL)
    return Reading(source, failed, problems=(problem,))


@contextmanager
def _failing_alone(source: Source, state: SourceState, now: datetime) -> Iterator[list[Reading]]:
    """An unexpected exception fails this source only: its reading is appended, with the reason."""
    readings: list[Reading] = []
    errors: list[Exception] = []
    with surviving(errors.append):
        yield readings
    if errors:
        readings.append(internal_failure(source, state, describe(errors[0]), now))
