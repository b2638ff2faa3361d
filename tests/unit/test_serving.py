"""Parts of the HTTP side that need no socket: codings, rate limits, sessions, slots."""

from __future__ import annotations

import threading

import pytest
from starlette.requests import Request

from aggregator.config import is_password, password_hash
from aggregator.model import CleanText, Site
from aggregator.pipeline import PlanOptions, plan
from aggregator.publish import FORMATS
from aggregator.queries import StoryQueries
from aggregator.serve.feed_handlers import split_name
from aggregator.serve.http_errors import TooManyRequests
from aggregator.serve.limits import RateLimiter
from aggregator.serve.on_demand import OnDemand
from aggregator.serve.output_cache import CODINGS, Representation
from aggregator.serve.responses import _coding, answer
from aggregator.serve.sessions import Sessions
from aggregator.store import StoredWindow
from tests.conftest import NOW
from tests.daemons import LIMIT

OPTIONS = PlanOptions(Site(CleanText("Test"), "https://news.example.org/"))


class Clock:
    """A clock that moves only when it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", ""),
        ("gzip", "gzip"),
        ("gzip, deflate, br", "br"),
        ("GZIP;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br; q=0.0, gzip;q=0", ""),
        ("x-gzip, identity, *", ""),
        ("br;q=0.000, gzip;q=0.001", "gzip"),
        ("br;q=0.2, gzip;q=0.8", "gzip"),
        ("br ; q = 1.000 , gzip", "br"),
        ("*", "br"),
        ("br;q=0, *;q=0.1", "gzip"),
        ("*;q=0", ""),
        ("identity, gzip;q=0.5", ""),
        ("gzip;q=nonsense", "gzip"),
    ],
)
def test_codings_that_are_accepted(accepted: str, coding: str) -> None:
    assert _coding(accepted) == coding


def test_each_coding_has_its_own_validator_and_the_same_content() -> None:
    import brotli

    served = Representation(b"text " * 1_000, 0.0, FORMATS["rss"].media_type)
    assert len(set(served.etags)) == len(CODINGS) + 1
    assert brotli.decompress(served.coded("br")) == served.body
    assert served.coded("gzip") is served.coded("gzip")
    assert served.last_modified == "Thu, 01 Jan 1970 00:00:00 GMT"


@pytest.mark.parametrize(
    ("media_type", "sent"),
    [
        ("text/html", "text/html; charset=utf-8"),
        ("text/csv; charset=utf-8", "text/csv; charset=utf-8"),
        ("text/csv;Charset=US-ASCII", "text/csv;Charset=US-ASCII"),
        ("application/rss+xml", "application/rss+xml"),
    ],
)
def test_text_has_one_charset(media_type: str, sent: str) -> None:
    request = Request({"type": "http", "headers": []})
    response = answer(request, Representation(b"x", 0.0, media_type), 60)
    assert response.headers["content-type"] == sent


@pytest.mark.parametrize("ext", [*FORMATS, "html", "opml", "css"])
def test_every_file_that_is_published_has_a_name_that_is_served(ext: str) -> None:
    assert split_name(f"über-news_2.{ext}") == ("über-news_2", ext)
    assert split_name(f"{'a' * 81}.{ext}") == ("a" * 81, ext)
    for name in (f".{ext}", f"-a.{ext}", f"a.b.{ext}", f"a/b.{ext}", f"{'a' * 82}.{ext}", ext):
        assert split_name(name) == ("", "")
    assert split_name(f"a.{ext}.exe") == split_name(f"a.{ext}\n") == ("", "")


def test_the_rate_limit_of_a_client_refills_with_time() -> None:
    clock = Clock()
    rate = RateLimiter(clock)
    for _ in range(3):
        rate.take("one", 3)
    with pytest.raises(TooManyRequests):
        rate.take("one", 3)
    rate.take("two", 3)
    clock.now = 20.0
    rate.take("one", 3)
    with pytest.raises(TooManyRequests):
        rate.take("one", 3)
    rate.take("one", None)


def test_a_password_is_stored_as_a_salted_hash() -> None:
    stored = password_hash("correct horse")
    assert "correct" not in stored
    assert stored != password_hash("correct horse")
    assert is_password("correct horse", stored)
    assert not is_password("correct hors", stored)
    assert not is_password("correct horse", "scrypt:x:y")


def test_a_session_ends() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    first, second = sessions.begin(), sessions.begin()
    assert sessions.csrf(first)
    assert sessions.csrf(first) != sessions.csrf(second)
    assert sessions.csrf("none") == ""
    sessions.end(second)
    assert sessions.csrf(second) == ""
    clock.now = 13 * 3600.0
    assert sessions.csrf(first) == ""


def test_quick_requests_do_not_wait_for_slow_ones() -> None:
    queries = StoryQueries.of_plan(plan((), StoredWindow(), OPTIONS, NOW), OPTIONS, NOW)
    on_demand, served = OnDemand(), Representation(b"x", 0.0, "text/plain")
    held, release = threading.Barrier(3), threading.Event()

    def slow() -> Representation:
        held.wait(LIMIT)
        release.wait(LIMIT)
        return served

    threads = [
        threading.Thread(target=on_demand.answer, args=(queries, (name,), slow, "c", None))
        for name in ("one", "two")
    ]
    for thread in threads:
        thread.start()
    held.wait(LIMIT)  # both slots are taken
    quick = on_demand.answer(queries, ("three",), lambda: served, "c", None, indexed=True)
    assert quick is served
    assert not release.is_set()
    release.set()
    for thread in threads:
        thread.join(LIMIT)
    assert on_demand.cached(queries, ("one",)) is served
    assert on_demand.cached(None, ("one",)) is None
