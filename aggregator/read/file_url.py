"""Feeds read from a ``file://`` URL."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from aggregator.errors import BadDocument
from aggregator.model import (
    MAX_DOCUMENT_BYTES,
    NO_WORDS,
    Document,
    FailureKind,
    Problem,
    Reading,
    Source,
    SourceState,
)
from aggregator.read.cleaning import clean_reason
from aggregator.read.documents import (
    articles_in,
    body_digest,
    document_ref,
    read_document,
)
from aggregator.read.kinds import Kind


def read_file_url(source: Source, kind: Kind, state: SourceState, now: datetime) -> Reading:
    """Read the document of a ``file://`` source; unchanged bytes are not parsed again. Failures are
    in the reading, not raised."""
    path = Path(unquote(urlsplit(source.location).path))
    ref = document_ref(path.name)
    try:
        if path.stat().st_size > MAX_DOCUMENT_BYTES:
            raise BadDocument(f"too large: more than {MAX_DOCUMENT_BYTES:,} bytes")
        body = path.read_bytes()
        good = replace(
            state,
            checked=now,
            succeeded=now,
            failures=0,
            error=NO_WORDS,
            failure="",
            digest=body_digest(body),
        )
        if good.digest == state.digest and not state.error:
            return Reading(source, good, unchanged=1)
        content = read_document(kind, Document(ref, body, url=source.location))
    except (OSError, BadDocument) as error:
        reason = clean_reason(getattr(error, "strerror", None) or error)
        failure = FailureKind(getattr(error, "kind", FailureKind.FILE))
        failed = replace(
            state, checked=now, failures=state.failures + 1, error=reason, failure=failure.value
        )
        problem = Problem(source.name, ref, reason, kind=failure)
        return Reading(source, failed, problems=(problem,))
    articles, bad = articles_in(source, content, now)
    problems = tuple(Problem(source.name, ref, clean_reason(e.reason), e.line) for e in bad)
    good = replace(good, changed=now, title=content.title)
    return Reading(source, good, tuple(articles), problems=problems)
