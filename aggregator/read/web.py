"""Sources that are URLs: fetched, parsed, cleaned, and what to remember of how it went."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit, urlunsplit

from aggregator.errors import BadDocument, BadItem
from aggregator.model import Article, Document, Problem, Reading, Source, SourceState
from aggregator.read.clean import articles_of
from aggregator.read.fetch import Failed, Fetched, Fetcher, Gone, NotModified
from aggregator.read.kinds import Kind, Parsed

MAX_PAGES = 20


async def read_url(
    source: Source, kind: Kind, state: SourceState, fetcher: Fetcher, now: datetime
) -> Reading:
    """Read one URL. Every expected outcome is a value; what was known stays known."""
    outcome = await fetcher.fetch(source.place, state.etag, state.last_modified)
    match outcome:
        case Fetched():
            return await _fetched(source, kind, state, fetcher, outcome, now)
        case NotModified(etag, last_modified):
            kept = replace(
                _succeeded(state, now),
                etag=etag or state.etag,
                last_modified=last_modified or state.last_modified,
            )
            return Reading(source, kept, unchanged=1)
        case Gone():
            reason = "HTTP 410 Gone: the publisher has ended this feed; remove the source"
            return _failed(source, state, now, reason)
        case Failed(reason, unreachable, _):
            return replace(_failed(source, state, now, reason), unreachable=unreachable)


def read_file_url(source: Source, kind: Kind, state: SourceState, now: datetime) -> Reading:
    """Read a feed from a ``file://`` URL."""
    path = Path(unquote(urlsplit(source.place).path))
    try:
        body = path.read_bytes()
    except OSError as error:
        return _failed(source, state, now, f"{path}: {error.strerror or error}")
    digest = _digest(body)
    if digest == state.digest and not state.error:
        return Reading(source, _succeeded(state, now), unchanged=1)
    document = Document(path.name, body, url=source.place)
    try:
        parsed = kind.parse(document)
    except BadDocument as error:
        return _failed(source, state, now, str(error))
    articles, problems = _articles(source, parsed, now)
    good = replace(_succeeded(state, now), digest=digest, changed=now, title=parsed.title)
    return Reading(source, good, tuple(articles), problems=tuple(problems))


async def _fetched(
    source: Source,
    kind: Kind,
    state: SourceState,
    fetcher: Fetcher,
    answer: Fetched,
    now: datetime,
) -> Reading:
    digest = _digest(answer.body)
    state_if_good = replace(
        _succeeded(state, now), etag=answer.etag, last_modified=answer.last_modified
    )
    if digest == state.digest and not state.error:
        return Reading(source, state_if_good, unchanged=1)
    try:
        parsed = kind.parse(_document(source, answer))
    except BadDocument as error:  # validators of what cannot be parsed are never kept
        return _failed(source, state, now, str(error))
    articles, problems = _articles(source, parsed, now)
    if not state.succeeded or kind.paged:
        more, more_problems = await _further_pages(source, kind, fetcher, answer, parsed, now)
        articles += more
        problems += more_problems
    good = replace(state_if_good, digest=digest, changed=now, title=parsed.title)
    return Reading(source, good, tuple(articles), problems=tuple(problems))


async def _further_pages(
    source: Source, kind: Kind, fetcher: Fetcher, first: Fetched, parsed: Parsed, now: datetime
) -> tuple[list[Article], list[Problem]]:
    """The pages after the first, until one brings nothing new; each page once."""
    articles: list[Article] = []
    problems: list[Problem] = []
    seen = {source.place, first.url}
    refs = {item.ref for item in parsed.items}
    for number in range(2, MAX_PAGES + 1):
        url = _next_url(first.url, kind, parsed, number)
        if not url or url in seen:
            break
        seen.add(url)
        outcome = await fetcher.fetch(url)
        if not isinstance(outcome, Fetched):
            if parsed.next_page:  # a guessed page may be missing, a named one should not
                problems.append(Problem(source.name, url, getattr(outcome, "reason", "missing")))
            break
        try:
            parsed = kind.parse(_document(source, outcome))
        except BadDocument as error:
            problems.append(Problem(source.name, url, str(error)))
            break
        new = {item.ref for item in parsed.items} - refs
        if not new:
            break
        refs |= new
        more, bad = _articles(source, parsed, now)
        articles += more
        problems += bad
    return articles, problems


def _next_url(base: str, kind: Kind, parsed: Parsed, number: int) -> str:
    if parsed.next_page:
        return urljoin(base, parsed.next_page)
    if not kind.paged or not parsed.items:
        return ""
    parts = urlsplit(base)
    query = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k != "page"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("page", str(number))])))


def _document(source: Source, answer: Fetched) -> Document:
    return Document(source.name, answer.body, answer.content_type, answer.url)


def _articles(source: Source, parsed: Parsed, now: datetime) -> tuple[list[Article], list[Problem]]:
    articles: list[Article] = []
    bad = list(parsed.bad)
    for item in parsed.items:
        try:
            articles.extend(articles_of(item, source, now))
        except BadItem as error:
            bad.append(error)
    return articles, [Problem(source.name, "", error.reason, error.line) for error in bad]


def _succeeded(state: SourceState, now: datetime) -> SourceState:
    return replace(state, checked=now, succeeded=now, failures=0, error="")


def _failed(source: Source, state: SourceState, now: datetime, reason: str) -> Reading:
    failed = replace(state, checked=now, failures=state.failures + 1, error=reason)
    return Reading(source, failed, problems=(Problem(source.name, "", reason),))


def _digest(body: bytes) -> str:
    return blake2b(body, digest_size=16).hexdigest()
