"""The polling policy: when a source is polled again."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.errors import FetchError
from aggregator.model import Document, Source, SourceState
from aggregator.read.codings import decoder
from aggregator.read.headers import hints_of
from aggregator.read.kinds import KINDS
from aggregator.read.polling import CAP, FLOOR, Hints, may_ask, with_due
from tests.conftest import NOW

SOURCE = Source("s", "feed", "https://e.com/feed")
STATE = SourceState("s", location=SOURCE.location)
DATE = "Sun, 22 Nov 2026 12:00:00 GMT"


def wait(hints: Hints = Hints(), **changes: object) -> timedelta:  # noqa: B008
    values = {
        "source": SOURCE,
        "state": STATE,
        "changed": False,
        "trusted_server": False,
        **changes,
    }
    source, state = values.pop("source"), values.pop("state")
    next_state = with_due(source, state, hints, NOW, **values)  # type: ignore[arg-type]
    assert next_state.due is not None
    return next_state.due - NOW


def test_the_pace_follows_the_source() -> None:
    assert timedelta(minutes=60) <= wait() <= timedelta(minutes=66)
    state = replace(STATE, interval=3600)
    assert wait(state=state, changed=True) < timedelta(minutes=50) < wait(state=state)
    busy, quiet = replace(STATE, interval=900), replace(STATE, interval=86_400)
    assert FLOOR <= wait(state=busy, changed=True) <= FLOOR * 1.1
    assert wait(state=quiet) <= CAP * 1.1


def test_every_overrides_the_pace_but_not_the_floor_of_the_public_web() -> None:
    often = replace(SOURCE, every=timedelta(seconds=2))
    assert wait(source=often) >= FLOOR
    assert wait(source=often, trusted_server=True) == timedelta(seconds=2)
    assert wait(Hints(retry_after=50), source=often, trusted_server=True) == timedelta(seconds=50)


@pytest.mark.parametrize(
    ("hints", "least"),
    [
        (Hints(fresh_for=7200), timedelta(hours=2)),
        (Hints(fresh_for=10**8), CAP),
        (Hints(retry_after=7200), timedelta(hours=2)),
        (Hints(retry_after=10**8), timedelta(days=7)),
    ],
)
def test_a_source_is_never_polled_before_the_time_that_its_publisher_allows(
    hints: Hints, least: timedelta
) -> None:
    assert wait(hints) >= least
    state = with_due(SOURCE, STATE, hints, NOW, changed=False, trusted_server=False)
    assert not may_ask(state, NOW + least - timedelta(seconds=1))
    assert may_ask(state, NOW + least)


def test_hours_and_days_to_skip() -> None:
    # NOW is a Sunday at noon; the next poll would be after one
    assert wait(Hints(skip_hours=frozenset({13, 14}))) == timedelta(hours=3)
    assert wait(Hints(skip_days=frozenset({6}))) == timedelta(hours=12)
    assert wait(Hints(skip_hours=frozenset(range(24)))) < timedelta(hours=2)


def test_failures_back_off() -> None:
    waits = [wait(state=replace(STATE, failures=n, interval=3600)) for n in (1, 2, 3, 30)]
    assert waits == sorted(waits)
    assert waits[0] >= timedelta(hours=2)
    assert waits[-1] <= CAP


def test_without_a_network_the_wait_stays_short() -> None:
    state = replace(STATE, failures=30, interval=900)
    next_state = with_due(
        SOURCE, state, Hints(), NOW, changed=False, trusted_server=False, unreachable=True
    )
    assert next_state.due is not None
    assert next_state.due - NOW <= timedelta(hours=1)


def test_a_gone_source_is_never_polled_and_a_clock_that_was_set_back_delays_nothing() -> None:
    assert not may_ask(replace(STATE, gone=True), NOW)
    assert may_ask(replace(STATE, not_before=NOW + timedelta(days=365)), NOW)


@pytest.mark.parametrize(
    ("headers", "hints"),
    [
        ({"cache-control": "public, max-age=600"}, Hints(fresh_for=600)),
        ({"cache-control": "max-age=600", "age": "100"}, Hints(fresh_for=500)),
        ({"cache-control": "no-cache", "expires": "Mon, 23 Nov 2026 12:00:00 GMT"}, Hints()),
        ({"date": DATE, "expires": "Sun, 22 Nov 2026 13:00:00 GMT"}, Hints(fresh_for=3600)),
        ({"date": DATE, "expires": "0"}, Hints()),
        ({"retry-after": "120"}, Hints(retry_after=120)),
        ({"date": DATE, "retry-after": "Sun, 22 Nov 2026 12:01:00 GMT"}, Hints(retry_after=60)),
        ({"retry-after": "soon"}, Hints()),
        ({"cache-control": "max-age=99999999999999"}, Hints(fresh_for=10**8)),
        ({"cache-control": "s-maxage=86400, max-age=300"}, Hints(fresh_for=300)),
        ({"cache-control": "s-maxage=86400"}, Hints()),
        ({"cache-control": "no-cache, max-age=300"}, Hints()),
        ({"cache-control": 'max-age="60", private, no-cache="set-cookie"'}, Hints(fresh_for=60)),
        ({"date": DATE, "expires": "Fri, 31 Dec 9999 23:59:59 -2300"}, Hints(fresh_for=10**8)),
        ({"retry-after": "9" * 5_000}, Hints()),
    ],
)
def test_headers(headers: dict[str, str], hints: Hints) -> None:
    assert hints_of(headers) == hints


DATA = b"<rss>" + b"x" * 5000 + b"</rss>"
GZIPPED = gzip.compress(DATA, mtime=0)  # ids of tests must not depend on the time
RAW = zlib.compressobj(wbits=-15)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("", DATA),
        ("gzip", GZIPPED),
        ("gzip", gzip.compress(DATA[:99], mtime=0) + gzip.compress(DATA[99:], mtime=0)),
        ("gzip", GZIPPED + b"junk after the end"),
        ("gzip", DATA),
        ("deflate", zlib.compress(DATA)),
        ("deflate", RAW.compress(DATA) + RAW.flush()),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_codings(coding: str, body: bytes, size: int) -> None:
    decode = decoder(coding)
    pieces = [body[n : n + size] for n in range(0, len(body), size)]
    decoded = b"".join(chunk for piece in pieces for chunk in decode.chunks(piece, 10_000))
    decode.finish()
    assert decoded == DATA


def test_a_compression_bomb_is_never_decompressed() -> None:
    decode = decoder("gzip")
    chunks = decode.chunks(gzip.compress(b"0" * 50_000_000), 1_000)
    assert sum(map(len, chunks)) == 1_000


@pytest.mark.parametrize(
    ("coding", "body", "words"),
    [
        ("gzip", GZIPPED[:-9], "truncated"),
        ("gzip", GZIPPED[:20] + b"broken" * 9, "cannot decode"),
        ("br", DATA, "content coding 'br'"),
        ("gzip, br", DATA, "content coding"),
    ],
)
def test_an_unknown_or_broken_coding_is_refused_with_a_reason(
    coding: str, body: bytes, words: str
) -> None:
    with pytest.raises(FetchError, match=words):  # noqa: PT012 -- either of the calls may say it
        decode = decoder(coding)
        decode.chunks(body, 10_000)
        decode.finish()


def test_hints_of_time_in_a_feed() -> None:
    start = (
        '<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel>'
        "<title>F</title><ttl>90</ttl><skipHours><hour>1</hour><hour>23</hour></skipHours>"
        "<skipDays><day>Sunday</day></skipDays><sy:updatePeriod>hourly</sy:updatePeriod>"
        "<sy:updateFrequency>2</sy:updateFrequency>"
    )
    body = (start + "<item><title>T</title></item></channel></rss>").encode()
    hints = KINDS["feed"].parse(Document("d", body, url="https://e.com/")).hints
    assert hints == Hints(5400, 0, frozenset({1, 23}), frozenset({6}))
