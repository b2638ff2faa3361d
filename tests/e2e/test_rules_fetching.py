"""Rules of fetching, over a server on loopback: redirects, deadlines, limits, validators."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from aggregator.model import CleanText, FailureKind, Reading, Source, SourceState
from aggregator.read import ReadOptions, read_sources
from aggregator.read.fetch import Fetcher
from aggregator.read.guard import networks
from aggregator.read.options import FetchOptions
from aggregator.read.outcomes import Failed, Fetched, NotModified, Outcome
from aggregator.read.single_source import read_remote
from tests.conftest import NOW, Answer, Server, rss

OPTIONS = FetchOptions(allow_networks=networks(["127.0.0.1/32", "::1/128"]))
T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def fetched(options: FetchOptions, *urls: str, **validators: Any) -> list[Outcome]:
    """The outcomes of fetching these URLs at the same time."""

    async def fetch() -> list[Outcome]:
        async with Fetcher(options) as fetcher:
            return await asyncio.gather(*(fetcher.fetch(url, **validators) for url in urls))

    return run(fetch())


def fetch(url: str, options: FetchOptions = OPTIONS, **validators: Any) -> Outcome:
    return fetched(options, url, **validators)[0]


def redirects(server: Server, *statuses: int) -> str:
    """The address of the first of these redirects, each to the next and the last to a body."""
    for number, status in enumerate(statuses):
        target = {"Location": f"/{number + 1}"}
        server.answers[f"/{number}"] = Answer(status=status, headers=target)
    server.answers[f"/{len(statuses)}"] = Answer(b"the end")
    return f"{server.url}/0"


def test_ten_redirects_are_followed_and_no_more(server: Server) -> None:
    ten = fetch(redirects(server, *[302] * 10))
    assert isinstance(ten, Fetched)
    assert ten.body == b"the end"
    eleven = fetch(redirects(server, *[302] * 11))
    assert isinstance(eleven, Failed)
    assert eleven.kind is FailureKind.REDIRECT


@pytest.mark.parametrize(
    ("statuses", "permanent"),
    [
        ((301,), True),
        ((308,), True),
        ((302,), False),
        ((303,), False),
        ((307,), False),
        ((301, 308), True),
        ((301, 302), False),
        ((302, 301), False),
        ((), False),
    ],
)
def test_a_move_is_permanent_if_each_redirect_is(
    server: Server, statuses: tuple[int, ...], permanent: bool
) -> None:
    outcome = fetch(redirects(server, *statuses))
    assert isinstance(outcome, Fetched)
    assert outcome.permanent == permanent
    assert outcome.url == f"{server.url}/{len(statuses)}"


def test_retry_after_of_a_redirect_counts(server: Server) -> None:
    url = redirects(server, 302)
    server.answers["/0"].headers["Retry-After"] = "500"
    outcome = fetch(url)
    assert isinstance(outcome, Fetched)
    assert outcome.hints.retry_after == 500


def test_the_deadline_is_for_all_redirects_together(server: Server) -> None:
    url = redirects(server, 302)
    for answer in server.answers.values():
        answer.delay = 0.4
    outcome = fetch(url, replace(OPTIONS, deadline=0.7))
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.TIMEOUT
    assert FetchOptions().deadline == 20.0


def test_one_request_per_host_at_a_time_and_waiting_for_it_does_not_count_for_the_deadline(
    server: Server,
) -> None:
    """`localhost` is no network of the owner. All requests together take longer than the deadline
    of one."""
    names = [f"/{number}" for number in range(12)]
    server.answers = {name: Answer(b"x", delay=0.2) for name in names}
    port = server.url.rpartition(":")[2]
    public = fetched(
        replace(OPTIONS, deadline=2.0), *(f"http://localhost:{port}{n}" for n in names)
    )
    assert [type(outcome) for outcome in public] == [Fetched] * 12
    assert server.most_in_flight == 1
    names = names[:3]
    all_asked = threading.Barrier(3)
    server.answers = {name: Answer(b"x", held=all_asked) for name in names}
    private = fetched(OPTIONS, *(server.url + name for name in names))
    assert [type(outcome) for outcome in private] == [Fetched] * 3
    assert server.most_in_flight == 3, "the owner's own server gets all requests at once"


def test_a_body_that_is_too_large_when_decompressed_is_refused(server: Server) -> None:
    small = replace(OPTIONS, max_bytes=10_000)
    for size, kind in ((10_000, None), (10_001, FailureKind.SIZE), (10**6, FailureKind.SIZE)):
        packed = gzip.compress(b"x" * size)
        server.answers["/z"] = Answer(packed, headers={"Content-Encoding": "gzip"})
        outcome = fetch(f"{server.url}/z", small)
        assert (outcome.kind if isinstance(outcome, Failed) else None) is kind
    assert FetchOptions().max_bytes == 15_000_000


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://127.0.0.1/", "http://u:p@127.0.0.1/"]
)
def test_forbidden_urls_are_refused_also_after_a_redirect(server: Server, target: str) -> None:
    server.answers["/a"] = Answer(status=302, headers={"Location": target})
    for url in (f"{server.url}/a", target):
        outcome = fetch(url)
        assert isinstance(outcome, Failed)
        assert outcome.kind is FailureKind.REFUSED


def test_validators_are_sent_back_unchanged_and_a_304_is_accepted_only_with_them(
    server: Server,
) -> None:
    server.answers["/a"] = Answer(status=304)
    unconditional = fetch(f"{server.url}/a")
    assert isinstance(unconditional, Failed)
    assert (unconditional.kind, unconditional.status) == (FailureKind.HTTP, 304)
    date = "Sat, 21 Nov 2026 10:00:00 GMT"
    conditional = fetch(f"{server.url}/a", etag='W/"x"', last_modified=date)
    assert isinstance(conditional, NotModified)
    headers = server.log[-1][1]
    assert (headers["if-none-match"], headers["if-modified-since"]) == ('W/"x"', date)
    assert headers["user-agent"].startswith("Aggregator/")
    assert not {"cookie", "referer"} & headers.keys()


def read(server: Server, state: SourceState | None = None, path: str = "/feed") -> Reading:
    source = Source("s", "feed", server.url + path)

    async def reading() -> Reading:
        async with Fetcher(OPTIONS) as fetcher:
            return await read_remote(source, state or SourceState("s"), fetcher, NOW)

    return run(reading())


def test_a_permanent_redirect_is_stored_after_two_polls_in_a_row(server: Server) -> None:
    server.answers = {
        "/feed": Answer(status=301, headers={"Location": "/new"}),
        "/new": Answer(rss("A")),
    }
    first = read(server).state
    assert (first.moved_to, first.redirect_count) == ("", 1)
    assert read(server, first).state.moved_to == f"{server.url}/new"
    server.answers["/feed"].status = 302
    again = read(server, first).state
    assert (again.moved_to, again.redirect_candidate, again.redirect_count) == ("", "", 0)


def test_a_new_address_that_fails_three_times_is_given_up(server: Server) -> None:
    server.answers["/feed"] = Answer(rss("A"))
    state = read(server).state
    state = replace(state, moved_to=CleanText(f"{server.url}/new"))
    for tries in range(3):
        assert state.moved_to == f"{server.url}/new", tries
        state = read(server, state).state
    assert (state.moved_to, state.failures) == ("", 3)
    assert read(server, state).state.failures == 0


def test_unchanged_documents_give_no_articles_and_unreadable_ones_no_validators(
    server: Server,
) -> None:
    server.answers["/feed"] = Answer(rss("A"), headers={"ETag": '"1"'})
    first = read(server)
    assert (len(first.articles), first.state.etag) == (1, '"1"')
    server.answers["/feed"] = Answer(rss("A"), headers={"ETag": '"2"'})
    same = read(server, first.state)
    assert (same.articles, same.unchanged, same.state.etag) == ((), 1, '"2"')
    server.answers["/feed"] = Answer(status=304)
    silent = read(server, same.state)
    assert (silent.unchanged, silent.state.etag) == (1, '"2"'), (
        "a 304 need not repeat the validators"
    )
    server.answers["/feed"] = Answer(b"nothing", headers={"ETag": '"3"'})
    bad = read(server, same.state)
    assert (bad.state.etag, bad.state.failures) == ('"2"', 1)
    server.answers["/feed"] = Answer(rss("A"))
    assert len(read(server, bad.state).articles) == 1, "after a failure it is read again"
    elsewhere = read(server, replace(same.state, location="https://old.example.com/feed"))
    assert len(elsewhere.articles) == 1, "the stored digest belongs to another address"


def page(number: int, following: str) -> bytes:
    link = f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="next" href="{following}"/>'
    body = rss(f"Article {number}", base=f"https://e.com/{number}/")
    return body.replace(b"<description>", link.encode() + b"<description>", 1)


def test_the_pages_of_an_archive_are_read_once_and_twenty_at_most(server: Server) -> None:
    server.answers = {f"/{n}": Answer(page(n, f"/{n + 1}")) for n in range(1, 30)}
    first = read(server, path="/1")
    assert [path for path, _ in server.log] == [f"/{n}" for n in range(1, 21)]
    assert len(first.articles) == 20
    server.log.clear()
    server.answers["/1"] = Answer(page(99, "/2"))
    read(server, first.state, path="/1")
    assert [path for path, _ in server.log] == ["/1"]
    server.log.clear()
    server.answers = {"/1": Answer(page(1, "/2")), "/2": Answer(page(2, "/1"))}
    assert len(read(server, path="/1").articles) == 2
    assert [path for path, _ in server.log] == ["/1", "/2"]


def test_a_source_is_not_requested_before_the_time_that_its_publisher_allows(
    server: Server,
) -> None:
    server.answers["/feed"] = Answer(rss("A"))
    source = Source("s", "feed", f"{server.url}/feed")
    state = SourceState("s", source.location, not_before=NOW + timedelta(hours=1))
    options = ReadOptions(allow_networks=("127.0.0.1/32",))
    (reading,) = read_sources([source], {"s": state}, lambda _: {}, options, NOW)
    assert (reading.postponed, reading.articles, server.log) == (True, (), [])
    ignoring = replace(options, ignore_not_before=True)
    (reading,) = read_sources([source], {"s": state}, lambda _: {}, ignoring, NOW)
    assert len(reading.articles) == len(server.log) == 1
