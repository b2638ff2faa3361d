"""From the file to the rooms' options, every mistake with its file, line and key."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from aggregator.config.checks import (
    aliases_of,
    check_addresses,
    check_digests,
    check_queries,
    check_store,
)
from aggregator.config.mistakes import KeyPath, Mistakes, in_words, key_of, salvaged
from aggregator.config.secrets import with_secrets
from aggregator.config.sections import ConfigFile, MergeSection, RankingSection, SourceSection
from aggregator.config.topic_sections import topics_of
from aggregator.errors import BadDocument, ConfigError
from aggregator.merge import STRICTNESS, MergeOptions
from aggregator.model import Site, Source, Topic, clean_text
from aggregator.publish import uri
from aggregator.rank import RankingOptions
from aggregator.read import USER_AGENT, ReadOptions
from aggregator.read.guard import host_of
from aggregator.read.yamltext import Loaded, load_yaml

_MAX_BYTES = 5_000_000
_MAX_TITLE = 500  # characters
_PASSES = 3  # the mistakes, those in what a mistake hid, and what is left


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """What the HTTP side goes by. `per_minute`: how many feeds on demand are made for one client;
    `tokens`: the secret of each private topic, by slug; `password_hash`: the admin's, or ``""``;
    `trusted_proxies`: addresses and networks whose X-Forwarded-For is believed; `disabled`: what is
    not answered, by its name in the configuration."""

    per_minute: int | None = 120
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    password_hash: str = field(default="", repr=False)
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    disabled: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Settings:
    """What the configuration file says, as the options of the packages. Paths are absolute.

    `aliases` are former slugs of topics with the present ones; `warnings` what is surely not meant;
    `missing` the secrets that the environment lacks, though only `check_secrets` minds."""

    path: Path
    site: Site
    store: str
    output: Path
    sources: tuple[Source, ...]
    topics: tuple[Topic, ...]
    ranking: RankingOptions
    ranking_of: Mapping[str, RankingOptions]
    reading: ReadOptions
    formats: tuple[str, ...]
    include_withheld: bool
    merging: MergeOptions
    promoted: frozenset[str]
    digests: Mapping[str, str]
    http: HttpOptions
    subscribe: bool
    aliases: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def load_settings(path: Path) -> Settings:
    """Read and check the configuration. Raises ConfigError with every mistake that it finds."""
    loaded = _load(path)
    mistakes = Mistakes(path, loaded)
    value, missing = with_secrets(loaded.value, mistakes)
    checked = _checked(value, mistakes)
    base = path.resolve().parent
    sources = tuple(_sources(checked.sources, base, mistakes))
    topics = topics_of(checked, base, mistakes.add)
    ranking = _ranking(checked.ranking, RankingOptions())
    ranking_of = dict(_overrides(checked, ranking))
    aliases = aliases_of(checked.topics, topics, mistakes)
    check_store(checked.store, mistakes)
    check_addresses(sources, mistakes)
    check_queries(checked, mistakes)
    check_digests(checked, topics, mistakes)
    lacking = tuple(mistakes.note(key, reason) for key, reason in missing)
    mistakes.stop(lacking)
    return Settings(
        path=path,
        site=_site(checked),
        store=_store_url(checked.store, base),
        output=_absolute(base, checked.output),
        sources=sources,
        topics=topics,
        ranking=ranking,
        ranking_of=ranking_of,
        reading=ReadOptions(
            _user_agent(checked), checked.fetch.allow_networks, own_hosts=_hosts(checked)
        ),
        formats=tuple(dict.fromkeys(checked.formats)),
        include_withheld=checked.include_withheld,
        merging=_merging(checked.merge),
        promoted=frozenset(t.slug for t in checked.topics if t.date == "promoted"),
        digests={t.slug: t.digest for t in checked.topics if t.digest},
        http=_http(checked),
        subscribe=checked.websub.subscribe,
        aliases=aliases,
        warnings=mistakes.warnings,
        missing=lacking,
    )


def _site(checked: ConfigFile) -> Site:
    site, hub = checked.site, checked.websub.hub
    return Site(
        clean_text(site.title, _MAX_TITLE), uri(site.url), site.language, uri(hub) if hub else ""
    )


def _http(checked: ConfigFile) -> HttpOptions:
    return HttpOptions(
        checked.http.per_minute,
        {topic.slug: topic.token for topic in checked.topics if topic.token},
        checked.admin.password_hash or "",
        checked.http.trusted_proxies,
        frozenset(checked.http.disabled),
    )


def check_secrets(settings: Settings) -> None:
    """Raise ConfigError where the environment lacks a secret that serving needs."""
    if settings.missing:
        raise ConfigError(list(settings.missing))


def _load(path: Path) -> Loaded:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ConfigError([f"{path}: too large for a configuration"])
        loaded = load_yaml(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(
            [f"{path}: no such file (`aggregator init DIR` writes a configuration to start from)"]
        ) from None
    except OSError as error:
        raise ConfigError([f"{path}: {error.strerror or error}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: not UTF-8: {error.reason}"]) from error
    except BadDocument as error:
        raise ConfigError([f"{path}:{error.line}: {error.reason}"]) from error
    if not isinstance(loaded.value, dict):
        raise ConfigError([f"{path}:1: not a mapping of keys to values"])
    return loaded


def _checked(value: Any, mistakes: Mistakes) -> ConfigFile:
    """The file as its schema reads it. Every mistake is noted, and what it is in left out, so that
    the rest can be checked in the same pass. Raises ConfigError where nothing is left."""
    removed: set[KeyPath] = set()
    for number in range(_PASSES):
        try:
            return ConfigFile.model_validate(value)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
        if not isinstance(value, dict):
            break
        keys = [key_of(one, value) for one in found]
        for key, one in zip(keys, found, strict=True):
            if key not in removed:  # else it is missing because it was removed
                mistakes.add(key, in_words(one, ConfigFile))
        removed.update(keys)
        value = salvaged(value, keys, mistakes, whole=number > 0)
    mistakes.stop()
    raise AssertionError("a configuration without a mistake was refused")


def _sources(
    sections: tuple[SourceSection, ...], base: Path, mistakes: Mistakes
) -> Iterator[Source]:
    names: set[str] = set()
    for number, section in enumerate(sections):
        key: KeyPath = ("sources", number)
        if section.name in names:
            mistakes.add((*key, "name"), f"two sources are named {section.name!r}")
        names.add(section.name)
        yield Source(
            name=section.name,
            kind=section.type,
            location=_place(section, base, key, mistakes),
            quality=section.quality,
            topics=section.topics,
            every=section.every,
            publisher=section.publisher,
        )


def _place(section: SourceSection, base: Path, key: KeyPath, mistakes: Mistakes) -> str:
    if (section.path is None) == (section.url is None):
        mistakes.add(key, "either `path` or `url` must be given")
        return ""
    if section.url is not None:
        if not section.url.startswith(("http://", "https://", "file:///")):
            mistakes.add((*key, "url"), "must be an http(s) or file URL")
        return section.url
    place = str(_absolute(base, section.path or ""))
    if not glob.has_magic(place) and not Path(place).exists():
        mistakes.add((*key, "path"), f"no such file or folder: {place}")
    return place


def _ranking(section: RankingSection, defaults: RankingOptions) -> RankingOptions:
    given = {name: getattr(section, name) for name in section.model_fields_set}
    values = {name: getattr(defaults, name) for name in RankingOptions.__slots__}
    return RankingOptions(**{**values, **given})


def merge_options(window: str, strictness: str) -> MergeOptions:
    """The options in the words of the configuration. Raises ConfigError."""
    try:
        section = MergeSection.model_validate({"window": window, "strictness": strictness})
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise ConfigError(
            [f"{one['loc'][0]}: {in_words(one, MergeSection)}" for one in found]
        ) from error
    return _merging(section)


def _merging(section: MergeSection) -> MergeOptions:
    factor = STRICTNESS.get(str(section.strictness), section.strictness)
    return MergeOptions(section.text, float(factor), section.window)


def _overrides(
    checked: ConfigFile, ranking: RankingOptions
) -> Iterator[tuple[str, RankingOptions]]:
    for topic in checked.topics:
        if topic.ranking is not None:
            yield topic.slug, _ranking(topic.ranking, ranking)


def _hosts(checked: ConfigFile) -> frozenset[str]:
    """The hosts that the configuration names: only these may be in `fetch.allow_networks`."""
    urls = [source.url for source in checked.sources if source.url]
    urls += [checked.websub.hub] if checked.websub.hub else []
    return frozenset(host for url in urls if (host := host_of(url)))


def _user_agent(checked: ConfigFile) -> str:
    """Who we are, and the site where publishers can read about who asks."""
    return checked.fetch.user_agent or f"{USER_AGENT} (+{checked.site.url})"


def _absolute(base: Path, text: str) -> Path:
    return Path(os.path.normpath(base / Path(text).expanduser()))


def _store_url(url: str, base: Path) -> str:
    """A relative SQLite path is relative to the configuration, as every path in it."""
    prefix = "sqlite:///"
    if not url.startswith(prefix) or url == f"{prefix}:memory:":
        return url
    return f"{prefix}{_absolute(base, url.removeprefix(prefix))}"
