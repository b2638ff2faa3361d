"""What is wrong with a source, in the words of the site, and what to do about it.

``aggregator.read.advice`` says the same in the terminal, in English.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import NamedTuple, Protocol

from aggregator.model import FailureKind, Source, SourceState
from aggregator.model.urls import is_http_url
from aggregator.publish.wording import Wording


class Level(StrEnum):
    """How a source is. The values are the keys of their names, and those of ``/status?state=``."""

    FAILING = "failing"  # somebody must do something
    WARNING = "warning"  # it may become well by itself
    PAUSED = "paused"
    FINE = "fine"


class SourceRow(Protocol):
    """A source with its state: ``queries.SourceStatus``."""

    @property
    def source(self) -> Source:
        """The source, with its name and location."""
        ...

    @property
    def state(self) -> SourceState:
        """Its last success, next poll, and last error."""
        ...

    @property
    def is_pushed(self) -> bool:
        """Whether a hub sends what is new (WebSub)."""
        ...

    @property
    def days(self) -> Sequence[tuple[int, int]]:
        """(articles, failures) of each of the last days (UTC), oldest first."""
        ...


class SourceProblem(NamedTuple):
    """The level of a source; what is wrong with it, and what to do (empty: nothing is wrong)."""

    level: Level
    text: str = ""
    todo: str = ""


# What may end by itself, by what there is to do about it: for how long since the last success, and
# how many failures of a source that was never read (the waits double, so ten are some days).
_PATIENCE = {"do_nothing": (timedelta(days=7), 10), "do_network": (timedelta(days=1), 3)}
_SILENT_DAYS = 7  # days without an article of which nothing is said
_SILENT_GAPS = 4  # times the usual time between two articles
_MIN_ARTICLES = 3  # in the history, so that there is a usual time
_BY_STATUS = {401: "do_ask", 403: "do_ask", 404: "do_look_again", 429: "do_nothing"}
_BY_KIND = {
    FailureKind.NETWORK: "do_network",
    FailureKind.REFUSED: "do_allow",
    FailureKind.TIMEOUT: "do_nothing",
    FailureKind.REDIRECT: "do_redirect",
    FailureKind.HTTP: "do_open",
    FailureKind.GONE: "do_new_address",
    FailureKind.SIZE: "do_open",
    FailureKind.PAGE: "do_add_page",
    FailureKind.PARSE: "do_open",
    FailureKind.ITEM: "do_correct",
    FailureKind.FILE: "do_path",
    FailureKind.STORE: "do_store",
    FailureKind.INTERNAL: "do_report",
}


def problem_of(row: SourceRow, now: datetime, wording: Wording) -> SourceProblem:
    """What is wrong with a source at the time `now`."""
    state = row.state
    if state.gone:
        return SourceProblem(
            Level.FAILING, wording("status.gone"), wording("status.do_new_address")
        )
    if not state.error:
        days = silent_days(row)
        if not days:
            return SourceProblem(Level.FINE)
        return SourceProblem(
            Level.WARNING, wording("status.silent", days), wording("status.do_moved")
        )
    todo = _todo(row)
    level = Level.WARNING if _may_recover(state, now, todo) else Level.FAILING
    if todo == "do_nothing" and level is Level.FAILING:
        todo = "do_moved"
    if level is Level.WARNING and state.not_before and state.not_before > now:
        advice = wording("status.do_nothing_until", time=wording.when(state.not_before))
    else:
        advice = wording(f"status.{todo}")
    return SourceProblem(level, _text(state, wording), advice)


def silent_days(row: SourceRow) -> int:
    """For how many days a source on the web has had no new article, if that is unusually long for
    it by the history of its days; else 0."""
    articles = [number for number, _ in row.days]
    if not is_http_url(row.source.location) or sum(articles) < _MIN_ARTICLES:
        return 0
    last = max(day for day, number in enumerate(articles) if number)
    first = min(day for day, number in enumerate(articles) if number)
    silent = len(articles) - 1 - last
    usual_gap = (last - first + 1) / sum(articles)
    return silent if silent >= max(_SILENT_DAYS, _SILENT_GAPS * usual_gap) else 0


def _todo(row: SourceRow) -> str:
    """The key of what to do about the last error."""
    state = row.state
    kind = FailureKind(state.failure) if state.failure else FailureKind.PARSE
    if kind is FailureKind.HTTP:
        by_kind = "do_nothing" if state.status >= 500 else _BY_KIND[kind]
        return _BY_STATUS.get(state.status, by_kind)
    if kind is FailureKind.PARSE and not is_http_url(row.source.location):
        return "do_correct"
    return _BY_KIND[kind]


def _may_recover(state: SourceState, now: datetime, todo: str) -> bool:
    """Whether a fault of the publisher's server or of a network may still end by itself."""
    if todo not in _PATIENCE:
        return False
    patience, failures = _PATIENCE[todo]
    if state.succeeded is None:
        return state.failures < failures
    return now - state.succeeded <= patience


def _text(state: SourceState, wording: Wording) -> str:
    """What is wrong, in one sentence."""
    if state.failure == FailureKind.PAGE:
        return wording("status.a_page")
    reason = f"{state.error[:1].upper()}{state.error[1:]}".rstrip(".")
    if state.failure == FailureKind.ITEM:
        return wording("status.in_item", reason=reason)
    if state.failure == FailureKind.HTTP and state.status in set(HTTPStatus):
        reason = f"{state.status} {HTTPStatus(state.status).phrase}"
    return wording("status.fault", max(1, state.failures), reason=reason)
