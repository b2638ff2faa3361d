"""Sources, their items as on the wire, and the states and results of reading them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.model.articles import Article, Verdict
from aggregator.model.failures import FailureKind
from aggregator.model.text import NO_TEXT, NO_WORDS, CleanText, Text


@dataclass(frozen=True, slots=True)
class Source:
    """A configured source. `kind` is a name of ``aggregator.read.kinds.KINDS``; `location` is a
    URL or the absolute path of a file, folder or glob; `every` is the configured polling interval.
    `quality` and `topics` apply to all its articles; `publisher` names the publisher of those that
    name none. `full_text`: the articles have their full text (``Article.content``)."""

    name: str
    kind: str
    location: str
    quality: int | None = None
    topics: tuple[str, ...] = ()
    every: timedelta | None = None
    publisher: str = ""
    full_text: bool = False


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
    """An image as on the wire: its URL may be relative, or not be that of an image."""

    url: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class ItemEnclosure:
    """A file of an item as on the wire. `length` is in bytes, 0 unknown."""

    url: str
    media_type: str
    length: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One item as on the wire: texts, dates and links are not checked yet.

    `ref` is the source's own id of the item (a guid, a file name), unique within a document;
    `addresses` are further URLs of the same article (an AMP page, the URL before a redirect);
    `related` is the coverage that the source declares for it. `linked` is false where the item has
    no link and `url` is that of its feed. `part` distinguishes items of a document that have the
    same URL: an anchor of the page, or a title. `base` is the base URL of the relative links in its
    content (empty: `url`). `order` is the index in the document, from 0, where
    its items are ordered, newest first. `line` is the line in the document, 0 unknown.
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
    base: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read, and why. `ref` is a file or item (empty: the whole source);
    `line` counts from 1, 0 unknown; `status` is the HTTP status, 0 where there is none."""

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
    """What is stored of a file, so that an unchanged one is not parsed again.

    `size` is in bytes, `modified` the modification time in nanoseconds since 1970, `digest` that of
    the content; `problem` says why it could not be read (empty: it could), `line` where.
    """

    ref: CleanText
    size: int
    modified: int
    digest: str
    problem: CleanText = NO_WORDS
    line: int = 0

    @classmethod
    def gone(cls, ref: CleanText) -> DocumentState:
        """The state of a file that is not there any more: to be forgotten."""
        return cls(ref, -1, 0, "")

    @property
    def is_gone(self) -> bool:
        """Whether the file is not there any more."""
        return self.size < 0


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is stored of a source between two polls.

    `etag` and `last_modified` are opaque (RFC 9110, section 8.8), stored and sent back byte for
    byte. `digest` is that of the last body. `checked` is the time of the last poll, `succeeded` of
    the last that succeeded, `changed` of the last that brought something new, `due` of the next;
    `not_before` is the earliest time that the publisher allows. `interval` is the adaptive interval
    between polls in seconds. `failures` counts the failed polls since the last success; `error` is
    the reason of the last one, `failure` its kind and `status` its HTTP status ("" and 0: none).
    `location` is the configured URL to which this state belongs, `moved_to` its permanent new URL,
    `redirect_candidate` a URL to which it redirected permanently in the last `redirect_count`
    polls; `gone` is true after a 410. `options_digest` is that of the options of the
    configuration that apply to each article of the source.
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
    options_digest: str = ""

    @property
    def request_url(self) -> str:
        """The URL to request."""
        return self.moved_to or self.location


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of reading a source: articles that are new or may have changed, and states.

    `problems` are those of this reading; each costs only the item or file that it names.
    `unreachable`: no connection was possible. `unchanged` is the number of documents that
    were not parsed again. `postponed`: no request was made, since the publisher allows none yet.
    `hub` and `self_url` are the WebSub hub and the own address that the feed names (``rel="hub"``
    and ``rel="self"``).
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
    """The polls of a source on a `day` (UTC, in days since 1970-01-01): their number, how many
    failed, and how many new articles they brought."""

    source: str
    day: int
    polls: int
    failures: int = 0
    articles: int = 0


@dataclass(frozen=True, slots=True)
class Subscription:
    """What is stored of a WebSub subscription (W3C Recommendation, 23 January 2018).

    `topic` is the URL that the feed names as its own, `hub` the URL of the hub, `token` the secret
    last part of our callback URL, `secret` the key of the hub's signatures. `requested_at` is the
    time of the last request; `until` is the end of the lease, None until the hub has verified it;
    `error` says why the hub refused.
    """

    source: str
    topic: CleanText
    hub: CleanText
    token: str
    secret: str
    requested_at: datetime
    until: datetime | None = None
    error: CleanText = NO_WORDS
