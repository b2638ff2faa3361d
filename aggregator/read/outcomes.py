"""What can come of a fetch: values, matched exhaustively."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.model import NO_WORDS, CleanText, FailureKind
from aggregator.read.polling import NO_HINTS, Hints


@dataclass(frozen=True, slots=True)
class Fetched:
    """200: the decoded body, and what to say in the next request.

    `url` is where it came from, `permanent` that every redirect on the way was (301, 308). `hub`
    and `own` are what its headers name as its WebSub hub and as its own address.
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
    """304: nothing new; validators where the answer carried them."""

    etag: CleanText
    last_modified: CleanText
    hints: Hints = NO_HINTS


@dataclass(frozen=True, slots=True)
class Gone:
    """410: the source says that it will not come back."""

    url: str


@dataclass(frozen=True, slots=True)
class Failed:
    """No usable answer, and why; `status` is the answer's where there was one, else 0."""

    reason: str
    unreachable: bool = False
    hints: Hints = NO_HINTS
    kind: FailureKind = FailureKind.NETWORK
    status: int = 0


Outcome = Fetched | NotModified | Gone | Failed
