"""Sources that are URLs: fetched, parsed, cleaned, and what to remember of how it went."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from aggregator.errors import BadDocument, BadItem
from aggregator.model import (
    NO_WORDS,
    Article,
    Document,
    FailureKind,
    Problem,
    Reading,
    Source,
    SourceState,
    clean_text,
)
from aggregator.read.addresses import MAX_URL
from aggregator.read.cleaning import clean_reason, unchanged_if_clean
from aggregator.read.codings import is_gzip
from aggregator.read.documents import (
    Content,
    articles_in,
    body_digest,
    has_unstated_language,
    read_document,
)
from aggregator.read.fetch import Fetcher
from aggregator.read.kinds import Kind
from aggregator.read.language_detection import is_recogniser_loaded, load_recogniser
from aggregator.read.outcomes import Failed, Fetched, Gone, NotModified, Outcome
from aggregator.read.polling import Hints, with_due

MAX_PAGES = 20
QUICK_BYTES = 200_000  # read in some 12 ms; more would hold up the other sources
MOVES_TO_BELIEVE = 2  # a permanent redirect is kept when it was met so often
TRIES_OF_LOCATION = 3  # and given up when the new address failed so often


async def read_url(
    source: Source, kind: Kind, state: SourceState, fetcher: Fetcher, now: datetime
) -> Reading:
    """Read one URL. Every expected outcome is a value; what was known stays known."""
    if state.location != source.location:  # another address: nothing that is known is about it
        state = SourceState(source.name, location=source.location)
    outcome = await fetcher.fetch(state.request_url, state.etag, state.last_modified)
    reading, hints = await _read(source, kind, state, fetcher, outcome, now)
    own = fetcher.is_own(state.request_url)
    changed = bool(reading.articles)
    kept = with_due(
        source,
        reading.state,
        hints,
        now,
        changed=changed,
        own=own,
        unreachable=reading.unreachable,
    )
    return replace(reading, state=kept)


def take_pushed(
    source: Source, kind: Kind, state: SourceState, body: bytes, content_type: str, now: datetime
) -> Reading:
    """What a hub has sent of a source: read like what was fetched, but nothing is known from it of
    the document at the source's address, so that its validators stay."""
    try:
        document = Document(source.name, body, content_type, state.request_url or source.location)
        content = read_document(kind, document)
    except BadDocument as error:
        reason = clean_reason(f"what its hub sent cannot be read: {error}")
        kind_ = FailureKind(error.kind)
        return Reading(
            source, state, problems=(Problem(source.name, NO_WORDS, reason, kind=kind_),)
        )
    articles, bad = articles_in(source, content, now)
    good = replace(_succeeded(state, now), checked=state.checked or now, changed=now)
    return Reading(source, good, tuple(articles), problems=tuple(_problems(source, bad)))


async def _read(
    source: Source,
    kind: Kind,
    state: SourceState,
    fetcher: Fetcher,
    outcome: Outcome,
    now: datetime,
) -> tuple[Reading, Hints]:
    match outcome:
        case Fetched():
            return await _Answer(source, kind, state, fetcher, outcome, now).read()
        case NotModified(etag, last_modified, hints):
            kept = replace(
                _succeeded(state, now),
                etag=etag or state.etag,
                last_modified=last_modified or state.last_modified,
            )
            return Reading(source, kept, unchanged=1), hints
        case Gone():
            reason = "HTTP 410 Gone: the publisher has ended this feed"
            gone = failed(source, replace(state, gone=True), now, reason, FailureKind.GONE, 410)
            return gone, Hints()
        case Failed(reason, unreachable, hints, failure, status):
            reading = failed(source, state, now, reason, failure, status)
            return replace(reading, unreachable=unreachable), hints


