"""From a source to its items as on the wire, and how reading it went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.model.articles import Article, Verdict
from aggregator.model.failures import FailureKind
from aggregator.model.text import NO_TEXT, NO_WORDS, CleanText, Text


@dataclass(frozen=True, slots=True)
class Source:
    """What we read from. `location` is a URL, or a file, folder or glob (absolute). `publisher` is
    what to call who publishes its articles, where they do not say it themselves."""

    name: str
    kind: str
    location: str
    quality: int | None = None
    topics: tuple[str, ...] = ()
    every: timedelta | None = None
    publisher: str = ""


MAX_DOCUMENT_BYTES = 15_000_000
"""The largest document that is read, decoded: a feed, a file, a subscription list or a WebSub
notification. It bounds memory and time: 15 MB of nothing but ampersands take 4 s (decision 7)."""


@dataclass(frozen=True, slots=True)
class Document:
    """The bytes of a document as a source gave them. `ref` names it within its source; `url` is
    the address after redirects, the base of its relative links."""

    ref: str
    body: bytes
    content_type: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class ItemImage:
    """An image as on the wire; its URL may still be relative or not an image's at all."""

    url: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class ItemEnclosure:
    """A file of an item as on the wire; `length` in bytes, 0 unknown."""

    url: str
    media_type: str
    length: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One item as on the wire: untrusted text, dates not yet checked, links not yet checked.

    `ref` is what the source itself calls the item (a guid, a file name), distinct within a
    document; `addresses` are further URLs of the same article (AMP forms, the address before a
    redirect); `related` is the coverage that the source declares for it. `linked` is false where
    the item has no link and `url` is its feed's. `part` tells the item apart from others of its
    document that have the same address: an anchor of the page, or a title. `order` is the
    position in the document, from 0, of items whose document is ordered, newest first.
    """

    ref: str
    url: str
    title: Text
    addresses: tuple[str, ...] = ()
    summary: Text = NO_TEXT
    content: Text = NO_TEXT
    published: datetime | None = None
    publisher: Text = NO_TEXT
    domain: str = ""
    author: Text = NO_TEXT
    lang: str = ""
    video: bool = False
    image: ItemImage | None = None
    quality: int | None = None
    topics: tuple[Text, ...] = ()
    verdict: Verdict | None = None
    related: tuple[Item, ...] = ()
    line: int = 0
    linked: bool = True
    enclosure: ItemEnclosure | None = None
    part: str = ""
    order: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read, and why. `ref` is a file or item; `line` 0 is unknown;
    `status` is that of an HTTP answer, else 0."""

    source: str
    ref: CleanText
    reason: CleanText
    line: int = 0
    kind: FailureKind = FailureKind.PARSE
    status: int = 0

    def __str__(self) -> str:
        where = f"{self.ref}:{self.line}" if self.line else self.ref
        return (
            f"{self.source}: {where}: {self.reason}" if where else f"{self.source}: {self.reason}"
        )


@dataclass(frozen=True, slots=True)
class DocumentState:
    """What is remembered of a file, so that an unchanged one is not parsed again.

    `modified` is the modification time in nanoseconds since 1970, `digest` of the bytes that were
    read; `problem` says why it could not be read (empty: it could), `line` where.
    """

    ref: CleanText
    size: int
    modified: int
    digest: str
    problem: CleanText = NO_WORDS
    line: int = 0


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is remembered of a source between two readings.

    `etag` and `last_modified` are opaque (RFC 9110, section 8.8), stored and sent back byte for
    byte. `checked` is the last try, `succeeded` the last that worked, `changed` the last that
    brought something new, `due` the next one; `not_before` is the publisher's wish. `interval` is
    its own pace in seconds. `failures` counts those since the last success, `error` is the last
    one's reason in words. `location` is the URL that all this is about; `moved_to` is where it
    has moved for good, `redirect_candidate` where it may move and `redirect_count` how often it
    said so;
    `gone` is a 410. `failure` is the kind of the last `error` ("" where there is none), `status`
    that of an HTTP answer that was one; `options` is a digest of what the configuration gives to
    each article of the source.
    """

    name: str
    location: str = ""
    title: CleanText = NO_WORDS
    etag: CleanText = NO_WORDS
    last_modified: CleanText = NO_WORDS
    digest: str = ""
    checked: datetime | None = None
    succeeded: datetime | None = None
    changed: datetime | None = None
    due: datetime | None = None
    failures: int = 0
    error: CleanText = NO_WORDS
    not_before: datetime | None = None
    interval: int = 0
    moved_to: CleanText = NO_WORDS
    redirect_candidate: CleanText = NO_WORDS
    redirect_count: int = 0
    gone: bool = False
    failure: str = ""
    status: int = 0
    options: str = ""

    @property
    def request_url(self) -> str:
        """The URL to ask."""
        return self.moved_to or self.location


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reading of a source gave: articles that are new or may have changed, and states.

    `problems` are those of this reading; what they cost is the item or file they name, no more.
    `postponed`: nothing was asked, because the publisher wishes so. `hub` and `self_url` are
    what the feed names as its WebSub hub and as its own address.
    """

    source: Source
    state: SourceState
    articles: tuple[Article, ...] = ()
    documents: tuple[DocumentState, ...] = ()
    problems: tuple[Problem, ...] = ()
    unreachable: bool = False
    unchanged: int = 0
    postponed: bool = False
    hub: CleanText = NO_WORDS
    self_url: CleanText = NO_WORDS


@dataclass(frozen=True, slots=True)
class PollDay:
    """How reading a source went on a day (UTC, its number since 1970-01-01): how often it was
    asked, how often that failed, and how many articles that were never seen before it brought."""

    source: str
    day: int
    polls: int
    failures: int = 0
    articles: int = 0


@dataclass(frozen=True, slots=True)
class Subscription:
    """What is remembered of a WebSub subscription (W3C Recommendation, 23 January 2018).

    `topic` is the feed's own name for its address, `hub` who is asked, `token` the secret end of
    our callback's address, `secret` what the hub signs with. `requested_at` is the time of the last
    request, `until` the end of the lease, once the hub has verified it; `error` why it refused.
    """

    source: str
    topic: CleanText
    hub: CleanText
    token: str
    secret: str
    requested_at: datetime
    until: datetime | None = None
    error: CleanText = NO_WORDS
