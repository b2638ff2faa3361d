"""The possible outcomes of a fetch, as values to match exhaustively."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.model import NO_WORDS, CleanText, FailureKind
from aggregator.read.polling import NO_HINTS, Hints


@dataclass(frozen=True, slots=True)
class Fetched:
    """200: the decoded body, and the validators for the next request.

    `url` is the final address; `permanent` says that all redirects to it were permanent (301, 308).
    `hub` and `self_url` are the WebSub hub and the own address that its headers name.
    """

    url: str
    body: bytes
    content_type: str
    etag: CleanText
    last_modified: CleanText
    permanent: bool = False
    hints: Hints = NO_HINTS
    hub: CleanText = NO_WORDS
    self_url: CleanText = NO_WORDS


@dataclass(frozen=True, slots=True)
class NotModified:
    """304: nothing new; the validators, if the response has them."""

    etag: CleanText
    last_modified: CleanText
    hints: Hints = NO_HINTS


@dataclass(frozen=True, slots=True)
class Gone:
    """410: the publisher has removed the source permanently."""

    url: str


@dataclass(frozen=True, slots=True)
class Failed:
    """No usable response, with the reason; `status` is that of the response, 0 without one."""

    reason: str
    unreachable: bool = False
    hints: Hints = NO_HINTS
    kind: FailureKind = FailureKind.NETWORK
    status: int = 0


Outcome = Fetched | NotModified | Gone | Failed