@dataclass(frozen=True, slots=True)
class _Answer:
    """A 200, and what comes of it."""

    source: Source
    kind: Kind
    state: SourceState
    fetcher: Fetcher
    fetched: Fetched
    now: datetime

    async def read(self) -> tuple[Reading, Hints]:
        """The reading, and what the answer and the document say of time."""
        digest = body_digest(self.fetched.body)
        hints = self.fetched.hints
        if digest == self.state.digest and not self.state.error:
            known = replace(self._good(), digest=digest)
            return Reading(self.source, known, unchanged=1), hints
        try:
            content, articles, bad = await self._parse(self.fetched)
        except BadDocument as error:  # validators of what cannot be parsed are never kept
            failure = FailureKind(error.kind)
            return failed(self.source, self.state, self.now, str(error), failure), hints
        problems = _problems(self.source, bad)
        if not self.state.succeeded or self.kind.paged:
            more, more_problems = await self._further_pages(content)
            articles += more
            problems += more_problems
        good = replace(self._good(), digest=digest, changed=self.now, title=content.title)
        hints = replace(
            content.hints,
            fresh_for=max(hints.fresh_for, content.hints.fresh_for),
            retry_after=hints.retry_after,
        )
        reading = Reading(
            self.source, good, tuple(articles), problems=tuple(problems),
            hub=self.fetched.hub or content.hub, self_url=self.fetched.self_url or content.self_url,
        )  # fmt: skip
        return reading, hints

    def _good(self) -> SourceState:
        """The state with the answer's validators; a move is believed when it was met twice."""
        good = replace(
            _succeeded(self.state, self.now),
            etag=self.fetched.etag,
            last_modified=self.fetched.last_modified,
        )
        moved_to = unchanged_if_clean(self.fetched.url, MAX_URL)
        if not (self.fetched.permanent and moved_to):
            return replace(good, redirect_candidate=NO_WORDS, redirect_count=0)
        moves = good.redirect_count + 1 if good.redirect_candidate == moved_to else 1
        if moves < MOVES_TO_BELIEVE:
            return replace(good, redirect_candidate=moved_to, redirect_count=moves)
        return replace(good, moved_to=moved_to, redirect_candidate=NO_WORDS, redirect_count=0)

    async def _parse(self, answer: Fetched) -> tuple[Content, list[Article], list[BadItem]]:
        """At once where that is quick, else in a thread, so that the others are not held up."""
        document = Document(self.source.name, answer.body, answer.content_type, answer.url)
        if len(answer.body) > QUICK_BYTES or is_gzip(answer.body):
            return await asyncio.to_thread(self._content, document)
        content = read_document(self.kind, document)
        if not is_recogniser_loaded() and has_unstated_language(content):
            await asyncio.to_thread(load_recogniser)
        return content, *articles_in(self.source, content, self.now)

    def _content(self, document: Document) -> tuple[Content, list[Article], list[BadItem]]:
        content = read_document(self.kind, document)
        return content, *articles_in(self.source, content, self.now)

    async def _further_pages(self, content: Content) -> tuple[list[Article], list[Problem]]:
        """The pages after the first, until one brings nothing new; each page once."""
        articles: list[Article] = []
        problems: list[Problem] = []
        seen = {self.source.location, self.fetched.url}
        refs = {item.ref for item in content.items}
        for number in range(2, MAX_PAGES + 1):
            url = _next_url(self.fetched.url, self.kind, content, number)
            if not url or url in seen:
                break
            seen.add(url)
            try:
                outcome = await self.fetcher.fetch(url)
                if not isinstance(outcome, Fetched):
                    if content.next_page:  # a guessed page may be missing, a named one should not
                        reason = getattr(outcome, "reason", "missing")
                        problems.append(self._problem_of_page(url, reason))
                    break
                content, more, bad = await self._parse(outcome)
            except BadDocument as error:
                problems.append(self._problem_of_page(url, error))
                break
            new = {item.ref for item in content.items} - refs
            if not new:
                break
            refs |= new
            articles += more
            problems += _problems(self.source, bad)
        return articles, problems

    def _problem_of_page(self, url: str, reason: object) -> Problem:
        return Problem(self.source.name, clean_text(url, MAX_URL), clean_reason(reason))


def _next_url(base: str, kind: Kind, content: Content, number: int) -> str:
    if content.next_page:
        return content.next_page
    if not kind.paged or not content.items:
        return ""
    parts = urlsplit(base)
    query = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k != "page"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("page", str(number))])))


def _problems(source: Source, bad: Iterable[BadItem]) -> list[Problem]:
    kind = FailureKind.ITEM
    return [
        Problem(source.name, NO_WORDS, clean_reason(error.reason), error.line, kind)
        for error in bad
    ]


def _succeeded(state: SourceState, now: datetime) -> SourceState:
    return replace(
        state, checked=now, succeeded=now, failures=0, error=NO_WORDS, gone=False, failure="",
        status=0,
    )  # fmt: skip


def failed(
    source: Source,
    state: SourceState,
    now: datetime,
    reason: str,
    failure: FailureKind,
    status: int = 0,
) -> Reading:
    """The reading of a source that gave nothing, and why; `status` is that of an HTTP answer."""
    failures, error = state.failures + 1, clean_reason(reason)
    state = replace(
        state, checked=now, failures=failures, error=error, failure=failure.value, status=status
    )
    if state.moved_to and failures >= TRIES_OF_LOCATION:
        state = replace(state, moved_to=NO_WORDS)  # perhaps it has moved back
    problem = Problem(source.name, NO_WORDS, error, kind=failure, status=status)
    return Reading(source, state, problems=(problem,))
