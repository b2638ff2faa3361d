"""The keys of the configuration file with their types, ranges and defaults. YAML scalars arrive as
text."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from aggregator.classify import RESERVED, slug_of
from aggregator.config.notify_sections import NotifySection
from aggregator.config.password import is_password_hash
from aggregator.merge import STRICTNESS, MergeOptions
from aggregator.pictures import PictureOptions
from aggregator.publish import FORMATS
from aggregator.rank import FORMULAS, RankingOptions
from aggregator.read import KINDS
from aggregator.read.guard import networks

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
"""The units of a duration, in seconds."""
_BYTES = {"MB": 1_000_000, "GB": 1_000_000_000}
_RANKING, _MERGING, _PICTURES = RankingOptions(), MergeOptions(), PictureOptions()  # the defaults
_SIZE = re.compile(r"([1-9]\d{0,5})\s*(MB|GB)")
_DURATION = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*([smhdw])")


def _duration(value: object) -> object:
    """``30m``, ``24h``, ``14d``: a number and a unit of s, m, h, d or w."""
    match = _DURATION.fullmatch(str(value).strip().lower())
    if match is None or not float(match[1]):
        raise ValueError("must be a duration such as 30m, 24h or 14d (units s, m, h, d, w)")
    return timedelta(seconds=float(match[1]) * UNITS[match[2]])


def _window(value: object) -> object:
    return None if value is None or str(value).lower() == "all" else _duration(value)


def _size(value: object) -> object:
    """``200 MB``: a number and a unit of MB or GB."""
    match = _SIZE.fullmatch(str(value).strip().upper())
    if match is None:
        raise ValueError("must be a size such as 200 MB or 1 GB")
    return int(match[1]) * _BYTES[match[2]]


def _slug(value: str) -> str:
    if slug_of(value) != value or value in RESERVED:
        raise ValueError(
            "must be letters, digits and hyphens, and not 'all' or 'index' "
            "(a slug names a file inside the output folder)"
        )
    return value


def _base_url(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", value):
        raise ValueError("must be an http(s) URL such as https://news.example.org/")
    return value.rstrip("/") + "/"


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("must be a time zone such as Europe/Berlin or UTC") from error
    return value


def _network(value: str) -> str:
    networks([value])
    return value


def _strictness(value: object) -> object:
    if value in STRICTNESS:
        return value
    try:
        factor = float(str(value))
    except ValueError:
        factor = 0.0
    if not 0.25 <= factor <= 4:
        raise ValueError(f"must be {', '.join(STRICTNESS)}, or a number from 0.25 to 4")
    return factor


def _pattern(pattern: str, example: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"must be {example}")
        return value

    return AfterValidator(check)


def _one_of(names: Collection[str]) -> AfterValidator:
    """A name of a registry, such as a format."""
    *others, last = (repr(name) for name in names)

    def check(value: str) -> str:
        if value not in names:
            raise ValueError(f"must be {', '.join(others)} or {last}")
        return value

    return AfterValidator(check)


def _password_hash(value: str) -> str:
    if not is_password_hash(value):
        raise ValueError("must be a hash that `aggregator password` printed")
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Size = Annotated[int, BeforeValidator(_size)]
Window = Annotated[timedelta | None, BeforeValidator(_window)]
Slug = Annotated[str, AfterValidator(_slug)]
Text = Annotated[str, Field(min_length=1, max_length=500)]
Secret = Annotated[str, Field(min_length=16, max_length=200)]
Weight = Annotated[float, Field(ge=0, le=10_000)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class SiteSection(_Section):
    """`site`: what the feeds and pages say of themselves."""

    title: Text = "My news"
    url: Annotated[str, AfterValidator(_base_url)] = "http://localhost:8000/"
    language: Annotated[
        str, _pattern(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", "a language tag such as en or pt-BR")
    ] = "en"
    timezone: Annotated[str, AfterValidator(_time_zone)] = "UTC"
    css: Text | None = None
    templates: Text | None = None
    icon: Text | None = None


class SourceSection(_Section):
    """An item of `sources`. Exactly one of `path` and `url` is set."""

    name: Text
    type: Annotated[str, _one_of(KINDS)]
    path: Text | None = None
    url: Text | None = None
    quality: int | None = None
    topics: tuple[Text, ...] = ()
    every: Duration | None = None
    publisher: Annotated[str, Field(max_length=200)] = ""
    content: Literal["excerpt", "full"] = "excerpt"


class RankingSection(_Section):
    """`ranking`, of the file or of one topic; the fields are those of RankingOptions."""

    formula: Annotated[str, _one_of(FORMULAS)] = _RANKING.formula
    half_life: Duration = _RANKING.half_life
    coverage_half_life: Duration = _RANKING.coverage_half_life
    quality_weight: Weight = _RANKING.quality_weight
    coverage_weight: Weight = _RANKING.coverage_weight
    freshness_weight: Weight = _RANKING.freshness_weight
    window: Window = _RANKING.window
    max_entries: Annotated[int, Field(ge=1)] | None = _RANKING.max_entries
    per_publisher: Annotated[int, Field(ge=1)] | None = _RANKING.per_publisher
    spread: Annotated[float, Field(ge=0, le=1)] = _RANKING.spread
    pinned: tuple[Text, ...] = _RANKING.pinned
    blocked: tuple[Text, ...] = _RANKING.blocked


class MatchSection(_Section):
    """`match` of a topic; the fields are those of Match."""

    any: tuple[Text, ...] = ()
    all: tuple[Text, ...] = ()
    none: tuple[Text, ...] = ()
    publishers: tuple[Text, ...] = ()
    languages: tuple[Annotated[str, _pattern(r"[A-Za-z]{2,3}", "a code such as en")], ...] = ()
    query: Annotated[str, Field(max_length=500)] = ""


class TopicSection(_Section):
    """An item of `topics`."""

    slug: Slug
    name: Text
    aliases: tuple[Slug, ...] = ()
    parent: Text | None = None
    keywords: tuple[Text, ...] = ()
    match: MatchSection = MatchSection()
    date: Literal["published", "promoted"] = "published"
    digest: Literal["daily", "weekly"] | None = None
    token: Secret | None = None
    ranking: RankingSection | None = None


class AllSection(_Section):
    """`all`: the feed of all stories; its keys are those of a topic."""

    date: Literal["published", "promoted"] = "published"
    digest: Literal["daily", "weekly"] | None = None


class MergeSection(_Section):
    """`merge`: `strictness` is a word of STRICTNESS or a factor."""

    text: bool = _MERGING.text
    strictness: Annotated[str | float, BeforeValidator(_strictness)] = _MERGING.strictness
    window: Window = _MERGING.window


class FetchSection(_Section):
    """`fetch`: HTTP as a client."""

    user_agent: Text | None = None
    allow_networks: tuple[Annotated[str, AfterValidator(_network)], ...] = ()


class HttpSection(_Section):
    """`http`: HTTP as a server."""

    per_minute: Annotated[int, Field(ge=1)] | None = 120
    trusted_proxies: tuple[Annotated[str, AfterValidator(_network)], ...] = ("127.0.0.1", "::1")
    disabled: tuple[Literal["metrics", "search", "status", "stories"], ...] = ()


class PicturesSection(_Section):
    """`pictures`; the fields are those of PictureOptions."""

    enabled: bool = _PICTURES.enabled
    max_size: Size = _PICTURES.max_size
    max_age: Duration = _PICTURES.max_age


class WebSubSection(_Section):
    """`websub`: the hub of our feeds, and whether to subscribe to the hubs of others."""

    hub: Annotated[str, _pattern(r"https?://\S+", "an http(s) URL")] | None = None
    subscribe: bool = False


class AdminSection(_Section):
    """`admin`; without a password hash there is no admin page."""

    password_hash: Annotated[str, AfterValidator(_password_hash)] | None = None


class ConfigFile(_Section):
    """The whole file. Every key except `sources` has a default."""

    sources: Annotated[tuple[SourceSection, ...], Field(min_length=1)]
    site: SiteSection = SiteSection()
    store: Text = "sqlite:///../var/aggregator.db"
    output: Text = "../feeds"
    keep: Window = timedelta(days=90)
    topics: tuple[TopicSection, ...] = ()
    topic_files: tuple[Text, ...] = ()
    all: AllSection = AllSection()
    merge: MergeSection = MergeSection()
    ranking: RankingSection = RankingSection()
    formats: Annotated[tuple[Annotated[str, _one_of(FORMATS)], ...], Field(min_length=1)] = tuple(
        FORMATS
    )
    fetch: FetchSection = FetchSection()
    include_withheld: bool = False
    http: HttpSection = HttpSection()
    pictures: PicturesSection = PicturesSection()
    websub: WebSubSection = WebSubSection()
    admin: AdminSection = AdminSection()
    notify: NotifySection = NotifySection()
