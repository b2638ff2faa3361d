"""The status page: the answer in its heading, the sources that need somebody first, what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from aggregator.model import CleanText, FailureKind, Site, Source, SourceState
from aggregator.publish.page_context import PageContext
from aggregator.publish.source_problems import Level, problem_of
from aggregator.publish.status_page import Totals, status_page
from aggregator.publish.wording import Wording
from tests.conftest import NOW

SITE = Site(CleanText("News"), "https://news.example/", "en")
WORDING = Wording.of(SITE)
DAILY = ((2, 0),) * 30


@dataclass(frozen=True)
class Row:
    """A source with its state and history."""

    source: Source
    state: SourceState
    days: tuple[tuple[int, int], ...] = DAILY
    is_pushed: bool = False


def row(name: str = "Gazette", days: tuple[tuple[int, int], ...] = DAILY, **state: Any) -> Row:
    """A source that was read an hour ago, but for what is given."""
    location = f"https://{name.lower()}.example/feed"
    succeeded = NOW - timedelta(hours=1)
    read = SourceState(name, location, succeeded=succeeded, due=NOW + timedelta(minutes=20))
    return Row(Source(name, "feed", location), replace(read, **state), days)


def failed(kind: FailureKind, **state: Any) -> Row:
    """A source whose last reading failed in this way."""
    values: dict[str, Any] = {"error": CleanText("HTTP 500"), "failures": 3, **state}
    return row(failure=kind.value, **values)


@pytest.mark.parametrize(
    ("source", "level", "text", "todo"),
    [
        (row(), Level.FINE, "", ""),
        (row(gone=True), Level.FAILING, "410 Gone", "Remove it"),
        (
            failed(FailureKind.HTTP, status=404),
            Level.FAILING,
            "404 Not Found, 3",
            "sources add",
        ),
        (failed(FailureKind.HTTP, status=401), Level.FAILING, "401 Unauthorized", "refuses"),
        (
            failed(FailureKind.NETWORK, error="no such host"),
            Level.WARNING,
            "No such host, 3",
            "Check",
        ),
        (
            failed(FailureKind.NETWORK, succeeded=NOW - timedelta(hours=30)),
            Level.FAILING,
            "times in a row",
            "Check the address and your network.",
        ),
        (failed(FailureKind.NETWORK, succeeded=None), Level.FAILING, "in a row", "Check"),
        (failed(FailureKind.PAGE), Level.FAILING, "A web page came", "sources add"),
        (failed(FailureKind.HTTP, status=500), Level.WARNING, "500 Internal", "Nothing"),
        (
            failed(FailureKind.HTTP, status=400, failures=1),
            Level.FAILING,
            "400 Bad Request.",
            "Open",
        ),
        (
            failed(FailureKind.HTTP, status=500, succeeded=NOW - timedelta(days=8)),
            Level.FAILING,
            "500 Internal Server Error, 3 times in a row.",
            "Look whether it has moved.",
        ),
        (
            failed(FailureKind.HTTP, status=429, not_before=NOW + timedelta(hours=3)),
            Level.WARNING,
            "429 Too Many Requests",
            "wait until 22 Nov, 15:00 UTC",
        ),
        (
            row(days=((2, 0),) * 18 + ((0, 0),) * 12),
            Level.WARNING,
            "No new article for 12 days.",
            "moved",
        ),
        (row(days=((1, 0), *((0, 0),) * 12, (1, 0), (1, 0), *((0, 0),) * 15)), Level.FINE, "", ""),
    ],
)
def test_what_is_wrong_with_a_source_and_what_to_do(
    source: Row, level: Level, text: str, todo: str
) -> None:
    problem = problem_of(source, NOW, WORDING)
    assert problem.level is level
    assert text in problem.text
    assert todo in problem.todo


def page(*rows: Row, **options: Any) -> str:
    """The page of these sources."""
    context = PageContext(SITE, [], live=True, now=NOW)
    totals = Totals(stories=312, with_coverage=88, feeds=11, ranked=NOW)
    return status_page(context, rows, totals, NOW, **options).decode()


def test_the_heading_is_the_answer_and_what_fails_is_first() -> None:
    rows = (
        row("Fine & <Well>"),
        failed(FailureKind.HTTP, status=500),
        row("Gone", gone=True),
        row("Quiet"),
    )
    text = page(*rows, paused=["Quiet"], problems=["letters: no <server>"])
    assert "<h1>1 of 4 sources needs you</h1>" in text
    assert '<meta name="robots" content="noindex">' in text
    names = [part.partition("</bdi>")[0] for part in text.split("</span><bdi>")[1:]]
    assert names == ["Gone", "Gazette", "Quiet", "Fine &amp; &lt;Well&gt;"]
    assert "letters: no &lt;server&gt;" in text
    assert "1 failing, 1 with a warning, 1 paused" in text
    assert 'href="?state=warning">Warning 1</a>' in text
    assert 'aria-label="28 articles and 0 failures in 14 days"' in text
    assert "<dd>8</dd>" in text  # articles today
    filtered = page(*rows, state=Level.FAILING)
    assert filtered.count("<bdi>") == 1
    assert "<h1>1 of 4 sources needs you</h1>" in filtered
    assert "<h1>The only source is fine</h1>" in page(row())
