"""Read sources that are URLs: fetch, parse, clean, and compute the state to store."""

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

MAX_PAGES = 20  # of one source that one reading fetches
MAX_INLINE_BYTES = 200_000  # parsed in 12 ms; larger documents would delay other sources
REDIRECTS_TO_CONFIRM = 2  # a permanent redirect is stored after it was received this often
MAX_FAILURES_AFTER_MOVE = 3  # the old address is used again after these failures


async def read_url(
    source: Source, kind: Kind, state: SourceState, fetcher: Fetcher, now: datetime
) -> Reading:
    """Fetch and read one URL.

    Every expected outcome is a value, and nothing is raised for it: a failure is in the reading's
    `problems`, and its state keeps the validators of the last success.
    """
    if state.location != source.location:  # the stored state is about another address
        state = SourceState(source.name, location=source.location)
    outcome = await fetcher.fetch(state.request_url, state.etag, state.last_modified)
    reading, hints = await _read(source, kind, state, fetcher, outcome, now)
    trusted_server = fetcher.is_trusted(state.request_url)
    changed = bool(reading.articles)
    next_state = with_due(
        source,
        reading.state,
        hints,
        now,
        changed=changed,
        trusted_server=trusted_server,
        unreachable=reading.unreachable,
    )
    return replace(reading, state=next_state)


def take_pushed(
    source: Source, kind: Kind, state: SourceState, body: bytes, content_type: str, now: datetime
) -> Reading:
    """Read a document that a WebSub hub has sent for a source.

    It is read like a fetched document, but it says nothing about the document at the source's
    address: the stored validators stay as they are, and so does a 410, which only the publisher's
    own server can take back (RFC 9110, section 15.5.11). What the hub sends is read all the same.
    """
    try:
        document = Document(source.name, body, content_type, state.request_url or source.location)
        content = read_document(kind, document)
    except BadDocument as error:
        reason = clean_reason(f"what its hub sent cannot be read: {error}")
        failure = FailureKind(error.kind)
        return Reading(
            source, state, problems=(Problem(source.name, NO_WORDS, reason, kind=failure),)
        )
    articles, bad_items = articles_in(source, content, now)
    next_state = state if state.gone else _succeeded(state, now)
    next_state = replace(next_state, checked=state.checked or now, changed=now)
    return Reading(
        source, next_state, tuple(articles), problems=tuple(_problems(source, bad_items))
    )


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
            return await _SuccessfulFetch(source, kind, state, fetcher, outcome, now).read()
        case NotModified(etag, last_modified, hints):
            next_state = replace(
                _succeeded(state, now),
                etag=etag or state.etag,
                last_modified=last_modified or state.last_modified,
            )
            return Reading(source, next_state, unchanged=1), hints
        case Gone():
            reason = "HTTP 410 Gone: the publisher has ended this feed"
            gone = failed(source, replace(state, gone=True), now, reason, FailureKind.GONE, 410)
            return gone, Hints()
        case Failed(reason, unreachable, hints, failure, status):
            reading = failed(source, state, now, reason, failure, status)
            return replace(reading, unreachable=unreachable), hints


