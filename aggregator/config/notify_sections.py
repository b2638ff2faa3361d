"""`notify`: who is told of stories, by letter or by webhook; the options that the keys give."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import time
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from aggregator.config.mistakes import Mistakes
from aggregator.model import EVERYTHING, Topic

_PORTS = {"starttls": 587, "tls": 465, "none": 25}  # RFC 8314, RFC 5321
# ASCII only: other addresses need SMTPUTF8 (RFC 6531) on the whole way.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_STOP_URL = re.compile(r"(mailto:|https://)[!-;=?-~]{3,500}")
_HOOK_URL = re.compile(r"https?://[^\s/?#@]+([/?][^\s#]*)?")
_MAX_RECIPIENTS = 100  # more is the work of a mailing list, which `to` can name


def _address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError("must be an e-mail address such as news@example.org")
    return value


def _time_of_day(value: str) -> str:
    if not _TIME.fullmatch(value):
        raise ValueError("must be a time of day such as 06:00")
    return value


def _unsubscribe(value: str) -> str:
    if not _STOP_URL.fullmatch(value):
        raise ValueError("must be a mailto: or https:// address")
    return value


def _hook_url(value: str) -> str:
    if not _HOOK_URL.fullmatch(value):
        raise ValueError("must be an http(s) URL, without a user in it")
    return value


Address = Annotated[str, AfterValidator(_address)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class EmailSection(_Section):
    """`notify.email`: the digest of a topic as a letter."""

    host: Annotated[str, Field(min_length=1, max_length=255)]
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: Annotated[str, Field(max_length=200)] = ""
    password: Annotated[str, Field(max_length=500)] = ""
    from_: Annotated[Address, Field(alias="from")]
    to: Annotated[tuple[Address, ...], Field(min_length=1, max_length=_MAX_RECIPIENTS)]
    topic: Annotated[str, Field(min_length=1, max_length=200)] = EVERYTHING
    every: Literal["daily", "weekly"] = "daily"
    at: Annotated[str, AfterValidator(_time_of_day)] = "06:00"
    unsubscribe: Annotated[str, AfterValidator(_unsubscribe)] | None = None


class WebhookSection(_Section):
    """`notify.webhook`: a call for each story that reaches so many publishers."""

    url: Annotated[str, AfterValidator(_hook_url), Field(max_length=2_000)]
    secret: Annotated[str, Field(min_length=16, max_length=200)]
    publishers: Annotated[int, Field(ge=2, le=1_000)] = 5
    topics: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = ()


class NotifySection(_Section):
    """`notify`: without keys nobody is told of anything."""

    email: EmailSection | None = None
    webhook: WebhookSection | None = None


@dataclass(frozen=True, slots=True)
class EmailOptions:
    """The digest (`every` ``daily`` or ``weekly``) of a `topic` (slug) as a letter, sent `at` a
    time of day in the site's zone by an SMTP server; `tls` is ``starttls``, ``tls`` or ``none``.
    `unsubscribe` is a mailto: or https: address (empty: none)."""

    host: str
    port: int
    tls: str
    user: str
    password: str = field(repr=False)
    sender: str
    to: tuple[str, ...]
    topic: str
    every: str
    at: time
    unsubscribe: str


@dataclass(frozen=True, slots=True)
class WebhookOptions:
    """A call of a `url` for each story with so many `publishers` that is in one of the `topics`
    (slugs; empty: any), signed with the `secret`."""

    url: str
    secret: str = field(repr=False)
    publishers: int
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotifyOptions:
    """Who is told of stories; None: nobody in this way."""

    email: EmailOptions | None = None
    webhook: WebhookOptions | None = None


def notify_of(
    section: NotifySection, site_url: str, topics: tuple[Topic, ...], mistakes: Mistakes
) -> NotifyOptions:
    """The options of `notify`. Adds a mistake for a topic that is not configured, and warnings for
    letters that are sent openly or that link to nowhere. Without configured `topics` any slug can
    be one."""
    slugs = {EVERYTHING, *(topic.slug for topic in topics)}
    email, webhook = section.email, section.webhook
    if topics and email and email.topic not in slugs:
        mistakes.add(("notify", "email", "topic"), _no_topic(email.topic))
    for number, slug in enumerate(webhook.topics if webhook and topics else ()):
        if slug not in slugs:
            mistakes.add(("notify", "webhook", "topics", number), _no_topic(slug))
    if email and email.tls == "none" and email.password:
        reason = "the password is sent to the server without encryption"
        mistakes.warn(("notify", "email", "tls"), reason)
    if email and urlsplit(site_url).hostname in ("localhost", "127.0.0.1"):
        reason = f"letters link to {site_url}, which recipients cannot reach: set `site.url`"
        mistakes.warn(("notify", "email"), reason)
    return NotifyOptions(_email(email) if email else None, _webhook(webhook) if webhook else None)


def _no_topic(slug: str) -> str:
    return f"there is no topic {slug!r}"


def _email(section: EmailSection) -> EmailOptions:
    return EmailOptions(
        section.host,
        section.port or _PORTS[section.tls],
        section.tls,
        section.user,
        section.password,
        section.from_,
        tuple(dict.fromkeys(section.to)),
        section.topic,
        section.every,
        time.fromisoformat(section.at),
        section.unsubscribe or "",
    )


def _webhook(section: WebhookSection) -> WebhookOptions:
    topics = () if EVERYTHING in section.topics else tuple(dict.fromkeys(section.topics))
    return WebhookOptions(section.url, section.secret, section.publishers, topics)
