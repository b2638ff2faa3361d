"""Reading one source, whatever goes wrong in it; when it may be asked, and when it is due again."""

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
from aggregator.read.local_files import Step, read_files, unstepped
from aggregator.read.polling import DEFAULT_EVERY, Hints, local_due, may_ask, with_due

if TYPE_CHECKING:
    from aggregator.read.fetch import Fetcher


def is_url(source: Source) -> bool:
    """Whether the source is asked over the network."""
    return is_http_url(source.location)


def read_local(
    source: Source,
    state: SourceState,
    known: Mapping[str, DocumentState],
    now: datetime,
    step: Step = unstepped,
) -> Reading:
    """Read a source that is files; `known` are those that are remembered."""
    with _around(source, state, now) as found:
        if source.location.startswith("file://"):
            from aggregator.read.file_url import read_file_url

            found.append(read_file_url(source, KINDS[source.kind], state, now))
        else:
            found.append(read_files(source, KINDS[source.kind], state, known, now, step))
    return replace(found[0], state=local_due(source, found[0].state, now))


def postponed(source: Source, state: SourceState, now: datetime) -> Reading | None:
    """The reading of a source whose publisher does not wish to be asked now; else None."""
    if state.location != source.location or may_ask(state, now):
        return None
    return Reading(source, state, postponed=True)


async def read_remote(
    source: Source, state: SourceState, fetcher: Fetcher, now: datetime
) -> Reading:
    """Read a source that is a URL."""
    from aggregator.read.remote import read_url

    with _around(source, state, now) as found:
        return await read_url(source, KINDS[source.kind], state, fetcher, now)
    due = with_due(source, found[0].state, Hints(), now, changed=False, own=False)
    return replace(found[0], state=due)


def read_pushed(
    source: Source, state: SourceState, body: bytes, content_type: str, now: datetime
) -> Reading:
    """Read what a hub has sent of a source."""
    from aggregator.read.remote import take_pushed

    with _around(source, state, now) as found:
        return take_pushed(source, KINDS[source.kind], state, body, content_type, now)
    return replace(found[0], state=state)


def unread(source: Source, state: SourceState, reason: str, now: datetime) -> Reading:
    """The reading of a source that an error of this program kept from being read."""
    error = clean_reason(reason)
    failed = replace(
        state, checked=now, failures=state.failures + 1, error=error, failure="internal", status=0,
        due=now + DEFAULT_EVERY,
    )  # fmt: skip
    problem = Problem(source.name, NO_WORDS, error, kind=FailureKind.INTERNAL)
    return Reading(source, failed, problems=(problem,))


@contextmanager
def _around(source: Source, state: SourceState, now: datetime) -> Iterator[list[Reading]]:
    """An unexpected exception fails this source only; it is its reading then, with the reason."""
    found: list[Reading] = []
    errors: list[Exception] = []
    with surviving(errors.append):
        yield found
    if errors:
        found.append(unread(source, state, describe(errors[0]), now))