@dataclass(frozen=True, slots=True)
class _SuccessfulFetch:
    """The handling of a response with status 200."""

    source: Source
    kind: Kind
    state: SourceState
    fetcher: Fetcher
    fetched: Fetched
    now: datetime

    async def read(self) -> tuple[Reading, Hints]:
        """The reading, and the polling hints of the response and the document."""
        digest = body_digest(self.fetched.body)
        hints = self.fetched.hints
        if digest == self.state.digest and not self.state.error:
            unchanged_state = replace(self._state_after_success(), digest=digest)
            return Reading(self.source, unchanged_state, unchanged=1), hints
        try:
            content, articles, bad_items = await self._parse(self.fetched)
        except BadDocument as error:  # the validators of an unreadable document are not stored
            failure = FailureKind(error.kind)
            return failed(self.source, self.state, self.now, str(error), failure), hints
        problems = _problems(self.source, bad_items)
        if not self.state.succeeded or self.kind.paged:
            page_articles, page_problems = await self._further_pages(content)
            articles += page_articles
            problems += page_problems
        good_state = replace(
            self._state_after_success(), digest=digest, changed=self.now, title=content.title
        )
        hints = replace(
            content.hints,
            fresh_for=max(hints.fresh_for, content.hints.fresh_for),
            retry_after=hints.retry_after,
        )
        reading = Reading(
            self.source,
            good_state,
            tuple(articles),
            problems=tuple(problems),
            hub=self.fetched.hub or content.hub,
            self_url=self.fetched.self_url or content.self_url,
        )
        return reading, hints

    def _state_after_success(self) -> SourceState:
        """The state with the validators of the response.

        A permanent redirect is stored only when it was received twice: a single one may be a
        mistake of the publisher.
        """
        good_state = replace(
            _succeeded(self.state, self.now),
            etag=self.fetched.etag,
            last_modified=self.fetched.last_modified,
        )
        moved_to = unchanged_if_clean(self.fetched.url, MAX_URL)
        if not (self.fetched.permanent and moved_to):
            return replace(good_state, redirect_candidate=NO_WORDS, redirect_count=0)
        redirect_count = (
            good_state.redirect_count + 1 if good_state.redirect_candidate == moved_to else 1
        )
        if redirect_count < REDIRECTS_TO_CONFIRM:
            return replace(good_state, redirect_candidate=moved_to, redirect_count=redirect_count)
        return replace(good_state, moved_to=moved_to, redirect_candidate=NO_WORDS, redirect_count=0)

    async def _parse(self, response: Fetched) -> tuple[Content, list[Article], list[BadItem]]:
        """Parse a small document at once and a large one in a thread, off the event loop."""
        document = Document(self.source.name, response.body, response.content_type, response.url)
        if len(response.body) > MAX_INLINE_BYTES or is_gzip(response.body):
            return await asyncio.to_thread(self._content, document)
        content = read_document(self.kind, document)
        if not is_recogniser_loaded() and has_unstated_language(content):
            await asyncio.to_thread(load_recogniser)
        return content, *articles_in(self.source, content, self.now)

    def _content(self, document: Document) -> tuple[Content, list[Article], list[BadItem]]:
        content = read_document(self.kind, document)
        return content, *articles_in(self.source, content, self.now)

    async def _further_pages(self, content: Content) -> tuple[list[Article], list[Problem]]:
        """Read the pages after the first, each once, until a page brings no new item."""
        articles: list[Article] = []
        problems: list[Problem] = []
        visited = {self.source.location, self.fetched.url}
        refs = {item.ref for item in content.items}
        for number in range(2, MAX_PAGES + 1):
            url = _next_url(self.fetched.url, self.kind, content, number)
            if not url or url in visited:
                break
            visited.add(url)
            try:
                outcome = await self.fetcher.fetch(url)
                if not isinstance(outcome, Fetched):
                    if content.next_page:  # a guessed page may be missing, a linked one must not
                        reason = getattr(outcome, "reason", "missing")
                        problems.append(self._page_problem(url, reason))
                    break
                content, page_articles, bad_items = await self._parse(outcome)
            except BadDocument as error:
                problems.append(self._page_problem(url, error))
                break
            new_refs = {item.ref for item in content.items} - refs
            if not new_refs:
                break
            refs |= new_refs
            articles += page_articles
            problems += _problems(self.source, bad_items)
        return articles, problems

    def _page_problem(self, url: str, reason: object) -> Problem:
        return Problem(self.source.name, clean_text(url, MAX_URL), clean_reason(reason))


def _next_url(base: str, kind: Kind, content: Content, number: int) -> str:
    if content.next_page:
        return content.next_page
    if not kind.paged or not content.items:
        return ""
    parts = urlsplit(base)
    query = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k != "page"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("page", str(number))])))


def _problems(source: Source, bad_items: Iterable[BadItem]) -> list[Problem]:
    kind = FailureKind.ITEM
    return [
        Problem(source.name, NO_WORDS, clean_reason(error.reason), error.line, kind)
        for error in bad_items
    ]


def _succeeded(state: SourceState, now: datetime) -> SourceState:
    return replace(
        state,
        checked=now,
        succeeded=now,
        failures=0,
        error=NO_WORDS,
        gone=False,
        failure="",
        status=0,
    )


def failed(
    source: Source,
    state: SourceState,
    now: datetime,
    reason: str,
    failure: FailureKind,
    status: int = 0,
) -> Reading:
    """The reading of a source that could not be read.

    `reason` is a text for the operator; `status` that of the HTTP response, 0 without one.
    """
    failures, error = state.failures + 1, clean_reason(reason)
    state = replace(
        state, checked=now, failures=failures, error=error, failure=failure.value, status=status
    )
    if state.moved_to and failures >= MAX_FAILURES_AFTER_MOVE:
        state = replace(state, moved_to=NO_WORDS)  # the source may have moved back
    problem = Problem(source.name, NO_WORDS, error, kind=failure, status=status)
    return Reading(source, state, problems=(problem,))
