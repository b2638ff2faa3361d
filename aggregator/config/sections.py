"""The configuration file's keys, their types and defaults; values come in as text."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from aggregator.classify import RESERVED, slug_of
from aggregator.config.password import is_password_hash

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*([smhdw])")


def _duration(value: object) -> object:
    """``30m``, ``24h``, ``14d``: a number and a unit of s, m, h, d or w."""
    match = _DURATION.fullmatch(str(value).strip().lower())
    if match is None or not float(match[1]):
        raise ValueError("must be a duration such as 30m, 24h or 14d (units s, m, h, d, w)")
    return timedelta(seconds=float(match[1]) * _UNITS[match[2]])


def _window(value: object) -> object:
    return None if value is None or str(value).lower() == "all" else _duration(value)


def _slug(value: str) -> str:
    if slug_of(value) != value or value in RESERVED:
        raise ValueError(
            "a slug is letters, digits and hyphens (it names a file inside the output folder), "
            "and not 'all' or 'index'"
        )
    return value


def _base_url(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", value):
        raise ValueError("must be an http(s) URL such as https://news.example.org/")
    return value.rstrip("/") + "/"


def _network(value: str) -> str:
    from aggregator.read.guard import networks

    networks([value])
    return value


def _strictness(value: object) -> object:
    if value in ("strict", "normal", "loose"):
        return value
    try:
        factor = float(str(value))
    except ValueError:
        factor = 0.0
    if not 0.25 <= factor <= 4:
        raise ValueError("should be strict, normal, loose, or a number from 0.25 to 4")
    return factor


def _pattern(pattern: str, example: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"should be {example}")
        return value

    return AfterValidator(check)


def _password_hash(value: str) -> str:
    if not is_password_hash(value):
        raise ValueError("should be what `aggregator password` prints")
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Window = Annotated[timedelta | None, BeforeValidator(_window)]
Slug = Annotated[str, AfterValidator(_slug)]
Text = Annotated[str, Field(min_length=1, max_length=500)]
Secret = Annotated[str, Field(min_length=16, max_length=200)]
Weight = Annotated[float, Field(ge=0, le=10_000)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class SiteSection(_Section):
    title: Text = "My news"
    url: Annotated[str, AfterValidator(_base_url)] = "http://localhost:8000/"
    language: Annotated[
        str, _pattern(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", "a language tag such as en or pt-BR")
    ] = "en"


class SourceSection(_Section):
    name: Text
    type: Literal["stories", "jsonl", "feed", "sitemap", "story-api"]
    path: Text | None = None
    url: Text | None = None
    quality: int | None = None
    topics: tuple[Text, ...] = ()
    every: Duration | None = None
    publisher: Annotated[str, Field(max_length=200)] = ""


class RankingSection(_Section):
    formula: Literal["standard", "heat", "hacker-news", "reddit", "newest"] = "standard"
    half_life: Duration = timedelta(hours=24)
    coverage_half_life: Duration = timedelta(hours=48)
    quality_weight: Weight = 0.5
    coverage_weight: Weight = 20.0
    freshness_weight: Weight = 10.0
    window: Window = timedelta(days=14)
    max_entries: Annotated[int, Field(ge=1)] | None = 50
    per_publisher: Annotated[int, Field(ge=1)] | None = None
    spread: Annotated[float, Field(ge=0, le=1)] = 0.03
    pinned: tuple[Text, ...] = ()
    blocked: tuple[Text, ...] = ()


class MatchSection(_Section):
    any: tuple[Text, ...] = ()
    all: tuple[Text, ...] = ()
    none: tuple[Text, ...] = ()
    publishers: tuple[Text, ...] = ()
    languages: tuple[Annotated[str, _pattern(r"[A-Za-z]{2,3}", "a code such as en")], ...] = ()
    query: Annotated[str, Field(max_length=500)] = ""


class TopicSection(_Section):
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


class MergeSection(_Section):
    text: bool = True
    strictness: Annotated[str | float, BeforeValidator(_strictness)] = "normal"
    window: Window = timedelta(hours=72)


class FetchSection(_Section):
    user_agent: Text | None = None
    allow_networks: tuple[Annotated[str, AfterValidator(_network)], ...] = ()


class HttpSection(_Section):
    per_minute: Annotated[int, Field(ge=1)] | None = 120
    trusted_proxies: tuple[Annotated[str, AfterValidator(_network)], ...] = ("127.0.0.1", "::1")
    disabled: tuple[Literal["metrics", "search", "status", "stories"], ...] = ()


class WebSubSection(_Section):
    hub: Annotated[str, _pattern(r"https?://\S+", "an http(s) URL")] | None = None
    subscribe: bool = False


class AdminSection(_Section):
    password_hash: Annotated[str, AfterValidator(_password_hash)] | None = None


class ConfigFile(_Section):
    """The whole file. Every key has a default but `sources`."""

    sources: Annotated[tuple[SourceSection, ...], Field(min_length=1)]
    site: SiteSection = SiteSection()
    store: Text = "sqlite:///../var/aggregator.db"
    output: Text = "../feeds"
    topics: tuple[TopicSection, ...] = ()
    topic_files: tuple[Text, ...] = ()
    merge: MergeSection = MergeSection()
    ranking: RankingSection = RankingSection()
    formats: Annotated[tuple[Literal["rss", "atom", "json"], ...], Field(min_length=1)] = (
        "rss",
        "atom",
        "json",
    )
    fetch: FetchSection = FetchSection()
    include_withheld: bool = False
    http: HttpSection = HttpSection()
    websub: WebSubSection = WebSubSection()
    admin: AdminSection = AdminSection()
